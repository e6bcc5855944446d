package cli

import (
	"fmt"
	"image"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// samples are n images of a data set of grey ones: the first few of each class, the same number of each.
func samples(d *data.Dataset, n int) []train.Image {
	if d.X.DType() != tensor.U8 || d.Input.Channels != 1 {
		return nil
	}
	each := (n + len(d.Classes) - 1) / len(d.Classes)
	seen := make([]int, len(d.Classes))
	var all []train.Image
	for i := 0; i < d.Len() && len(all) < n; i++ {
		class := d.Label(i)
		if seen[class] < each {
			tag := fmt.Sprintf("samples/%s/%d", strings.ReplaceAll(d.Classes[class], "/", "_"), seen[class])
			all = append(all, train.Image{Tag: tag, Picture: greyPicture(d, i)})
		}
		seen[class]++
	}
	return all
}

// greyPicture is row i, white where the model sees 1.
func greyPicture(d *data.Dataset, i int) *image.Gray {
	in := d.Input
	size := in.Height * in.Width
	m := image.NewGray(image.Rect(0, 0, in.Width, in.Height))
	for k, b := range tensor.Of[uint8](d.X)[d.Row(i)*size:][:size] {
		m.Pix[k] = uint8(min(max((float32(b)*in.Scale+in.Shift)*255+0.5, 0), 255))
	}
	return m
}
