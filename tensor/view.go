package tensor

import (
	"math"
	"slices"
)

// Reshape returns a view of another shape with the same elements in the same order. One dimension may be −1: the rest
// of the elements. ok is false where the strides don't allow a view.
func (t Tensor) Reshape(shape ...int) (r Tensor, ok bool) {
	r = t
	r.rank, r.shape, r.stride = int8(len(shape)), [MaxRank]int{}, [MaxRank]int{}
	if len(shape) > MaxRank {
		panic(Errorf("reshape to %v: at most %d dimensions are supported", slices.Clone(shape), MaxRank))
	}
	free, n := -1, 1
	for i, d := range shape {
		switch {
		case d == -1 && free < 0:
			free = i
		case d < 0:
			panic(Errorf("reshape to %v: a dimension is negative", slices.Clone(shape)))
		default:
			if d != 0 && n > math.MaxInt/d {
				panic(Errorf("reshape to %v: too many elements", slices.Clone(shape)))
			}
			n *= d
		}
		r.shape[i] = d
	}
	if free >= 0 {
		if n == 0 || t.Numel()%n != 0 {
			panic(Errorf("reshape of %v to %v: %d elements can't be divided so", t.Shape(), slices.Clone(shape), t.Numel()))
		}
		r.shape[free] = t.Numel() / n
	} else if n != t.Numel() {
		panic(Errorf("reshape of %v to %v: %d elements, not %d", t.Shape(), slices.Clone(shape), t.Numel(), n))
	}
	if t.Contiguous() {
		r.setContiguous()
		return r, true
	}
	return r, t.splitStrides(&r)
}

// splitStrides finds strides for r where runs of t's dimensions that are contiguous among themselves are regrouped.
func (t *Tensor) splitStrides(r *Tensor) bool {
	t = t.withoutOnes()
	i, j := 0, 0
	for i < int(t.rank) && j < int(r.rank) {
		n, m := t.shape[i], r.shape[j]
		i0, j0 := i, j
		for n != m {
			if n < m {
				i++
				n *= t.shape[i]
			} else {
				j++
				m *= r.shape[j]
			}
		}
		for k := i0; k < i; k++ {
			if t.stride[k] != t.stride[k+1]*t.shape[k+1] {
				return false
			}
		}
		step := t.stride[i]
		for k := j; k >= j0; k-- {
			r.stride[k] = step
			step *= r.shape[k]
		}
		i, j = i+1, j+1
	}
	for ; j < int(r.rank); j++ {
		r.stride[j] = 1
	}
	return true
}

// withoutOnes drops the dimensions of one element, whose strides say nothing.
func (t Tensor) withoutOnes() *Tensor {
	r := t
	r.rank = 0
	for i, d := range t.shape[:t.rank] {
		if d != 1 {
			r.shape[r.rank], r.stride[r.rank] = d, t.stride[i]
			r.rank++
		}
	}
	return &r
}

// Permute returns a view whose dimension i is the tensor's dimension axes[i].
func (t Tensor) Permute(axes ...int) Tensor {
	if len(axes) != int(t.rank) {
		panic(Errorf("permute of %v by %v: %d axes wanted", t.Shape(), slices.Clone(axes), t.rank))
	}
	r := t
	seen := 0
	for i, a := range axes {
		a = t.Axis(a)
		if seen&(1<<a) != 0 {
			panic(Errorf("permute of %v by %v: axis %d comes twice", t.Shape(), slices.Clone(axes), a))
		}
		seen |= 1 << a
		r.shape[i], r.stride[i] = t.shape[a], t.stride[a]
	}
	return r
}

// Slice returns the view of elements from, from+step, … below to along the axis; step is at least 1.
func (t Tensor) Slice(axis, from, to, step int) Tensor {
	a := t.Axis(axis)
	if from < 0 || to < from || to > t.shape[a] || step < 1 {
		panic(Errorf("slice [%d:%d:%d] of axis %d of %v is out of range", from, to, step, axis, t.Shape()))
	}
	step = min(step, max(to-from, 1)) // a longer one takes the first element too, and its product might overflow
	r := t
	r.shape[a] = (to - from + step - 1) / step
	r.stride[a] = t.stride[a] * step
	if r.Numel() > 0 { // an empty view stays inside its buffer
		r.off += from * t.stride[a] * t.dtype.Size()
	}
	return r
}

// Expand returns a view broadcast to the shape by NumPy's rule: dimensions are matched from the last; one of size 1 is
// repeated, with stride 0.
func (t Tensor) Expand(shape ...int) Tensor {
	r := t
	r.rank, r.shape, r.stride = int8(len(shape)), [MaxRank]int{}, [MaxRank]int{}
	pad := len(shape) - int(t.rank)
	if pad < 0 || len(shape) > MaxRank {
		panic(Errorf("%v can't be broadcast to %v", t.Shape(), slices.Clone(shape)))
	}
	CheckedNumel(shape)
	for i, d := range shape {
		r.shape[i] = d
		if i < pad {
			continue
		}
		switch t.shape[i-pad] {
		case d:
			r.stride[i] = t.stride[i-pad]
		case 1:
		default:
			panic(Errorf("%v can't be broadcast to %v", t.Shape(), slices.Clone(shape)))
		}
	}
	return r
}

// On returns the same view of another buffer: offset, shape and strides stay.
func (t Tensor) On(b *Buffer) Tensor {
	t.buf = b
	return t
}

// SameShape reports whether the dimensions are equal.
func SameShape(a, b *Tensor) bool { return a.rank == b.rank && a.shape == b.shape }
