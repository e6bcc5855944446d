package dataset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/idx"
	"github.com/ingot-ml/ingot/tensor"
)

// assemble makes the data sets of the four files.
func (f *finder) assemble() (*Set, error) {
	train, err := f.part(trainImages, trainLabels, f.TrainRows)
	if err != nil {
		return nil, err
	}
	test, err := f.part(testImages, testLabels, f.TestRows)
	if err != nil {
		return nil, err
	}
	slices.Sort(f.from)
	return &Set{Entry: f.Entry, Train: train, Test: test, From: strings.Join(f.from, ", ")}, nil
}

func (f *finder) part(images, labels, rows int) (*data.Dataset, error) {
	x, err := idx.Parse(f.content[images], f.Files[images].Name)
	if err != nil {
		return nil, err
	}
	y, err := idx.Parse(f.content[labels], f.Files[labels].Name)
	if err != nil {
		return nil, err
	}
	d, err := FromIDX(x, y, f.Input, f.Classes)
	if err != nil {
		return nil, fmt.Errorf("data set %s, %s: %w", f.Name, f.Files[images].Name, err)
	}
	if d.Len() != rows {
		return nil, fmt.Errorf("data set %s, %s: %d rows, want %d", f.Name, f.Files[images].Name, d.Len(), rows)
	}
	return d, nil
}

// FromIDX makes a Dataset of images [N H W] and labels [N]; X is [N H·W] and sees the images' memory. It refuses images of
// another size than in says, unequal counts and labels outside classes.
func FromIDX(images, labels *idx.Array, in data.Input, classes []string) (*data.Dataset, error) {
	if s := images.Shape; len(s) != 3 || s[1] != in.Height || s[2] != in.Width || in.Channels != 1 {
		return nil, fmt.Errorf("images have shape %v, want [N %d %d] with 1 channel", s, in.Height, in.Width)
	}
	if s := labels.Shape; len(s) != 1 || s[0] != images.Rows() {
		return nil, fmt.Errorf("labels have shape %v, want [%d], one an image", s, images.Rows())
	}
	x, err := tensor.FromBytes(tensor.U8, []int{images.Rows(), in.Features()}, images.Data)
	if err != nil {
		return nil, err
	}
	y := make([]int32, len(labels.Data))
	for i, l := range labels.Data {
		y[i] = int32(l)
	}
	d := &data.Dataset{X: x, Y: tensor.From(y), Input: in, Classes: classes}
	return d, d.Check()
}
