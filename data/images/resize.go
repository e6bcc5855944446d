package images

// weightBits are the bits behind the point of a weight: a sum of byte times weight then fits 32 bits with its sign.
const weightBits = 22

// taps are the weights that make one value of a resized row: of the values from first on.
type taps struct {
	first   int
	weights []int32 // they sum to 2²² but for rounding
}

// filter returns the taps of a triangle filter, as wide as a pixel of the coarser of the two grids: bilinear interpolation
// where a picture grows, an antialiased mean where it shrinks.
func filter(in, out int) []taps {
	scale := float64(in) / float64(out)
	reach := max(scale, 1)
	r := make([]taps, out)
	w := make([]float64, 0, 2*int(reach)+3)
	for i := range r {
		centre := float64((float64(i) + 0.5) * scale)
		from, to := max(int(centre-reach+0.5), 0), min(int(centre+reach+0.5), in)
		w = w[:0]
		sum := 0.0
		for x := from; x < to; x++ {
			d := (float64(x) - centre + 0.5) / reach
			w = append(w, max(1-max(d, -d), 0))
			sum += w[x-from]
		}
		r[i] = taps{from, make([]int32, len(w))}
		for k, v := range w {
			r[i].weights[k] = int32(float64(v/sum)*(1<<weightBits) + 0.5)
		}
	}
	return r
}

// resize returns p with another size: rows first, then columns, each rounded to a byte. Sums are of whole numbers, so that
// every machine gives the same bytes. Pillow's Image.resize with BILINEAR gives them too.
func (p pixels) resize(w, h int) pixels {
	if w != p.w {
		p = p.resizeRows(w)
	}
	if h != p.h {
		p = p.resizeColumns(h)
	}
	return p
}

func (p pixels) resizeRows(w int) pixels {
	r := pixels{w, p.h, p.c, make([]uint8, w*p.h*p.c)}
	f := filter(p.w, w)
	for y := range p.h {
		from, to := p.v[y*p.w*p.c:][:p.w*p.c], r.v[y*w*p.c:][:w*p.c]
		for x, t := range f {
			for c := range p.c {
				sum := int32(1) << (weightBits - 1)
				at := t.first*p.c + c
				for _, k := range t.weights {
					sum += int32(from[at]) * k
					at += p.c
				}
				to[x*p.c+c] = clip(sum)
			}
		}
	}
	return r
}

func (p pixels) resizeColumns(h int) pixels {
	r := pixels{p.w, h, p.c, make([]uint8, p.w*h*p.c)}
	line := p.w * p.c
	sums := make([]int32, line)
	for y, t := range filter(p.h, h) {
		for i := range sums {
			sums[i] = 1 << (weightBits - 1)
		}
		for k, weight := range t.weights {
			for i, v := range p.v[(t.first+k)*line:][:line] {
				sums[i] += int32(v) * weight
			}
		}
		for i, s := range sums {
			r.v[y*line+i] = clip(s)
		}
	}
	return r
}

func clip(sum int32) uint8 { return uint8(min(max(sum>>weightBits, 0), 255)) }
