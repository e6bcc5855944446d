package report

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// pixelsPer is how many pixels of a PNG a CSS pixel is.
const pixelsPer = 2

// colours are those of the style sheet of a plot alone.
var colours = [...]color.RGBA{
	ink: {0x22, 0x22, 0x22, 255}, faint: {0xdd, 0xdd, 0xdd, 255}, first: {0x1f, 0x6f, 0xb4, 255}, second: {0xc8, 0x50, 0x1e, 255},
	third: {0x2a, 0x8a, 0x4a, 255}, fourth: {0x8a, 0x4f, 0xb0, 255}, shade: {0x7f, 0xb2, 0xe5, 255},
}

// goFont is what texts are written in.
var goFont = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(goregular.TTF) })

// pixels draws on an image.
type pixels struct {
	m    *image.RGBA
	face font.Face
}

func (d *pixels) fill(corners [][2]float64, c color.Color) {
	low, high := corners[0], corners[0]
	for _, q := range corners {
		low, high = [2]float64{min(low[0], q[0]), min(low[1], q[1])}, [2]float64{max(high[0], q[0]), max(high[1], q[1])}
	}
	around := image.Rect(int(low[0]*pixelsPer)-1, int(low[1]*pixelsPer)-1, int(high[0]*pixelsPer)+2, int(high[1]*pixelsPer)+2)
	r := vector.NewRasterizer(around.Dx(), around.Dy())
	for i, q := range corners {
		x, y := float32(q[0]*pixelsPer-float64(around.Min.X)), float32(q[1]*pixelsPer-float64(around.Min.Y))
		if i == 0 {
			r.MoveTo(x, y)
		} else {
			r.LineTo(x, y)
		}
	}
	r.ClosePath()
	r.Draw(d.m, around, image.NewUniform(c), image.Point{})
}

func (d *pixels) line(points [][2]float64, p paint, width float64, dashed bool) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		length := math.Hypot(b[0]-a[0], b[1]-a[1])
		if length == 0 {
			continue
		}
		ux, uy := (b[0]-a[0])/length, (b[1]-a[1])/length
		piece, gap := length, 0.0
		if dashed {
			piece, gap = 4, 4
		}
		nx, ny := -uy*width/2, ux*width/2
		for from := 0.0; from < length; from += piece + gap {
			to := min(from+piece, length)
			x0, y0, x1, y1 := a[0]+ux*from, a[1]+uy*from, a[0]+ux*to, a[1]+uy*to
			d.fill([][2]float64{{x0 + nx, y0 + ny}, {x1 + nx, y1 + ny}, {x1 - nx, y1 - ny}, {x0 - nx, y0 - ny}}, colours[p])
		}
	}
}

func (d *pixels) box(x, y, w, h float64, p paint, strength float64) {
	c := colours[p]
	blend := color.NRGBA{c.R, c.G, c.B, uint8(255*min(max(strength, 0), 1) + 0.5)}
	d.fill([][2]float64{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, blend)
}

func (d *pixels) text(x, y float64, anchor int, turned bool, p paint, s string) {
	s = printable(s)
	w := font.MeasureString(d.face, s)
	along := -w * fixed.Int26_6(anchor+1) / 2
	if !turned {
		at := font.Drawer{Dst: d.m, Src: image.NewUniform(colours[p]), Face: d.face, Dot: fixed.Point26_6{X: fixed.Int26_6(x*pixelsPer*64) + along, Y: fixed.Int26_6(y * pixelsPer * 64)}}
		at.DrawString(s)
		return
	}
	const high = int(2 * fontSize * pixelsPer) // written level first, then turned
	level := image.NewRGBA(image.Rect(0, 0, w.Ceil()+2, high))
	at := font.Drawer{Dst: level, Src: image.NewUniform(colours[p]), Face: d.face, Dot: fixed.P(0, high/2)}
	at.DrawString(s)
	x0, y0 := int(x*pixelsPer)-high/2, int(y*pixelsPer)-along.Round()
	for j := range high {
		for i := range level.Bounds().Dx() {
			draw.Draw(d.m, image.Rect(x0+j, y0-i, x0+j+1, y0-i+1), image.NewUniform(level.RGBAAt(i, j)), image.Point{}, draw.Over)
		}
	}
}

func writePNG(w io.Writer, p *plot) error {
	f, err := goFont()
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: fontSize * pixelsPer, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return err
	}
	m := image.NewRGBA(image.Rect(0, 0, plotWidth*pixelsPer, plotHeight*pixelsPer))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	p.draw(&pixels{m, face})
	return png.Encode(w, m)
}
