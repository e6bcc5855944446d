package op

import (
	"math"

	"github.com/ingot-ml/ingot/tensor"
)

// ALiBiSlopes returns the slopes of attention with linear biases for [SDPA]: the score of a key at a distance is lessened by
// slope·distance.
//
//	slope of head h = 2^(−8h/n), h = 1 … n, for n heads, a power of two; for other numbers those of the power of two below, and
//	then every second one of twice that power, from the first
//
// Shapes: → [heads]. They are constants: no gradient.
// Source: Press, Smith & Lewis 2021, arXiv:2108.12409, section 3; numbers that are no power of two as the authors' program does.
func ALiBiSlopes(heads int) tensor.Tensor {
	if heads < 1 {
		panic(tensor.Errorf("op.ALiBiSlopes of %d heads: at least 1 wanted", heads))
	}
	n := 1
	for 2*n <= heads {
		n *= 2
	}
	x := tensor.New(tensor.F32, heads)
	for h := range heads {
		power := -8 * float64(h+1) / float64(n)
		if h >= n {
			power = -4 * float64(2*(h-n)+1) / float64(n)
		}
		tensor.Of[float32](x)[h] = float32(math.Exp2(power))
	}
	return x
}
