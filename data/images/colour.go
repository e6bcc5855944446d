package images

import (
	"image"
	"image/color"
)

// grey reports whether a picture has no colours by its type: whether a coloured type holds greys only isn't looked at.
func grey(m image.Image) bool {
	switch m.ColorModel() {
	case color.GrayModel, color.Gray16Model:
		return true
	}
	p, ok := m.(*image.Paletted)
	if !ok {
		return false
	}
	for _, c := range p.Palette {
		if r, g, b, _ := c.RGBA(); r != g || g != b {
			return false
		}
	}
	return true
}

// lightInk reports whether what is opaque in a picture is light in the mean, weighted by how opaque it is.
func lightInk(m image.Image) bool {
	b := m.Bounds()
	var light, weight uint64
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, a := m.At(x, y).RGBA() // premultiplied
			light += uint64(19595*r+38470*g+7471*b+1<<15) >> 16
			weight += uint64(a)
		}
	}
	return 2*light > weight
}

// coloured reports whether some pixel's channels differ by more than JPEG makes greys differ.
func coloured(m image.Image) bool {
	if grey(m) {
		return false
	}
	p := raster(m, 3, 255)
	for i := 0; i < len(p.v); i += 3 {
		r, g, b := p.v[i], p.v[i+1], p.v[i+2]
		if max(r, g, b)-min(r, g, b) > 12 {
			return true
		}
	}
	return false
}
