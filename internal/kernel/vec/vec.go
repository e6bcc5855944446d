// Package vec has the elementwise kernels: one loop over slices of float32 each.
//
// In every function the slices have one length, that of the first (longer ones are read that far, shorter ones
// panic), and the destination may be one of the sources, but not overlap one in another way. A call on more than one
// piece of elements is spread over the workers; since no element depends on another, neither the cut nor the
// alignment shows in the result. AVX2 and AVX-512 give the same bits. The Go loops, which say what each function
// means, differ from them in the last bits where a product and a sum are fused, and in Exp, Log, Tanh and Sigmoid.
package vec

import (
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of elements that a worker does at a time: 64 KB of each operand, some microseconds.
const piece = 16384

// The leaf loops come in five forms. In dst += forms the destination is read too.
type (
	unary   func(dst, x []float32)
	binary  func(dst, x, y []float32)
	ternary func(dst, x, y, z []float32)
	scalar  func(dst, x []float32, s float32)
	masking func(dst, x []float32, mask []uint8, s float32)
)

// table has the leaf loops of one instruction set.
type table struct {
	add, sub, mul, div, max, mulAcc, divAcc binary
	min                                     binary
	addScalar, subScalar, mulScalar         scalar
	divScalar, maxScalar, minScalar         scalar
	scalarSub, scalarDiv, axpy              scalar
	neg, exp, log, sqrt                     unary
	tanh, sigmoid, relu                     unary
	reluGrad, reluGradAcc                   binary
	sigmoidGrad, sigmoidGradAcc             binary
	tanhGrad, tanhGradAcc                   binary
	sqrtGrad, sqrtGradAcc                   binary
	divGrad, divGradAcc                     ternary
	maxGrad, maxGradAcc                     ternary
	fill                                    func(dst []float32, s float32)
	nonFinite                               func(x []float32) bool
	dropout, dropoutAcc                     masking
	selects                                 selecting
	maps                                    [numFuncs]mapping
	slopes                                  [numFuncs]sloping
	gates                                   [numGates]binary
	gateGrads                               [numGates]gateGrad
}

// active returns the loops to use now.
func active() *table { return &levels[cpu.Active()] }

// task is a call cut into pieces; one of the functions is set.
type task struct {
	dst, x, y, z []float32
	s            float32
	unary        unary
	binary       binary
	ternary      ternary
	scalar       scalar
	mapping      mapping
	sloping      sloping
	p            Params
	acc          bool
	perJob       int // elements
}

var tasks parallel.Free[task]

// Run does the pieces of job i.
func (t *task) Run(i int) {
	for lo := i * t.perJob; lo < min((i+1)*t.perJob, len(t.dst)); lo += piece {
		t.do(lo, min(lo+piece, len(t.dst)))
	}
}

// do computes elements lo to hi.
func (t *task) do(lo, hi int) {
	switch {
	case t.unary != nil:
		t.unary(t.dst[lo:hi], t.x[lo:hi])
	case t.binary != nil:
		t.binary(t.dst[lo:hi], t.x[lo:hi], t.y[lo:hi])
	case t.ternary != nil:
		t.ternary(t.dst[lo:hi], t.x[lo:hi], t.y[lo:hi], t.z[lo:hi])
	case t.mapping != nil:
		t.mapping(t.dst[lo:hi], t.x[lo:hi], t.p)
	case t.sloping != nil && t.acc:
		t.sloping.add(t.dst[lo:hi], t.x[lo:hi], t.y[lo:hi], t.p)
	case t.sloping != nil:
		t.sloping(t.dst[lo:hi], t.x[lo:hi], t.y[lo:hi], t.p)
	default:
		t.scalar(t.dst[lo:hi], t.x[lo:hi], t.s)
	}
}

// spread runs a copy of t on the workers.
func spread(t task) {
	p := tasks.Get()
	*p = t
	// Of a large array a job is several pieces that lie together, which memory gives faster: 5 % for [16384 1024].
	p.perJob = piece * max(1, min(8, len(t.dst)/(64*piece)))
	parallel.For((len(t.dst)+p.perJob-1)/p.perJob, p)
	*p = task{}
	tasks.Put(p)
}

func (f unary) run(dst, x []float32) {
	x = x[:len(dst)]
	if len(dst) <= piece {
		f(dst, x)
		return
	}
	spread(task{unary: f, dst: dst, x: x})
}

func (f binary) run(dst, x, y []float32) {
	x, y = x[:len(dst)], y[:len(dst)]
	if len(dst) <= piece {
		f(dst, x, y)
		return
	}
	spread(task{binary: f, dst: dst, x: x, y: y})
}

func (f ternary) run(dst, x, y, z []float32) {
	x, y, z = x[:len(dst)], y[:len(dst)], z[:len(dst)]
	if len(dst) <= piece {
		f(dst, x, y, z)
		return
	}
	spread(task{ternary: f, dst: dst, x: x, y: y, z: z})
}

func (f scalar) run(dst, x []float32, s float32) {
	x = x[:len(dst)]
	if len(dst) <= piece {
		f(dst, x, s)
		return
	}
	spread(task{scalar: f, dst: dst, x: x, s: s})
}
