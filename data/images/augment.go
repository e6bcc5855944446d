package images

import (
	"math"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Augment is a data.Source whose pictures are changed a little, otherwise in each epoch: what is drawn depends on Seed, the
// epoch and the row only. All is at most as much as said, drawn evenly; the zero value changes nothing.
type Augment struct {
	Data   *data.Dataset // X is u8
	Seed   uint64
	Flip   bool    // left to right, of half of the pictures
	Shift  float64 // along each side, as a share of it
	Rotate float64 // degrees, either way
	Zoom   float64 // in or out, as a share of the size
	Colour float64 // brightness, contrast and, of RGB, saturation, up or down by this share
	CutOut float64 // side of a square somewhere that becomes the picture's mean, as a share of the picture's

	epoch  int
	margin int
	wide   pixels // the row with a margin, in which its border goes on
	raw    []uint8
}

// augmentStream is the random stream of Augment: "augment" in ASCII.
const augmentStream = 0x6175676d656e74

// Len implements data.Source.
func (a *Augment) Len() int { return a.Data.Len() }

// RowShape implements data.Source.
func (a *Augment) RowShape() []int { return a.Data.RowShape() }

// Targets implements data.Source.
func (a *Augment) Targets() int { return a.Data.Targets() }

// Epoch implements data.Epochs.
func (a *Augment) Epoch(n int) { a.epoch = n }

// Gather implements data.Source.
func (a *Augment) Gather(x, y tensor.Tensor, rows []int) error {
	in := a.Data.Input
	if a.raw == nil {
		a.prepare()
	}
	ids, to, all := tensor.Of[int32](y), tensor.Of[float32](x), tensor.Of[uint8](a.Data.X)
	size := in.Features()
	epoch := rng.Stream{Seed: a.Seed, ID: augmentStream}.Sub(uint64(a.epoch))
	for i, r := range rows {
		ids[i] = int32(a.Data.Label(r))
		a.row(epoch.Sub(uint64(r)), all[a.Data.Row(r)*size:][:size])
		in.Apply(to[i*size:][:size], a.raw)
	}
	return nil
}

// prepare makes the buffers. The margin is what the farthest corner can come from outside.
func (a *Augment) prepare() {
	in := a.Data.Input
	w, h := float64(in.Width), float64(in.Height)
	reach := a.Shift * max(w, h)
	if a.Rotate > 0 || a.Zoom > 0 {
		grown := 1 / (1 - min(a.Zoom, 0.9))
		far := math.Hypot(w, h) / 2 // of a corner from the middle
		if turn := a.Rotate * math.Pi / 180; turn < math.Pi/4 {
			far = min(far, max(w*math.Cos(turn)+h*math.Sin(turn), h*math.Cos(turn)+w*math.Sin(turn))/2)
		}
		far = max(far, max(w, h)/2)
		reach += far*grown - min(w, h)/2
	}
	a.margin = int(math.Ceil(reach)) + 2
	a.wide = pixels{in.Width + 2*a.margin, in.Height + 2*a.margin, in.Channels, nil}
	a.wide.v = make([]uint8, a.wide.w*a.wide.h*in.Channels)
	a.raw = make([]uint8, in.Features())
}

// row changes one picture into a.raw.
func (a *Augment) row(s rng.Stream, raw []uint8) {
	var u [8]float32
	s.Uniform(u[:], -1, 1)
	flip := a.Flip && u[0] < 0
	if a.Rotate == 0 && a.Zoom == 0 && a.Shift == 0 && !flip {
		copy(a.raw, raw)
	} else {
		a.widen(raw)
		a.move(u, flip)
	}
	if a.Colour > 0 {
		a.tint(u)
	}
	if a.CutOut > 0 {
		a.cut(s)
	}
}

// widen puts a picture into a.wide, with its border's pixels going on outside.
func (a *Augment) widen(raw []uint8) {
	in, c := a.Data.Input, a.wide.c
	line := in.Width * c
	for y := range in.Height {
		to := a.wide.v[(y+a.margin)*a.wide.w*c:][:a.wide.w*c]
		from := raw[y*line:][:line]
		for x := range a.margin {
			copy(to[x*c:], from[:c])
			copy(to[(a.margin+in.Width+x)*c:], from[line-c:])
		}
		copy(to[a.margin*c:], from)
	}
	row := func(y int) []uint8 { return a.wide.v[y*a.wide.w*c:][:a.wide.w*c] }
	for y := range a.margin {
		copy(row(y), row(a.margin))
		copy(row(a.margin+in.Height+y), row(a.margin+in.Height-1))
	}
}

// move turns, zooms and shifts about the middle: each pixel of the result is where it comes from, in units of 1/65536 of a
// pixel, by bilinear interpolation of whole numbers, so that every machine has the same bytes.
func (a *Augment) move(u [8]float32, flip bool) {
	in := a.Data.Input
	sin, cos := math.Sincos(float64(a.Rotate*float64(u[1])) * math.Pi / 180)
	zoom := 1 / (1 + float64(a.Zoom*float64(u[2])))
	dx, dy := a.Shift*float64(u[3])*float64(in.Width), a.Shift*float64(u[4])*float64(in.Height)
	if a.Rotate == 0 && a.Zoom == 0 { // whole pixels stay sharp
		dx, dy = math.Round(dx), math.Round(dy)
	}
	mx, my := float64(in.Width-1)/2, float64(in.Height-1)/2
	ux, uy := float64(cos*zoom), float64(sin*zoom) // of one pixel to the right
	if flip {
		ux, uy = -ux, -uy
	}
	vx, vy := float64(-sin*zoom), float64(cos*zoom) // of one pixel down
	x0 := mx - float64(ux*mx) - float64(vx*my) + dx + float64(a.margin)
	y0 := my - float64(uy*mx) - float64(vy*my) + dy + float64(a.margin)
	fixed := func(v float64) int { return int(math.Round(v * (1 << 16))) }
	c, stride := a.wide.c, a.wide.w*a.wide.c
	line := in.Width * c
	fux, fuy := fixed(ux), fixed(uy)
	for y := range in.Height {
		sx := fixed(x0 + float64(vx*float64(y)))
		sy := fixed(y0 + float64(vy*float64(y)))
		to := a.raw[y*line:][:line]
		switch {
		case fux == 1<<16 && fuy == 0 && (sx|sy)&0xffff == 0:
			copy(to, a.wide.v[(sy>>16)*stride+(sx>>16)*c:])
		case c == 1:
			blendGrey(to, a.wide.v, stride, sx, sy, fux, fuy)
		default:
			blend(to, a.wide.v, stride, c, sx, sy, fux, fuy)
		}
	}
}

// blend writes values of c channels each, from (x, y) on in steps of (dx, dy), by bilinear interpolation with 8 bits of a place.
func blend(to, from []uint8, stride, c, x, y, dx, dy int) {
	for i := 0; i < len(to); i += c {
		at := (y>>16)*stride + (x>>16)*c
		fx, fy := x>>8&255, y>>8&255
		for k := range c {
			q := from[at+k : at+k+stride+c+1]
			top := int(q[0])*(256-fx) + int(q[c])*fx
			bottom := int(q[stride])*(256-fx) + int(q[stride+c])*fx
			to[i+k] = uint8((top*(256-fy) + bottom*fy + 1<<15) >> 16)
		}
		x, y = x+dx, y+dy
	}
}

// blendGrey is blend for one channel.
func blendGrey(to, from []uint8, stride, x, y, dx, dy int) {
	for i := range to {
		at := (y>>16)*stride + x>>16
		fx, fy := x>>8&255, y>>8&255
		q, r := from[at:at+2:at+2], from[at+stride:at+stride+2:at+stride+2]
		top := int(q[0])<<8 + (int(q[1])-int(q[0]))*fx
		bottom := int(r[0])<<8 + (int(r[1])-int(r[0]))*fx
		to[i] = uint8((top<<8 + (bottom-top)*fy + 1<<15) >> 16)
		x, y = x+dx, y+dy
	}
}

// tint changes contrast about the mean, brightness and saturation.
func (a *Augment) tint(u [8]float32) {
	sum := 0
	for _, v := range a.raw {
		sum += int(v)
	}
	mean := float64(sum) / float64(len(a.raw))
	contrast := 1 + float64(a.Colour*float64(u[5]))
	shift := mean - float64(mean*contrast) + float64(a.Colour*float64(u[6]))*128
	var table [256]uint8
	for v := range table {
		table[v] = uint8(min(max(math.Round(float64(float64(v)*contrast)+shift), 0), 255))
	}
	for i, v := range a.raw {
		a.raw[i] = table[v]
	}
	if a.wide.c != 3 {
		return
	}
	k := 256 + int(math.Round(256*float64(a.Colour*float64(u[7]))))
	for i := 0; i+2 < len(a.raw); i += 3 {
		p := a.raw[i : i+3 : i+3]
		grey := (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000 // ITU-R BT.601
		for j, v := range p {
			p[j] = uint8(min(max(grey+((int(v)-grey)*k)>>8, 0), 255))
		}
	}
}

// cut covers a square whose middle is anywhere in the picture, so that it may hang over.
//
// Source: DeVries & Taylor 2017, arXiv:1708.04552.
func (a *Augment) cut(s rng.Stream) {
	in, c := a.Data.Input, a.wide.c
	side := int(math.Round(a.CutOut * float64(min(in.Width, in.Height))))
	x, y := s.IntN(2, in.Width)-side/2, s.IntN(3, in.Height)-side/2
	var mean [3]int
	for i, v := range a.raw {
		mean[i%c] += int(v)
	}
	for k := range mean {
		mean[k] /= in.Width * in.Height
	}
	for v := max(y, 0); v < min(y+side, in.Height); v++ {
		for h := max(x, 0); h < min(x+side, in.Width); h++ {
			for k := range c {
				a.raw[(v*in.Width+h)*c+k] = uint8(mean[k])
			}
		}
	}
}
