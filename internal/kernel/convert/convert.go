// Package convert changes the element type of slices. dst and src have one length, that of dst. Work on more than
// a piece of elements is spread over the workers. Every level gives the same bits, NaN payloads apart.
package convert

import (
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of elements that a worker does at a time.
const piece = 32768

// table has the leaf loops of one instruction set.
type table struct {
	bf16ToF32, f16ToF32 func(dst []float32, src []uint16)
	f32ToBF16, f32ToF16 func(dst []uint16, src []float32)
	u8ToF32             func(dst []float32, src []uint8, scale, shift float32)
}

func active() *table { return &levels[cpu.Active()] }

// task is a call cut into pieces.
type task[D, S any] struct {
	f   func(dst []D, src []S)
	dst []D
	src []S
}

// Run does piece i.
func (t *task[D, S]) Run(i int) {
	lo, hi := i*piece, min((i+1)*piece, len(t.dst))
	t.f(t.dst[lo:hi], t.src[lo:hi])
}

// spread runs f on pieces, with a task from free.
func spread[D, S any](free *parallel.Free[task[D, S]], f func(dst []D, src []S), dst []D, src []S) {
	src = src[:len(dst)]
	if len(dst) <= piece {
		f(dst, src)
		return
	}
	t := free.Get()
	*t = task[D, S]{f, dst, src}
	parallel.For((len(dst)+piece-1)/piece, t)
	*t = task[D, S]{}
	free.Put(t)
}

var (
	widen  parallel.Free[task[float32, uint16]]
	narrow parallel.Free[task[uint16, float32]]
	double parallel.Free[task[float64, float32]]
	single parallel.Free[task[float32, float64]]
	bytes  parallel.Free[scaled]
)

// BF16ToF32 widens bfloat16, which is exact.
func BF16ToF32(dst []float32, src []uint16) { spread(&widen, active().bf16ToF32, dst, src) }

// F32ToBF16 rounds to the nearest bfloat16, ties to even; what is too large becomes infinite, NaN stays NaN.
func F32ToBF16(dst []uint16, src []float32) { spread(&narrow, active().f32ToBF16, dst, src) }

// F16ToF32 widens IEEE 754 binary16, which is exact.
func F16ToF32(dst []float32, src []uint16) { spread(&widen, active().f16ToF32, dst, src) }

// F32ToF16 rounds to the nearest binary16, ties to even, with subnormal results; what is too large becomes infinite,
// NaN stays NaN.
func F32ToF16(dst []uint16, src []float32) { spread(&narrow, active().f32ToF16, dst, src) }

// F32ToF64 widens, which is exact.
func F32ToF64(dst []float64, src []float32) { spread(&double, f32ToF64Go, dst, src) }

// F64ToF32 rounds to the nearest float32.
func F64ToF32(dst []float32, src []float64) { spread(&single, f64ToF32Go, dst, src) }

// U8ToF32 computes dst = scale·src + shift, rounded once.
func U8ToF32(dst []float32, src []uint8, scale, shift float32) {
	src = src[:len(dst)]
	f := active().u8ToF32
	if len(dst) <= piece {
		f(dst, src, scale, shift)
		return
	}
	t := bytes.Get()
	*t = scaled{f, dst, src, scale, shift}
	parallel.For((len(dst)+piece-1)/piece, t)
	*t = scaled{}
	bytes.Put(t)
}

type scaled struct {
	f            func(dst []float32, src []uint8, scale, shift float32)
	dst          []float32
	src          []uint8
	scale, shift float32
}

// Run does piece i.
func (t *scaled) Run(i int) {
	lo, hi := i*piece, min((i+1)*piece, len(t.dst))
	t.f(t.dst[lo:hi], t.src[lo:hi], t.scale, t.shift)
}
