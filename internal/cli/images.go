package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/idx"
	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/dataset"
)

// picture is one image to predict, as the bytes a model's Input takes.
type picture struct {
	id     string
	pixels []uint8
	steps  []images.Step // what was done to it
}

// pictures reads what path names: a picture, a folder of them and of folders in the order of their paths, or an IDX file of
// images. An error about one picture of a folder isn't the end: more may follow.
func pictures(path string, in data.Input) (iter.Seq2[picture, error], error) {
	if in.Kind != "image" {
		return nil, fmt.Errorf("the model's input is %s, not pictures", in.Kind)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		paths, err := images.Walk(path)
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("folder %s has no picture: no .png, .jpg, .jpeg, .gif, .bmp or .webp file", path)
		}
		return filePictures(paths, in), err
	}
	if info.Mode().IsRegular() { // opening a pipe would wait for who writes to it
		if b, err := firstBytes(path); err != nil {
			return nil, err
		} else if b == [2]byte{} || b == gzipped {
			return idxPictures(path, in)
		}
	}
	return filePictures([]string{path}, in), nil
}

// gzipped is how a gzip file begins: no picture does, and none with two zeros as an IDX file.
var gzipped = [2]byte{0x1f, 0x8b}

// firstBytes returns the first two bytes of a file; ff ff of a shorter one.
func firstBytes(path string) (b [2]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return b, err
	}
	defer f.Close()
	if _, err = io.ReadFull(f, b[:]); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return [2]byte{0xff, 0xff}, nil
	}
	return b, err
}

func filePictures(paths []string, in data.Input) iter.Seq2[picture, error] {
	return func(yield func(picture, error) bool) {
		for _, path := range paths {
			pixels, steps, err := onePicture(path, in)
			if !yield(picture{path, pixels, steps}, err) {
				return
			}
		}
	}
}

func onePicture(path string, in data.Input) ([]uint8, []images.Step, error) {
	p, err := images.Open(path)
	if err != nil {
		return nil, nil, err
	}
	return images.Prepare(p, in)
}

func idxPictures(path string, in data.Input) (iter.Seq2[picture, error], error) {
	a, err := idx.Open(path)
	if err != nil {
		var e *idx.Error
		if errors.As(err, &e) {
			err = fmt.Errorf("%w (want a picture, a folder of them or an IDX file)", err)
		}
		return nil, err
	}
	if s := a.Shape; len(s) != 3 || s[1] != in.Height || s[2] != in.Width || in.Channels != 1 {
		return nil, fmt.Errorf("%s has shape %v; the model wants images: [N %d %d] with %s", path, s, in.Height, in.Width, plural(in.Channels, "channel"))
	}
	size := in.Height * in.Width
	return func(yield func(picture, error) bool) {
		for i := range a.Rows() {
			if !yield(picture{fmt.Sprintf("%s#%d", path, i), a.Data[i*size:][:size], nil}, nil) {
				return
			}
		}
	}, nil
}

// plural is "1 channel", "3 channels".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return count(n) + " " + what + "s"
}

// missing says which kind of file was looked for in vain.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s isn't there: want a picture, a folder of them or an IDX file", path)
	}
	return err
}

// withPreparation adds what a model file written before pictures of any size were taken doesn't say: how the pictures of a data
// set that we know look.
func withPreparation(in data.Input, from bundle.DataInfo) data.Input {
	e, err := dataset.Lookup(from.Name)
	if err != nil || in.White != 0 || in.Dark || in.Box != 0 || in.Resize != "" {
		return in
	}
	known := e.Input
	known.White, known.Dark, known.Box, known.Resize = 0, false, 0, ""
	if known != in {
		return in
	}
	return e.Input
}
