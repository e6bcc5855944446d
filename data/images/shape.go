package images

import "math"

// blur returns the mean of 3 × 3 pixels around each; p has one channel.
func (p pixels) blur() pixels {
	r := pixels{p.w, p.h, 1, make([]uint8, len(p.v))}
	for y := range p.h {
		for x := range p.w {
			sum, n := 0, 0
			for v := max(y-1, 0); v <= min(y+1, p.h-1); v++ {
				for u := max(x-1, 0); u <= min(x+1, p.w-1); u++ {
					sum += int(p.v[v*p.w+u])
					n++
				}
			}
			r.v[y*p.w+x] = uint8((sum + n/2) / n)
		}
	}
	return r
}

// extreme returns the largest, or smallest, value of side × side pixels around each; side is odd.
func (p pixels) extreme(side int, largest bool) pixels {
	better := func(a, b uint8) uint8 { return min(a, b) }
	if largest {
		better = func(a, b uint8) uint8 { return max(a, b) }
	}
	r := pixels{p.w, p.h, 1, make([]uint8, len(p.v))}
	line := make([]uint8, max(p.w, p.h))
	out := make([]uint8, len(line))
	for y := range p.h {
		slide(r.v[y*p.w:][:p.w], p.v[y*p.w:][:p.w], side, better)
	}
	for x := range p.w {
		for y := range p.h {
			line[y] = r.v[y*p.w+x]
		}
		slide(out[:p.h], line[:p.h], side, better)
		for y := range p.h {
			r.v[y*p.w+x] = out[y]
		}
	}
	return r
}

// slide writes the best of each window of x to y, in three comparisons a value however wide the window is: blocks of its width
// are run through from both ends, and a window is the end of one block and the beginning of the next.
//
// Source: van Herk 1992, "A fast algorithm for local minimum and maximum filters on rectangular and octagonal kernels".
func slide(y, x []uint8, side int, better func(a, b uint8) uint8) {
	n, reach := len(x), side/2
	forth, back := make([]uint8, n), make([]uint8, n)
	for i, v := range x {
		if forth[i] = v; i%side != 0 {
			forth[i] = better(v, forth[i-1])
		}
	}
	for i := n - 1; i >= 0; i-- {
		if back[i] = x[i]; i%side != side-1 && i < n-1 {
			back[i] = better(x[i], back[i+1])
		}
	}
	for i := range y {
		from, to := max(i-reach, 0), min(i+reach, n-1)
		switch {
		case from/side != to/side:
			y[i] = better(back[from], forth[to])
		case from%side == 0:
			y[i] = forth[to]
		default: // cut off at the end
			y[i] = back[from]
		}
	}
}

// component is a connected set of pixels.
type component struct {
	area           int
	x0, y0, x1, y1 int // x1 and y1 are behind it
}

// components numbers the 8-connected sets of pixels above cut, from 1; 0 is none of them.
func (p pixels) components(cut uint8) (labels []int32, found []component) {
	labels = make([]int32, len(p.v))
	var stack []int
	for i, v := range p.v {
		if v <= cut || labels[i] != 0 {
			continue
		}
		id := int32(len(found) + 1)
		c := component{x0: p.w, y0: p.h}
		labels[i] = id
		stack = append(stack[:0], i)
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			x, y := at%p.w, at/p.w
			c.area++
			c.x0, c.x1, c.y0, c.y1 = min(c.x0, x), max(c.x1, x+1), min(c.y0, y), max(c.y1, y+1)
			for v := max(y-1, 0); v <= min(y+1, p.h-1); v++ {
				for u := max(x-1, 0); u <= min(x+1, p.w-1); u++ {
					if to := v*p.w + u; p.v[to] > cut && labels[to] == 0 {
						labels[to] = id
						stack = append(stack, to)
					}
				}
			}
		}
		found = append(found, c)
	}
	return labels, found
}

// speckShare is the share of the largest connected part that a part must have to belong to the figure: a detached stroke of
// a 5 has a tenth and more.
const speckShare = 0.04

// specks clears what doesn't belong to the figure: specks, and the edge of the paper or of a table where the figure itself doesn't touch
// the picture's border.
func (w *worker) specks(ink pixels, cut uint8) {
	labels, found := ink.components(cut)
	border := func(c component) bool { return c.x0 == 0 || c.y0 == 0 || c.x1 == ink.w || c.y1 == ink.h }
	largest, inside := 0, 0
	for _, c := range found {
		largest = max(largest, c.area)
		if long := max(c.x1-c.x0, c.y1-c.y0); !border(c) && 12*long >= max(ink.w, ink.h) {
			inside = max(inside, c.area)
		}
	}
	edges := inside > 0 && 1000*inside >= ink.w*ink.h
	if edges {
		largest = inside
	}
	keep := pixels{ink.w, ink.h, 1, make([]uint8, len(ink.v))}
	cleared := 0
	belongs := make([]bool, len(found)+1)
	for i, c := range found {
		belongs[i+1] = float64(c.area) >= speckShare*float64(largest) && !(edges && border(c))
		if !belongs[i+1] {
			cleared++
		}
	}
	for i, id := range labels {
		if belongs[id] {
			keep.v[i] = 1
		}
	}
	keep = keep.extreme(5, true) // with the soft edge of its strokes
	for i := range ink.v {
		ink.v[i] *= keep.v[i]
	}
	switch {
	case cleared == 1:
		w.did("specks", "1 speck or edge beside the figure cleared")
	case cleared > 1:
		w.did("specks", "%d specks or edges beside the figure cleared", cleared)
	}
}

// The width of strokes in a figure scaled into a box, as 2·area/perimeter measures it: MNIST's are 2.0 of 20 pixels in the
// mean. A pen's in a photograph is often a quarter of that, and would be grey dust in 28 × 28.
const (
	thinStroke   = 1.2 / 20
	commonStroke = 2.0 / 20
)

// thicken widens strokes thinner than any the model has seen.
func (w *worker) thicken(p pixels) pixels {
	x0, y0, x1, y1 := p.bounds(127)
	area, perimeter := 0, 0
	at := func(x, y int) bool { return x >= 0 && y >= 0 && x < p.w && y < p.h && p.v[y*p.w+x] > 127 }
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if !at(x, y) {
				continue
			}
			area++
			for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				if !at(x+d[0], y+d[1]) {
					perimeter++
				}
			}
		}
	}
	long := float64(max(x1-x0, y1-y0))
	width := 2 * float64(area) / float64(max(perimeter, 1))
	grow := int(math.Round((commonStroke*long - width) / 2))
	if width >= thinStroke*long || grow < 1 {
		return p
	}
	w.did("thicken", "strokes thickened: they were %.1f of %d pixels wide", width/long*float64(w.in.Box), w.in.Box)
	r := pixels{p.w + 2*grow, p.h + 2*grow, 1, make([]uint8, (p.w+2*grow)*(p.h+2*grow))}
	r.paste(p, grow, grow)
	return r.extreme(2*grow+1, true)
}

// bounds returns the smallest rectangle that holds every pixel above cut; x1 and y1 are behind it.
func (p pixels) bounds(cut uint8) (x0, y0, x1, y1 int) {
	x0, y0 = p.w, p.h
	for i, v := range p.v {
		if v > cut {
			x, y := i%p.w, i/p.w
			x0, x1, y0, y1 = min(x0, x), max(x1, x+1), min(y0, y), max(y1, y+1)
		}
	}
	if x1 == 0 { // none: all of it
		return 0, 0, p.w, p.h
	}
	return x0, y0, x1, y1
}

// mass returns the centre of mass, in pixels counted from 0.
func (p pixels) mass() (x, y float64) {
	sum := 0
	for i, v := range p.v {
		sum += int(v)
		x += float64(i%p.w) * float64(v)
		y += float64(i/p.w) * float64(v)
	}
	return x / float64(max(sum, 1)), y / float64(max(sum, 1))
}

// brighten scales the values so that the brightest is 255.
func (p pixels) brighten() {
	top := 0
	for _, v := range p.v {
		top = max(top, int(v))
	}
	for i, v := range p.v {
		p.v[i] = uint8((int(v)*255 + top/2) / max(top, 1))
	}
}
