package cli

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/idx"
)

// picture is one image to predict, as the bytes a model's Input takes.
type picture struct {
	id     string
	pixels []uint8
}

// pictures reads what path names: a PNG file, a folder of them in the order of their names, or an IDX file of images.
// Images of another size than the model's are refused: nothing is resized.
func pictures(path string, in data.Input) (iter.Seq2[picture, error], error) {
	if in.Kind != "image" || in.Channels != 1 {
		return nil, fmt.Errorf("the model's input is %s with %d channels; this ingot predicts grey images", in.Kind, in.Channels)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return folderPictures(path, in)
	}
	isPNG, err := begins(path, pngSignature)
	if err != nil {
		return nil, err
	}
	if isPNG || strings.EqualFold(filepath.Ext(path), ".png") {
		return filePictures([]string{path}, in), nil
	}
	return idxPictures(path, in)
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// begins reports whether a file begins with some bytes.
func begins(path, with string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	b := make([]byte, len(with))
	_, err = io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return string(b) == with, err
}

func folderPictures(dir string, in data.Input) (iter.Seq2[picture, error], error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range entries {
		if !e.IsDir() && strings.EqualFold(filepath.Ext(e.Name()), ".png") {
			paths = append(paths, filepath.Join(dir, e.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("folder %s has no .png file", dir)
	}
	slices.Sort(paths)
	return filePictures(paths, in), nil
}

func filePictures(paths []string, in data.Input) iter.Seq2[picture, error] {
	return func(yield func(picture, error) bool) {
		for _, path := range paths {
			pixels, err := readPNG(path, in)
			if !yield(picture{path, pixels}, err) || err != nil {
				return
			}
		}
	}
}

// readPNG returns an image's grey levels; colours become the luma of ITU-R BT.601 (image/color.GrayModel). The size is
// looked at before the pixels are read.
func readPNG(path string, in data.Input) ([]uint8, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	if err != nil {
		return nil, fmt.Errorf("%s isn't a PNG image: %w", path, err)
	}
	if c.Width != in.Width || c.Height != in.Height {
		return nil, fmt.Errorf("%s is %dx%d pixels; the model was trained on %dx%d: resize it first", path, c.Width, c.Height, in.Width, in.Height)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s is a damaged PNG image: %w", path, err)
	}
	return grey(m), nil
}

func grey(m image.Image) []uint8 {
	b := m.Bounds()
	pixels := make([]uint8, 0, b.Dx()*b.Dy())
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			pixels = append(pixels, color.GrayModel.Convert(m.At(x, y)).(color.Gray).Y)
		}
	}
	return pixels
}

func idxPictures(path string, in data.Input) (iter.Seq2[picture, error], error) {
	a, err := idx.Open(path)
	if err != nil {
		var e *idx.Error
		if errors.As(err, &e) {
			err = fmt.Errorf("%w (want a PNG image, a folder of them or an IDX file)", err)
		}
		return nil, err
	}
	if s := a.Shape; len(s) != 3 || s[1] != in.Height || s[2] != in.Width {
		return nil, fmt.Errorf("%s has shape %v; the model wants images: [N %d %d]", path, s, in.Height, in.Width)
	}
	size := in.Height * in.Width
	return func(yield func(picture, error) bool) {
		for i := range a.Rows() {
			if !yield(picture{fmt.Sprintf("%s#%d", path, i), a.Data[i*size:][:size]}, nil) {
				return
			}
		}
	}, nil
}

// missing says which kind of file was looked for in vain.
func missing(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s isn't there: want a PNG image, a folder of them or an IDX file", path)
	}
	return err
}
