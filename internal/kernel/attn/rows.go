package attn

import (
	"math"
	"unsafe"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// rowArgs is what the row kernels work on. Row i sees n + i·step elements, at least none and at most most; after them, up to
// width, zeros are written. Rows have memory up to width, a multiple of 16. The assembly knows the fields' offsets.
type rowArgs struct {
	s      *float32 // scores; the probabilities take their place
	ds     *float32 // gradients of the probabilities; those of the scores take their place
	ld     int      // bytes from a row of s, or of ds, to the next
	rows   int
	n      int
	step   int
	most   int
	width  int
	scale  float32  // of the scores, above 0
	gscale float32  // of their gradients
	m      *float32 // the largest scaled score of each row so far; in grad the log-sum-exp
	l      *float32 // the sum of each row so far; in grad Σ output·gradient
	alpha  *float32 // set to what each row's earlier sums are scaled by
}

// table has the row kernels of one instruction set.
type table struct{ softmax, grad func(a *rowArgs) }

func active() *table { return &levels[cpu.Active()] }

func at(p *float32, i int) *float32 { return (*float32)(unsafe.Add(unsafe.Pointer(p), 4*i)) }

// row returns the row's elements up to width, and how many of them it sees.
func (a *rowArgs) row(p *float32, i int) (x []float32, n int) {
	return unsafe.Slice(at(p, i*a.ld/4), a.width), min(max(a.n+i*a.step, 0), a.most)
}

// softmaxGo turns scores to exp(scale·s − m), where m is the row's largest scaled score, now or so far, and brings the row's
// sum to the new m. Where m is −Inf, all is 0.
func softmaxGo(a *rowArgs) {
	for i := range a.rows {
		x, n := a.row(a.s, i)
		old := *at(a.m, i)
		m := old
		for _, v := range x[:n] {
			m = max(m, v*a.scale)
		}
		*at(a.m, i) = m
		if math.IsInf(float64(m), -1) {
			m = 0
		}
		var lanes [16]float32
		for j, v := range x[:n] {
			x[j] = exp(v*a.scale - m)
			lanes[j%16] += x[j]
		}
		clear(x[n:])
		alpha := exp(old - m)
		*at(a.alpha, i) = alpha
		*at(a.l, i) = *at(a.l, i)*alpha + tree(&lanes)
	}
}

// gradGo turns scores to p = exp(scale·s − lse), and gradients to p·(ds − delta)·gscale.
func gradGo(a *rowArgs) {
	for i := range a.rows {
		x, n := a.row(a.s, i)
		d, _ := a.row(a.ds, i)
		lse, delta := *at(a.m, i), *at(a.l, i)
		for j, v := range x[:n] {
			x[j] = exp(v*a.scale - lse)
			d[j] = (d[j] - delta) * a.gscale * x[j]
		}
		clear(x[n:])
		clear(d[n:])
	}
}

func exp(x float32) float32 { return float32(math.Exp(float64(x))) }

// tree adds 16 lanes.
func tree(l *[16]float32) float32 {
	for w := 8; w > 0; w /= 2 {
		for j := range w {
			l[j] += l[j+w]
		}
	}
	return l[0]
}

var goTable = table{softmaxGo, gradGo}
