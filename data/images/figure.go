package images

import (
	"math"
)

// workSide is the longest side on which a figure is looked for: strokes a fortieth of the picture are then 12 pixels wide.
const workSide = 480

// minContrast is the least difference of ink and paper, of 255, that is taken for a figure: a pencil's light line has 40 to 60.
const minContrast = 20

// figure finds what is drawn or written in a grey picture and brings it to the form that MNIST's makers gave their digits: light
// on black, scaled into a Box × Box square with its shape kept, its centre of mass in the middle.
//
// Source: LeCun, Cortes & Burges, "The MNIST database of handwritten digits": "size normalized to fit in a 20x20 pixel box
// while preserving their aspect ratio … centered in a 28x28 image by computing the center of mass of the pixels". In their
// files the centre of mass is pixel (14, 14), counted from 0; of their digits none is off by more than rounding.
func (w *worker) figure(p pixels) (pixels, error) {
	fullW, fullH := p.w, p.h
	if long := max(p.w, p.h); long > workSide {
		p = p.resize(max(p.w*workSide/long, 1), max(p.h*workSide/long, 1))
	}
	ground := "dark"
	if w.light(p) {
		ground = "light"
		w.did("invert", "inverted: its ground is light, the model was trained on light strokes on a dark one")
	} else {
		p.invert() // dark strokes on light paper, as what follows has it
	}
	ink := w.flatten(p)
	cut, err := w.stretch(ink, ground)
	if err != nil {
		return p, err
	}
	w.specks(ink, cut)
	ink = w.thicken(ink)
	x0, y0, x1, y1 := ink.bounds(48)
	bw, bh := x1-x0, y1-y0
	if bw < p.w || bh < p.h {
		k := float64(fullW) / float64(p.w)
		w.did("crop", "cut to the figure: %.0f x %.0f of its %d x %d pixels", float64(bw)*k, float64(bh)*k, fullW, fullH)
	}
	ink = ink.crop(x0, y0, bw, bh)
	rw, rh := inner(w.in.Box, w.in.Box, bw, bh)
	ink = ink.resize(rw, rh)
	w.did("resize", "resized to %d x %d", rw, rh)
	ink.brighten()
	r := pixels{w.in.Width, w.in.Height, 1, make([]uint8, w.in.Features())}
	mx, my := ink.mass()
	x := min(max(int(math.Round(float64(r.w)/2-mx)), 0), r.w-rw)
	y := min(max(int(math.Round(float64(r.h)/2-my)), 0), r.h-rh)
	r.paste(ink, x, y)
	w.did("centre", "its centre of mass put in the middle of %d x %d", r.w, r.h)
	return r, nil
}

// flatten returns how much darker than the paper around it each pixel is: 255·(1 − p/paper). The paper is p's closing by a square of a
// quarter of the picture: what is darker and narrower than that, strokes, is filled; light and shadow stay.
//
// Source: Serra 1982, "Image Analysis and Mathematical Morphology" (closing).
func (w *worker) flatten(p pixels) pixels {
	side := max(max(p.w, p.h)/4, 3) | 1
	paper := p
	if max(p.w, p.h) >= 64 { // noise would be taken for light
		paper = p.blur()
	}
	paper = paper.extreme(side, true).extreme(side, false)
	h := paper.histogram()
	if lo, hi := quantile(&h, 0.01), quantile(&h, 0.99); hi-lo > 16 {
		w.did("flatten", "uneven light taken out: the paper's grey goes from %d to %d", lo, hi)
	}
	ink := pixels{p.w, p.h, 1, make([]uint8, len(p.v))}
	for i, v := range p.v {
		if l := int(paper.v[i]); int(v) < l {
			ink.v[i] = uint8((255*(l-int(v)) + l/2) / l)
		}
	}
	return ink
}

// stretch brings paper to 0 and ink to 255, and returns the threshold between them on that scale.
func (w *worker) stretch(ink pixels, ground string) (cut uint8, err error) {
	h := ink.histogram()
	t := otsu(&h)
	var dark, light [256]int
	copy(light[:t+1], h[:t+1])
	copy(dark[t+1:], h[t+1:])
	middle := quantile(&light, 0.5)
	spread := 0 // the median of how far paper is from its median
	for near := 0; spread < t && 2*near < total(&light); spread++ {
		near = 0
		for v := max(middle-spread, 0); v <= min(middle+spread, t); v++ {
			near += light[v]
		}
	}
	lo := min(middle+4*max(spread-1, 0), t) // 4 medians are about 2.7 standard deviations of noise
	hi := quantile(&dark, 0.75)
	if total(&dark) == 0 || hi-middle < minContrast {
		return 0, &Error{File: w.name, Msg: "nothing is drawn on it: no strokes stand out from its " + ground + " ground by " +
			"a tenth of the way from black to white; take the picture closer, or with more light"}
	}
	if lo > 4 || hi < 240 {
		w.did("contrast", "contrast stretched: ink that was %d %% darker than the paper is white, paper black", (hi*100+127)/255)
	}
	for i, v := range ink.v {
		ink.v[i] = uint8(min(max((int(v)-lo)*255/max(hi-lo, 1), 0), 255))
	}
	return uint8(min(max((t-lo)*255/max(hi-lo, 1), 64), 160)), nil
}

func total(h *[256]int) (n int) {
	for _, k := range h {
		n += k
	}
	return n
}

// otsu returns the value t that parts a histogram in two, up to t and above, with the largest variance between the parts.
//
// Source: Otsu 1979, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems, Man, and
// Cybernetics 9(1).
func otsu(h *[256]int) int {
	n, sum := total(h), 0.0
	for v, k := range h {
		sum += float64(v) * float64(k)
	}
	best, at, below, first := -1.0, 0, 0, 0.0
	for v, k := range h {
		below += k
		first += float64(v) * float64(k)
		if below == 0 || below == n {
			continue
		}
		a, b := float64(below), float64(n-below)
		d := first/a - (sum-first)/b
		if s := a * b * d * d; s > best {
			best, at = s, v
		}
	}
	return at
}
