package vec

import "github.com/ingot-ml/ingot/internal/parallel"

// Func is an elementwise function with constants, and its slope.
type Func uint8

// The functions; p are the Params. At a kink the slope is PyTorch's. What isn't said to be otherwise is at most 4 ulp off, and a
// slope 4 ulp of the larger of 1 and itself.
const (
	// GELU is x·Φ(x) with Φ the normal distribution's: at most |x|·1.6e-7 off, that is 2 ulp where x > 0.
	GELU Func = iota
	// GELUTanh is x·σ(2·√(2/π)·(x + 0.044715·x³)): at most |x|·1.6e-7 off, that is 2 ulp where x > 0.
	GELUTanh
	// SiLU is x·σ(x); where eˣ is subnormal it may be 0, and so may Mish.
	SiLU
	// Mish is x·tanh(ln(1 + eˣ)).
	Mish
	// Softplus is ln(1 + exp(p₀x)) / p₀; p₁ is 1/p₀.
	Softplus
	// ELU is p₁x where x > 0 and p₀·(exp(p₂x) − 1) elsewhere.
	ELU
	// LeakyReLU is x where x > 0 and p₀x elsewhere.
	LeakyReLU
	// Softsign is x / (1 + |x|).
	Softsign
	// HardSigmoid is (x + 3) / 6, at least 0 and at most 1.
	HardSigmoid
	// HardSwish is x·HardSigmoid(x).
	HardSwish
	// Clamp is x, at least p₀ and at most p₁.
	Clamp
	// Abs is |x|; its slope at 0 is 0.
	Abs
	// Sign is 1, 0 or −1, and Step is 1, p₀ or 0, where x is above, at or below 0; at NaN both are 0.
	Sign
	Step
	// Floor, Ceil and Round are the whole numbers at most x, at least x, and nearest to x, of two the even one.
	Floor
	Ceil
	Round
	// Log1p is ln(1 + x) and Expm1 is eˣ − 1, with a small relative error down to 0.
	Log1p
	Expm1
	// Erf is the error function.
	Erf
	// Sin and Cos are the sine and the cosine, of numbers of any size; beyond 65536 slowly.
	Sin
	Cos

	numFuncs
)

// Params are a function's constants.
type Params = [3]float32

// mapping computes dst = f(x), and slope gx = g·f′(x).
type (
	mapping func(dst, x []float32, p Params)
	sloping func(gx, g, x []float32, p Params)
)

// Map computes dst = f(x).
func (f Func) Map(dst, x []float32, p Params) {
	x = x[:len(dst)]
	do := active().maps[f]
	if len(dst) <= piece {
		do(dst, x, p)
		return
	}
	spread(task{mapping: do, dst: dst, x: x, p: p})
}

// Grad computes gx = g·f′(x), or adds that to gx if acc is true.
func (f Func) Grad(gx, g, x []float32, p Params, acc bool) {
	g, x = g[:len(gx)], x[:len(gx)]
	do := active().slopes[f]
	switch {
	case len(gx) > piece:
		spread(task{sloping: do, dst: gx, x: g, y: x, p: p, acc: acc})
	case acc:
		do.add(gx, g, x, p)
	default:
		do(gx, g, x, p)
	}
}

// strip is the number of elements that are added, or streamed, by way of a buffer in the first cache.
const strip = 1024

var strips parallel.Free[[strip]float32]

// add computes gx += g·f′(x) a strip at a time.
func (f sloping) add(gx, g, x []float32, p Params) {
	buffer := strips.Get()
	for lo := 0; lo < len(gx); lo += strip {
		hi := min(lo+strip, len(gx))
		part := buffer[:hi-lo]
		f(part, g[lo:hi], x[lo:hi], p)
		active().add(gx[lo:hi], gx[lo:hi], part)
	}
	strips.Put(buffer)
}
