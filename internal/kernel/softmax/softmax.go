// Package softmax has softmax and the losses, forward and backward, over the rows of x [rows cols].
//
// Rows are independent and each is reduced in a fixed order (16 lanes and a tree, as package reduce says), so that a
// row's result depends on neither the other rows nor the workers. AVX2 and AVX-512 give the same bits.
package softmax

import (
	"math"
	"unsafe"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/kernel/reduce"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
)

// piece is the number of elements that a worker does at a time, or a whole row.
const piece = 8192

// leaf is the most elements that one leaf call does: some tens of microseconds.
const leaf = 32768

// table has the leaf loops of one instruction set.
type table struct {
	expSum     func(dst, x []float32, m float32) float32 // dst = exp(x − m); returns its sum
	sumExp     func(x []float32, m float32) float32      // the same without dst
	expMul     func(dst, x []float32, m, s float32)      // dst = exp(x − m)·s
	expMulAcc  func(dst, x []float32, m, s float32)      // dst += exp(x − m)·s
	dot        func(x, y []float32) float32
	grad       func(gx, g, y []float32, d float32) // gx = y·(g − d)
	gradAcc    func(gx, g, y []float32, d float32)
	logGrad    func(gx, g, y []float32, s float32) // gx = g − exp(y)·s
	logGradAcc func(gx, g, y []float32, s float32)

	// Past the caches, for rows aligned to 64 bytes; fence has them seen by other cores.
	scalePast func(dst, x []float32, k float32)   // dst = x·k
	gradPast  func(gx, g, y []float32, d float32) // as grad
	fence     func()
}

func active() *table { return &levels[cpu.Active()] }

// task is a call cut into groups of rows, or of elements. do is a plain function, so that nothing is allocated.
type task struct {
	do               func(t *task, lo, hi int)
	n, per, cols     int
	k                *table
	dst, x, y, stats []float32
	target           Targets
	scale            float32
	acc              bool
	parts            []float64
}

var tasks parallel.Free[task]

// Run does piece i.
func (t *task) Run(i int) { t.do(t, i*t.per, min((i+1)*t.per, t.n)) }

// run does n rows of cols elements.
func (t *task) run(do func(t *task, lo, hi int), n, cols int) {
	t.do, t.n, t.cols, t.per = do, n, cols, max(1, piece/max(1, cols))
	parallel.For((n+t.per-1)/t.per, t)
}

func get() *task {
	t := tasks.Get()
	*t = task{k: active(), parts: t.parts}
	return t
}

func put(t *task) {
	*t = task{parts: t.parts}
	tasks.Put(t)
}

// row returns row r of x.
func (t *task) row(x []float32, r int) []float32 { return x[r*t.cols : (r+1)*t.cols] }

// Softmax computes y[i, j] = exp(x[i, j] − mᵢ) / Σₖ exp(x[i, k] − mᵢ), where mᵢ is the row's largest element.
func Softmax(y, x []float32, rows, cols int) {
	t := get()
	t.dst, t.x = y[:rows*cols], x[:rows*cols]
	t.run(softmaxRows, rows, cols)
	put(t)
}

func softmaxRows(t *task, lo, hi int) {
	if t.writesPast() {
		softmaxRowsPast(t, lo, hi)
		return
	}
	for r := lo; r < hi; r++ {
		y, x := t.row(t.dst, r), t.row(t.x, r)
		s := t.expSum(y, x, reduce.Max(x))
		vec.Scale(y, 1/s)
	}
}

// beyond is from how many elements on a result is written past the caches: 16 MB, which nobody finds there later.
const beyond = 1 << 22

// longest is the longest row that is computed in memory of the worker's own, which stays in its nearest cache.
const longest = 4096

var rowMemory parallel.Free[[longest]float32]

// writesPast says whether rows of the result should be written past the caches, and can.
func (t *task) writesPast() bool {
	return len(t.dst) >= beyond && t.cols <= longest && t.cols%16 == 0 && uintptr(unsafe.Pointer(&t.dst[0]))%64 == 0
}

// softmaxRowsPast is softmaxRows with the exponentials in the worker's memory.
func softmaxRowsPast(t *task, lo, hi int) {
	mem := rowMemory.Get()
	e := mem[:t.cols]
	for r := lo; r < hi; r++ {
		x := t.row(t.x, r)
		s := t.k.expSum(e, x, reduce.Max(x))
		t.k.scalePast(t.row(t.dst, r), e, 1/s)
	}
	t.k.fence()
	rowMemory.Put(mem)
}

// expSum is the leaf over a row of any length.
func (t *task) expSum(dst, x []float32, m float32) float32 {
	if len(x) <= leaf {
		return t.k.expSum(dst, x, m)
	}
	var s float64
	for lo := 0; lo < len(x); lo += leaf {
		hi := min(lo+leaf, len(x))
		s += float64(t.k.expSum(dst[lo:hi], x[lo:hi], m))
	}
	return float32(s)
}

// sumExp is the leaf over a row of any length.
func (t *task) sumExp(x []float32, m float32) float32 {
	if len(x) <= leaf {
		return t.k.sumExp(x, m)
	}
	var s float64
	for lo := 0; lo < len(x); lo += leaf {
		s += float64(t.k.sumExp(x[lo:min(lo+leaf, len(x))], m))
	}
	return float32(s)
}

// SoftmaxGrad computes gx = y·(g − Σⱼ g·y) for y = Softmax(x), or adds that to gx if acc is true.
func SoftmaxGrad(gx, g, y []float32, rows, cols int, acc bool) {
	t := get()
	t.dst, t.x, t.y, t.acc = gx[:rows*cols], g[:rows*cols], y[:rows*cols], acc
	t.run(softmaxGradRows, rows, cols)
	put(t)
}

func softmaxGradRows(t *task, lo, hi int) {
	grad := t.k.grad
	switch {
	case t.acc:
		grad = t.k.gradAcc
	case t.writesPast():
		grad = t.k.gradPast
		defer t.k.fence()
	}
	for r := lo; r < hi; r++ {
		g, y := t.row(t.x, r), t.row(t.y, r)
		grad(t.row(t.dst, r), g, y, t.k.dot(g, y))
	}
}

// LogSoftmax computes y[i, j] = x[i, j] − mᵢ − ln Σₖ exp(x[i, k] − mᵢ), where mᵢ is the row's largest element.
func LogSoftmax(y, x []float32, rows, cols int) {
	t := get()
	t.dst, t.x = y[:rows*cols], x[:rows*cols]
	t.run(logSoftmaxRows, rows, cols)
	put(t)
}

func logSoftmaxRows(t *task, lo, hi int) {
	for r := lo; r < hi; r++ {
		y, x := t.row(t.dst, r), t.row(t.x, r)
		m := reduce.Max(x)
		s := log(t.sumExp(x, m))
		vec.SubScalar(y, x, m)
		vec.SubScalar(y, y, s)
	}
}

func log(x float32) float32 { return float32(math.Log(float64(x))) }

// LogSoftmaxGrad computes gx = g − exp(y)·Σⱼ g for y = LogSoftmax(x), or adds that to gx if acc is true.
func LogSoftmaxGrad(gx, g, y []float32, rows, cols int, acc bool) {
	t := get()
	t.dst, t.x, t.y, t.acc = gx[:rows*cols], g[:rows*cols], y[:rows*cols], acc
	t.run(logSoftmaxGradRows, rows, cols)
	put(t)
}

func logSoftmaxGradRows(t *task, lo, hi int) {
	grad := t.k.logGrad
	if t.acc {
		grad = t.k.logGradAcc
	}
	for r := lo; r < hi; r++ {
		g := t.row(t.x, r)
		grad(t.row(t.dst, r), g, t.row(t.y, r), reduce.Sum(g))
	}
}
