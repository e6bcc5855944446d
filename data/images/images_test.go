package images

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data"
)

// read returns a file of testdata.
func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func encodePNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFormats reads the picture of 4 × 3 pixels that tools/golden/images.py wrote in formats that lose nothing: red, white at one corner,
// black at the other.
func TestFormats(t *testing.T) {
	for _, name := range []string{"small.bmp", "small.gif", "small.webp", "clear.png"} {
		p, err := Open(filepath.Join("testdata", name))
		if err != nil {
			t.Error(err)
			continue
		}
		want := bytes.Repeat([]uint8{200, 30, 10}, 12)
		copy(want, []uint8{255, 255, 255})
		copy(want[33:], []uint8{0, 0, 0})
		if name == "clear.png" {
			copy(want[15:], []uint8{255, 255, 255}) // what is transparent shows white
		}
		if q := raster(p.Image, 3, 255); q.w != 4 || q.h != 3 || !slices.Equal(q.v, want) || !strings.EqualFold(p.Format, filepath.Ext(name)[1:]) {
			t.Errorf("%s: %s %+v, want %v", name, p.Format, q, want)
		}
	}
	p, err := Open(filepath.Join("testdata", "lossy.webp"))
	if err != nil || p.Format != "WebP" || p.Image.Bounds() != image.Rect(0, 0, 16, 12) {
		t.Errorf("%+v %v", p, err)
	}
	// The luma of ITU-R BT.601: 0.299·200 + 0.587·30 + 0.114·10 = 78.55.
	p, _ = Open(filepath.Join("testdata", "small.bmp"))
	if q := raster(p.Image, 1, 255); q.v[1] != 79 || q.v[0] != 255 || q.v[11] != 0 {
		t.Errorf("grey levels %v", q.v)
	}
}

// TestTurns reads a picture whose upper left quarter is black, stored in the eight ways of EXIF.
func TestTurns(t *testing.T) {
	for k := 1; k <= 8; k++ {
		p, err := Decode(read(t, "turn"+string(rune('0'+k))+".jpg"), "x")
		if err != nil || p.Turn != Turn(k) {
			t.Fatalf("%+v %v", p, err)
		}
		w := worker{in: data.Input{Channels: 1}}
		q := w.load(p)
		if q.w != 16 || q.h != 8 || len(w.steps) != min(k-1, 1) {
			t.Fatalf("orientation %d: %d x %d, %v", k, q.w, q.h, w.steps)
		}
		for i, v := range q.v {
			if black := i%16 < 8 && i/16 < 4; black != (v < 128) {
				t.Fatalf("orientation %d: pixel (%d, %d) is %d", k, i%16, i/16, v)
			}
		}
	}
	whole := read(t, "turn6.jpg")
	for i := range whole { // cut anywhere or spoilt, a block is ignored or read, never past its end
		exifTurn(whole[:i])
		b := bytes.Clone(whole)
		b[i] ^= 0xff
		exifTurn(b)
	}
}

// TestResize holds sizes up and down, grey and RGB, to Pillow's bytes.
func TestResize(t *testing.T) {
	var cases []struct {
		Width, Height, Channels int
		To                      [2]int
		Want                    []int
	}
	if err := json.Unmarshal(read(t, "resize.json"), &cases); err != nil || len(cases) < 5 {
		t.Fatal(err)
	}
	for _, c := range cases {
		p := pixels{c.Width, c.Height, c.Channels, nil}
		for y := range c.Height {
			for x := range c.Width {
				for k := range c.Channels { // as in images.py
					p.v = append(p.v, uint8(x*(7+4*k)+y*(13-3*k)+x*y*(k+1)))
				}
			}
		}
		got := p.resize(c.To[0], c.To[1])
		for i, v := range got.v {
			if int(v) != c.Want[i] {
				t.Errorf("%d x %d x %d to %v: value %d is %d, want %d", c.Width, c.Height, c.Channels, c.To, i, v, c.Want[i])
				break
			}
		}
		if len(got.v) != len(c.Want) {
			t.Errorf("%d values, want %d", len(got.v), len(c.Want))
		}
	}
}

// bomb is a PNG file whose header declares w × h pixels and has almost none.
func bomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	head = append(binary.BigEndian.AppendUint32(head, h), 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

func TestBombIsRefusedFromItsHeader(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Decode(bomb(50_000, 50_000), "bomb.png")
	runtime.ReadMemStats(&after)
	var e *Error
	if !errors.As(err, &e) || e.File != "bomb.png" || !strings.Contains(err.Error(), "declares 50000 x 50000 pixels") {
		t.Errorf("error %v", err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	for _, b := range [][]byte{bomb(1<<31-1, 1<<31-1), bomb(MaxPixels+1, 1), bomb(0, 5)} {
		if _, err := Decode(b, "bomb.png"); err == nil {
			t.Errorf("no error for % x", b[16:24])
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := encodePNG(t, image.NewGray(image.Rect(0, 0, 50, 40)))
	for want, b := range map[string][]byte{
		"it is empty":                                              nil,
		`begins as a text does, "hello, world"`:                    []byte("hello, world"),
		"begins with the bytes de ad be ef":                        {0xde, 0xad, 0xbe, 0xef},
		"a HEIC picture, which isn't read: export it as JPEG":      []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"),
		"a PDF document":                                           []byte("%PDF-1.7 ..."),
		"a damaged PNG picture: png: invalid":                      whole[:len(whole)-30],
		"a damaged PNG picture: it ends too early, after 20 bytes": whole[:20],
		"a damaged JPEG picture":                                   append([]byte("\xff\xd8\xff\xe0"), make([]byte, 40)...),
		"a damaged GIF picture":                                    []byte("GIF89a\x01"),
		"a damaged BMP picture":                                    []byte("BM and no more than that of it, which is not enough"),
		"a damaged WebP picture":                                   []byte("RIFF\x10\x00\x00\x00WEBPVP8 "),
	} {
		_, err := Decode(b, "x.png")
		var e *Error
		if !errors.As(err, &e) || e.File != "x.png" || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder: %v", err)
	}
}

// drawing is dark strokes on light paper, or the other way round: a rectangle's outline of 40 × 60 pixels, 8 wide.
func drawing(w, h int, ink, paper uint8) *image.Gray {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Pix[y*w+x] = paper
			if u, v := x-w/4, y-h/4; u >= 0 && u < 40 && v >= 0 && v < 60 && (u < 8 || u >= 32 || v < 8 || v >= 52) {
				m.Pix[y*w+x] = ink
			}
		}
	}
	return m
}

var mnistInput = data.Input{Kind: "image", Height: 28, Width: 28, Channels: 1, Scale: 1. / 255, Dark: true, Box: 20}

// TestFigure brings a drawing to MNIST's form: 20 pixels high, 20·40/60 ≈ 13 wide, in the middle, whichever its polarity.
func TestFigure(t *testing.T) {
	var first []uint8
	for _, m := range []image.Image{drawing(200, 150, 10, 240), drawing(200, 150, 240, 10), drawing(200, 150, 90, 140)} {
		raw, steps, err := Prepare(&Picture{Image: m, Turn: upright}, mnistInput)
		if err != nil {
			t.Fatal(err)
		}
		q := pixels{28, 28, 1, raw}
		if x0, y0, x1, y1 := q.bounds(20); x1-x0 != 13 || y1-y0 != 20 {
			t.Errorf("%d … %d by %d … %d: %v", x0, x1, y0, y1, steps)
		}
		// 13 pixels around 14 are 8 … 20 or 7 … 19: the mean of both is off by half a pixel.
		if x, y := q.mass(); x < 13 || x > 14.5 || y < 13 || y > 14.5 {
			t.Errorf("centre of mass (%g, %g)", x, y)
		}
		if q.v[14*28+14] > 20 || slices.Max(q.v) != 255 || q.v[0] != 0 {
			t.Errorf("inside %d, largest %d, corner %d", q.v[14*28+14], slices.Max(q.v), q.v[0])
		}
		if first == nil {
			first = raw
		}
		for i := range raw { // contrast changes little
			if d := int(raw[i]) - int(first[i]); d > 24 || d < -24 {
				t.Errorf("pixel %d is %d and %d", i, raw[i], first[i])
				break
			}
		}
	}
}

func TestNativeIsTakenAsItIs(t *testing.T) {
	raw := make([]uint8, 784)
	for i := range 200 {
		raw[i*3+100] = uint8(i)
	}
	m := &image.Gray{Pix: raw, Stride: 28, Rect: image.Rect(0, 0, 28, 28)}
	got, steps, err := Prepare(&Picture{Image: m, Turn: upright}, mnistInput)
	if err != nil || steps != nil || !slices.Equal(got, raw) {
		t.Errorf("%v %v", steps, err)
	}
	// Bytes up to 16: what is brighter isn't of that form.
	in := data.Input{Height: 28, Width: 28, Channels: 1, White: 16, Dark: true, Box: 28}
	got, steps, err = Prepare(&Picture{Image: m, Turn: upright}, in)
	if err != nil || len(steps) == 0 || slices.Max(got) != 16 {
		t.Errorf("largest %d: %v %v", slices.Max(got), steps, err)
	}
}

func TestNothingDrawn(t *testing.T) {
	for name, m := range map[string]image.Image{"white": drawing(90, 90, 255, 255), "faint": drawing(90, 90, 240, 250), "black": image.NewGray(image.Rect(0, 0, 1, 1))} {
		_, _, err := Prepare(&Picture{Image: m, Turn: upright, Name: "blank.png"}, mnistInput)
		if err == nil || !strings.Contains(err.Error(), "blank.png: nothing is drawn on it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFit brings a picture of 20 × 10, left half black and right half white, to 4 × 4.
func TestFit(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 20, 10))
	for i := range m.Pix {
		if i%20 >= 10 {
			m.Pix[i] = 255
		}
	}
	// Pad: 4 × 2 in the middle; the border's mean is 127.5, rounded up. The triangle filter of scale 5 mixes the middle.
	// Weights of the second value, centred at 7.5 of 20 with reach 5: pixels 3 … 12, those from 10 on are right of the edge:
	// (1 − 3/5) + (1 − 4/5) + 0 = 0.6, or without the half, 10.5 to 12.5: 0.4 + 0.2 + 0.0; all sum to 5: 255·0.6/5 = 30.6.
	row := []uint8{0, 31, 224, 255}
	ground := []uint8{128, 128, 128, 128}
	for resize, want := range map[string][]uint8{
		"":      slices.Concat(ground, row, row, ground),
		Pad:     slices.Concat(ground, row, row, ground),
		Stretch: slices.Concat(row, row, row, row),
		// Crop: the middle 10 × 10; scale 2.5: the value at 3.75 reaches to 6.25, past the edge at 5 by 5.5 and 6.5 … : see below.
		Crop: nil,
	} {
		in := data.Input{Height: 4, Width: 4, Channels: 1, Resize: resize}
		got, steps, err := Prepare(&Picture{Image: m, Turn: upright}, in)
		if err != nil || len(steps) == 0 {
			t.Fatal(steps, err)
		}
		if resize == Crop { // pixel 5 alone lies within reach 2.5 of 3.75: (1 − 1.75/2.5)/2.5 = 0.12 of 255 is 30.6
			want = slices.Concat(row, row, row, row)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v (%v)", resize, got, want, steps)
		}
	}
	in := data.Input{Height: 4, Width: 4, Channels: 1, Dark: true} // corners: two black, two white
	m.Pix[0], m.Pix[180] = 255, 255
	if got, steps, _ := Prepare(&Picture{Image: m, Turn: upright}, in); got[0] != 0 || got[7] != 0 || got[4] < 200 {
		t.Errorf("not inverted: %v %v", got, steps)
	}
}

func TestColour(t *testing.T) {
	m := image.NewNRGBA(image.Rect(0, 0, 2, 2))
	for i := range 4 {
		m.SetNRGBA(i%2, i/2, color.NRGBA{250, 100, 50, 255})
	}
	in := data.Input{Height: 2, Width: 2, Channels: 3}
	got, steps, err := Prepare(&Picture{Image: m, Turn: upright}, in)
	if err != nil || steps != nil || !slices.Equal(got, bytes.Repeat([]uint8{250, 100, 50}, 4)) {
		t.Errorf("%v %v %v", got, steps, err)
	}
	in.Channels = 4
	if _, _, err := Prepare(&Picture{Image: m}, in); err == nil || !strings.Contains(err.Error(), "4 channels") {
		t.Errorf("error %v", err)
	}
}

// TestExtreme holds the windows to plain loops.
func TestExtreme(t *testing.T) {
	for n := 1; n <= 12; n++ {
		x := make([]uint8, n)
		for i := range x {
			x[i] = uint8(i * 73)
		}
		for side := 1; side <= 15; side += 2 {
			got := pixels{n, 1, 1, x}.extreme(side, true).v
			for i := range x {
				if want := slices.Max(x[max(i-side/2, 0):min(i+side/2+1, n)]); got[i] != want {
					t.Errorf("%d values, window %d: value %d is %d, want %d", n, side, i, got[i], want)
				}
			}
		}
	}
}

// FuzzPrepare is the way of a file's bytes to a model's input: no bytes make it fail but by an error, and it gives all of the input or none.
func FuzzPrepare(f *testing.F) {
	for _, name := range []string{"small.bmp", "small.gif", "small.webp", "lossy.webp", "clear.png", "turn6.jpg"} {
		f.Add(read(f, name))
	}
	f.Add(encodePNG(f, drawing(60, 90, 10, 200)))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawing(60, 90, 10, 200), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(bomb(50_000, 50_000))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		if g := formatOf(b); g != nil { // large ones take seconds each
			if c, err := g.config(bytes.NewReader(b)); err == nil && c.Width > 0 && c.Height > (1<<20)/c.Width && c.Width <= MaxPixels/c.Height {
				return
			}
		}
		p, err := Decode(b, "x")
		if err != nil {
			return
		}
		for _, in := range []data.Input{mnistInput, {Height: 5, Width: 3, Channels: 3, Resize: Crop}, {Height: 5, Width: 3, Channels: 1, Dark: true, White: 16}} {
			raw, _, err := Prepare(p, in)
			if err == nil && len(raw) != in.Features() {
				t.Fatalf("%d bytes, want %d", len(raw), in.Features())
			}
		}
	})
}

// TestHeat: the largest value is red, as much below 0 blue, and 0 the picture at half its light.
func TestHeat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.png")
	in := data.Input{Height: 1, Width: 3, Channels: 1, White: 16}
	if err := WriteHeat(path, []uint8{16, 8, 16}, in, []float64{0, 2, -2}); err != nil {
		t.Fatal(err)
	}
	p, err := Open(path)
	if err != nil || p.Image.Bounds() != image.Rect(0, 0, 768, 256) {
		t.Fatal(p, err)
	}
	for i, want := range []color.RGBA{{127, 127, 127, 255}, {255, 0, 0, 255}, {0, 0, 255, 255}} {
		if got := color.RGBAModel.Convert(p.Image.At(256*i+100, 7)); got != want {
			t.Errorf("pixel %d is %v, want %v", i, got, want)
		}
	}
	if err := WriteHeat(path, []uint8{1}, in, []float64{0, 0, 0}); err == nil {
		t.Error("1 byte isn't 3 pixels")
	}
}
