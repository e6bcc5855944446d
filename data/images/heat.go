package images

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/internal/fs"
)

// heatSide is the least side of a written map: each of the model's pixels is as many squares of whole pixels.
const heatSide = 256

// WriteHeat writes a PNG file of a model's input with a map over it: raw is what Prepare gives, heat a value for each pixel. The
// largest is red where it is positive and blue where it is negative; 0 shows the picture, dimmed and in grey.
func WriteHeat(path string, raw []uint8, in data.Input, heat []float64) error {
	if len(raw) != in.Features() || len(heat) != in.Height*in.Width {
		return fmt.Errorf("images: a map of %d values over %d bytes, want [%d %d]", len(heat), len(raw), in.Height, in.Width)
	}
	largest := 0.0
	for _, v := range heat {
		largest = max(largest, math.Abs(v))
	}
	white := 255
	if in.White > 0 {
		white = in.White
	}
	zoom := max((heatSide+min(in.Width, in.Height)-1)/min(in.Width, in.Height), 1)
	m := image.NewRGBA(image.Rect(0, 0, in.Width*zoom, in.Height*zoom))
	for y := range in.Height {
		for x := range in.Width {
			i := y*in.Width + x
			sum := 0
			for _, v := range raw[i*in.Channels:][:in.Channels] {
				sum += int(v)
			}
			grey := float64(min(255*sum/(in.Channels*white), 255)) / 2 // half as light: the colours stand out
			k := 0.0
			if largest > 0 {
				k = math.Abs(heat[i]) / largest
			}
			own, other := uint8(grey+k*(255-grey)), uint8(grey*(1-k))
			c := color.RGBA{own, other, other, 255}
			if heat[i] < 0 {
				c = color.RGBA{other, other, own, 255}
			}
			for v := range zoom {
				for u := range zoom {
					m.SetRGBA(x*zoom+u, y*zoom+v, c)
				}
			}
		}
	}
	return fs.WriteFile(path, func(w io.Writer) error { return png.Encode(w, m) })
}
