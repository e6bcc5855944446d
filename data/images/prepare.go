package images

import (
	"fmt"

	"github.com/ingot-ml/ingot/data"
)

// The ways of Input.Resize to bring a picture to another shape.
const (
	Crop    = "crop"    // cut off what is too much at two sides
	Pad     = "pad"     // add what is missing at two sides, in the mean colour of the border
	Stretch = "stretch" // as it comes
)

// Step is one thing that was done to a picture.
type Step struct {
	Step string `json:"step"` // turn, blend, grey, invert, flatten, contrast, specks, thicken, crop, pad, stretch, resize, centre
	Text string `json:"text"` // for people
}

// Prepare makes a model's input of a picture: in.Features() bytes. steps is what was done; none: the picture is such bytes
// already and was taken as it is. A picture with nothing on it, where a figure is looked for, is an *Error.
func Prepare(p *Picture, in data.Input) (raw []uint8, steps []Step, err error) {
	if in.Channels != 1 && in.Channels != 3 {
		return nil, nil, fmt.Errorf("the model's input has %d channels; pictures have 1, grey, or 3, RGB", in.Channels)
	}
	w := worker{in: in, name: p.Name}
	q := w.load(p)
	if w.native(q) {
		return q.v, nil, nil
	}
	if in.Box > 0 && in.Channels == 1 {
		if q, err = w.figure(q); err != nil {
			return nil, nil, err
		}
	} else {
		q = w.fit(q)
	}
	if white := in.White; white > 0 && white < 255 {
		for i, v := range q.v {
			q.v[i] = uint8((int(v)*white + 127) / 255)
		}
	}
	return q.v, w.steps, nil
}

// worker is one Prepare.
type worker struct {
	in    data.Input
	name  string
	steps []Step
}

func (w *worker) did(step, format string, args ...any) {
	w.steps = append(w.steps, Step{step, fmt.Sprintf(format, args...)})
}

// load draws the picture on a ground, in the model's channels, upright.
func (w *worker) load(p *Picture) pixels {
	ground := uint8(255)
	clear := !opaque(p.Image)
	if clear && w.in.Dark && lightInk(p.Image) {
		ground = 0
	}
	q := raster(p.Image, w.in.Channels, ground)
	if clear {
		w.did("blend", "transparent parts shown on %s", map[uint8]string{0: "black", 255: "white"}[ground])
	}
	if !grey(p.Image) && w.in.Channels == 1 {
		w.did("grey", "colours made grey")
	}
	if p.Turn > upright {
		q = p.Turn.apply(q)
		w.steps = append(w.steps, p.Turn.step())
	}
	return q
}

// native reports whether a picture is the model's bytes already: of its size, in its range and on its ground.
func (w *worker) native(p pixels) bool {
	if p.w != w.in.Width || p.h != w.in.Height {
		return false
	}
	if !w.in.Dark {
		return true
	}
	h := p.histogram()
	if white := w.in.White; white > 0 && quantile(&h, 1) > white {
		return false
	}
	return !w.light(p)
}

// fewest is the share of a picture that a figure covers at least, to be looked for: a digit of an eighth of the height of a
// photograph has half a per cent.
const fewest = 0.002

// light reports whether a picture's ground is light. A figure covers less than half of its picture: the median is the
// ground, and lies nearer to one end of the values. A thing may cover more: its corners are the ground.
func (w *worker) light(p pixels) bool {
	if w.in.Box > 0 {
		h := p.histogram()
		return 2*quantile(&h, 0.5) > quantile(&h, fewest)+quantile(&h, 1-fewest)
	}
	sum := 0
	for _, y := range []int{0, p.h - 1} {
		for _, x := range []int{0, p.w - 1} {
			for c := range p.c {
				sum += int(p.v[(y*p.w+x)*p.c+c])
			}
		}
	}
	return sum > 4*p.c*128
}

// fit brings a picture to the model's size.
func (w *worker) fit(p pixels) pixels {
	if w.in.Dark && w.light(p) {
		p.invert()
		w.did("invert", "inverted: its corners are light, the model was trained on a dark ground")
	}
	from := fmt.Sprintf("%d x %d", p.w, p.h)
	width, height := w.in.Width, w.in.Height
	switch w.in.Resize {
	case Crop:
		if cw, ch := inner(p.w, p.h, width, height); cw != p.w || ch != p.h {
			p = p.crop((p.w-cw)/2, (p.h-ch)/2, cw, ch)
			w.did(Crop, "cut to its middle %d x %d", cw, ch)
		}
	case Stretch:
		if p.w*height != p.h*width {
			w.did(Stretch, "stretched: its shape is another than the model's")
		}
	default:
		rw, rh := inner(width, height, p.w, p.h) // of the result, what the picture fills
		if rw != width || rh != height {
			q := pixels{width, height, p.c, make([]uint8, width*height*p.c)}
			edge := p.edge()
			if w.in.Dark {
				edge = [3]uint8{}
			}
			for i := range q.v {
				q.v[i] = edge[i%p.c]
			}
			q.paste(p.resize(rw, rh), (width-rw)/2, (height-rh)/2)
			w.did("resize", "resized from %s to %d x %d", from, rw, rh)
			w.did(Pad, "padded to %d x %d", width, height)
			return q
		}
	}
	if p.w != width || p.h != height {
		w.did("resize", "resized from %d x %d to %d x %d", p.w, p.h, width, height)
		p = p.resize(width, height)
	}
	return p
}

// inner returns the largest size within w × h of the shape a × b: at least 1 each way.
func inner(w, h, a, b int) (int, int) {
	if w*b > h*a { // too wide
		return max((h*a+b/2)/b, 1), h
	}
	return w, max((w*b+a/2)/a, 1)
}

// paste puts q into p from (x, y) on.
func (p pixels) paste(q pixels, x, y int) {
	for i := range q.h {
		copy(p.v[((y+i)*p.w+x)*p.c:], q.v[i*q.w*q.c:][:q.w*q.c])
	}
}
