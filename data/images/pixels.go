package images

import (
	"image"
	"image/color"
	"image/draw"
)

// pixels are bytes in row-major order, [h w c].
type pixels struct {
	w, h, c int
	v       []uint8
}

// opaque reports whether a picture says of itself that nothing shows through.
func opaque(m image.Image) bool {
	o, ok := m.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// band is how many rows are drawn at a time, so that a large picture isn't held twice in four bytes a pixel.
const band = 64

// raster draws a picture on a background and returns its RGB values (c 3), or its grey levels (c 1): the luma of ITU-R BT.601,
// as image/color.GrayModel has it.
func raster(m image.Image, c int, background uint8) pixels {
	b := m.Bounds()
	p := pixels{b.Dx(), b.Dy(), c, make([]uint8, 0, b.Dx()*b.Dy()*c)}
	rows := min(band, p.h)
	strip := image.NewRGBA(image.Rect(0, 0, p.w, rows))
	paper := image.NewUniform(color.Gray{Y: background})
	clear, op := !opaque(m), draw.Src
	for y := 0; y < p.h; y += rows {
		n := min(rows, p.h-y)
		at := image.Rect(0, 0, p.w, n)
		if clear {
			draw.Draw(strip, at, paper, image.Point{}, draw.Src)
			op = draw.Over
		}
		draw.Draw(strip, at, m, b.Min.Add(image.Pt(0, y)), op)
		for i := 0; i < n*strip.Stride; i += 4 {
			r, g, b := strip.Pix[i], strip.Pix[i+1], strip.Pix[i+2]
			if c == 3 {
				p.v = append(p.v, r, g, b)
				continue
			}
			p.v = append(p.v, uint8((19595*uint32(r)+38470*uint32(g)+7471*uint32(b)+1<<15)>>16))
		}
	}
	return p
}

// crop returns the part of p from (x, y) with size w × h.
func (p pixels) crop(x, y, w, h int) pixels {
	if w == p.w && h == p.h {
		return p
	}
	r := pixels{w, h, p.c, make([]uint8, 0, w*h*p.c)}
	for i := range h {
		r.v = append(r.v, p.v[((y+i)*p.w+x)*p.c:][:w*p.c]...)
	}
	return r
}

// invert turns light to dark, in place.
func (p pixels) invert() {
	for i, v := range p.v {
		p.v[i] = 255 - v
	}
}

// histogram counts the values of all channels.
func (p pixels) histogram() (h [256]int) {
	for _, v := range p.v {
		h[v]++
	}
	return h
}

// quantile returns the smallest value that a share of all counts is at or below.
func quantile(h *[256]int, share float64) int {
	n := 0
	for _, k := range h {
		n += k
	}
	want, sum := share*float64(n), 0
	for v, k := range h {
		if sum += k; float64(sum) >= want && sum > 0 {
			return v
		}
	}
	return 255
}

// edge returns the mean colour of the outermost pixels.
func (p pixels) edge() [3]uint8 {
	var sum [3]int
	n := 0
	for y := range p.h {
		step := 1
		if y > 0 && y < p.h-1 && p.w > 1 {
			step = p.w - 1
		}
		for x := 0; x < p.w; x += step {
			for c := range p.c {
				sum[c] += int(p.v[(y*p.w+x)*p.c+c])
			}
			n++
		}
	}
	var mean [3]uint8
	for c := range p.c {
		mean[c] = uint8((sum[c] + n/2) / n)
	}
	return mean
}
