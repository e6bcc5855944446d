// Package images reads pictures, PNG, JPEG, GIF, BMP and WebP, and makes a model's input of them: of one picture, however it
// was taken, and of folders of labelled ones.
package images

import (
	"bytes"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
)

// MaxPixels is the largest picture that is decoded: 2²⁶ pixels, such as 8,192 × 8,192. A decoder takes at most about 16
// bytes for each.
const MaxPixels = 1 << 26

// MaxBytes is the largest file that is read: 256 MiB.
const MaxBytes = 1 << 28

// Error is a picture that can't be used.
type Error struct {
	File string
	Msg  string // what was found and what to do
	Err  error  // the cause, or nil
}

// Error returns "cat.png: …".
func (e *Error) Error() string { return e.File + ": " + e.Msg }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Picture is a decoded picture.
type Picture struct {
	Image  image.Image
	Format string // "PNG", "JPEG", "GIF", "BMP" or "WebP"
	Turn   Turn   // what makes it upright
	Name   string // of the file
}

// format is a type of file: its first bytes and its decoder.
type format struct {
	name   string
	magic  string // '?' is any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// The signatures are of the formats' own specifications: PNG's section 5.2, JPEG's SOI and the marker after it, GIF89a's
// header, BMP's BITMAPFILEHEADER, RIFF's and WebP's container.
var formats = []format{
	{"PNG", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"JPEG", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF", "GIF8?a", gif.DecodeConfig, gif.Decode}, // the first picture of an animation
	{"BMP", "BM", bmp.DecodeConfig, bmp.Decode},
	{"WebP", "RIFF????WEBP", webp.DecodeConfig, webp.Decode},
}

// others are types of files that people take for pictures that we read, and what to do about them.
var others = []struct{ magic, what string }{
	{"????ftyphei", "a HEIC picture, which isn't read: export it as JPEG"},
	{"????ftypmif1", "a HEIF picture, which isn't read: export it as JPEG"},
	{"????ftypavif", "an AVIF picture, which isn't read: export it as PNG or JPEG"},
	{"II*\x00", "a TIFF picture, which isn't read: export it as PNG"},
	{"MM\x00*", "a TIFF picture, which isn't read: export it as PNG"},
	{"%PDF-", "a PDF document: export the page as PNG"},
	{"<svg", "an SVG drawing: export it as PNG"},
	{"PK\x03\x04", "a ZIP archive: unpack it"},
	{"\x1f\x8b", "a gzip file: unpack it"},
}

func begins(b []byte, magic string) bool {
	if len(b) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && magic[i] != b[i] {
			return false
		}
	}
	return true
}

func formatOf(b []byte) *format {
	for i := range formats {
		if begins(b, formats[i].magic) {
			return &formats[i]
		}
	}
	return nil
}

// Extensions are the endings of names that a folder's pictures have, in lower case.
var Extensions = []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"}

// Open reads and decodes the picture at path. What the bytes are counts, not the name.
func Open(path string) (*Picture, error) {
	b, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Decode(b, path)
}

// ReadFile returns the bytes of a regular file of at most MaxBytes.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for who writes to it
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &Error{File: path, Msg: "not a regular file"}
	case info.Size() > MaxBytes:
		return nil, &Error{File: path, Msg: fmt.Sprintf("it has %d bytes; pictures of at most %d are read", info.Size(), MaxBytes)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, 0, info.Size()+1)
	w := bytes.NewBuffer(b)
	if _, err := w.ReadFrom(io.LimitReader(f, MaxBytes)); err != nil {
		return nil, err
	}
	return w.Bytes(), nil
}

// Decode decodes a picture of a file's bytes. name is for errors. The size that its header declares is held against
// MaxPixels before anything is allocated for it.
func Decode(b []byte, name string) (p *Picture, err error) {
	f := formatOf(b)
	if f == nil {
		return nil, &Error{File: name, Msg: "it " + describe(b) + "; want PNG, JPEG, GIF, BMP or WebP"}
	}
	defer func() { // a decoder's panic on some malformed file is that file's fault to who gave it
		if r := recover(); r != nil {
			p, err = nil, &Error{File: name, Msg: fmt.Sprintf("a damaged %s picture: the decoder gave up: %v", f.name, r)}
		}
	}()
	c, err := f.config(bytes.NewReader(b))
	if err != nil {
		return nil, damaged(name, f, b, err)
	}
	if c.Width < 1 || c.Height < 1 {
		return nil, &Error{File: name, Msg: fmt.Sprintf("a %s picture of %d x %d pixels: there is nothing to see", f.name, c.Width, c.Height)}
	}
	if c.Width > MaxPixels/c.Height {
		return nil, &Error{File: name, Msg: fmt.Sprintf("its header declares %d x %d pixels, more than the %d that are read: make it smaller first", c.Width, c.Height, MaxPixels)}
	}
	p = &Picture{Format: f.name, Name: name, Turn: upright}
	if p.Image, err = f.decode(bytes.NewReader(b)); err != nil {
		return nil, damaged(name, f, b, err)
	}
	if p.Image.Bounds().Empty() { // a GIF's first frame may be
		return nil, &Error{File: name, Msg: fmt.Sprintf("the first frame of the %s picture is empty", f.name)}
	}
	if f.name == "JPEG" {
		p.Turn = exifTurn(b)
	}
	return p, nil
}

func damaged(name string, f *format, b []byte, err error) error {
	what := err.Error()
	if strings.Contains(what, "EOF") {
		what = fmt.Sprintf("it ends too early, after %d bytes: fetch or copy it again", len(b))
	}
	return &Error{File: name, Msg: fmt.Sprintf("a damaged %s picture: %s", f.name, what), Err: err}
}

// describe says what a file is that isn't a picture.
func describe(b []byte) string {
	if len(b) == 0 {
		return "is empty"
	}
	for _, o := range others {
		if begins(b, o.magic) {
			return "is " + o.what
		}
	}
	head := b[:min(len(b), 16)]
	if utf8.Valid(b[:min(len(b), 512)]) || utf8.Valid(head) && len(b) > 512 {
		return fmt.Sprintf("isn't a picture but begins as a text does, %q", head)
	}
	return fmt.Sprintf("isn't a picture: it begins with the bytes % x", head)
}
