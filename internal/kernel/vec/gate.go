package vec

import "github.com/ingot-ml/ingot/internal/parallel"

// Gate is a product a·f(b).
type Gate uint8

// The gates. A result is at most 3 ulp off but where Func says that f is more.
const (
	GLU    Gate = iota // f is σ
	SwiGLU             // f is SiLU
	GeGLU              // f is GELU

	numGates
)

type gateGrad func(ga, gb, g, a, b []float32)

// Rows computes n values a·f(b) for each row of x, which has n a's and then n b's.
func (f Gate) Rows(dst, x []float32, n int) { f.run(gating{dst: dst, x: x, n: n}) }

// Grad computes the gradient gx of x from that of the result, g; or adds it to gx if acc is true.
func (f Gate) Grad(gx, g, x []float32, n int, acc bool) {
	f.run(gating{gx: gx, dst: g, x: x, n: n, acc: acc})
}

// gating is a call cut into runs of rows. With gx it is the backward one, and dst is the gradient g.
type gating struct {
	gate       Gate
	dst, gx, x []float32
	n, perJob  int
	acc        bool
}

var gatings parallel.Free[gating]

func (f Gate) run(t gating) {
	if len(t.dst) == 0 {
		return
	}
	p := gatings.Get()
	*p = t
	p.gate = f
	p.perJob = max(1, piece/t.n)
	rows := len(t.dst) / t.n
	parallel.For((rows+p.perJob-1)/p.perJob, p)
	*p = gating{}
	gatings.Put(p)
}

// Run does the rows of job i.
func (t *gating) Run(i int) {
	table := active()
	n := t.n
	for r := i * t.perJob; r < min((i+1)*t.perJob, len(t.dst)/n); r++ {
		for lo := 0; lo < n; lo += piece {
			hi := min(lo+piece, n)
			dst, a, b := t.dst[r*n+lo:r*n+hi], t.x[2*r*n+lo:2*r*n+hi], t.x[2*r*n+n+lo:2*r*n+n+hi]
			if t.gx == nil {
				table.gates[t.gate](dst, a, b)
				continue
			}
			ga, gb := t.gx[2*r*n+lo:2*r*n+hi], t.gx[2*r*n+n+lo:2*r*n+n+hi]
			if t.acc {
				table.gateGrads[t.gate].add(ga, gb, dst, a, b)
			} else {
				table.gateGrads[t.gate](ga, gb, dst, a, b)
			}
		}
	}
}

// add adds the gradients to what is there, a strip at a time.
func (f gateGrad) add(ga, gb, g, a, b []float32) {
	parts, add := [2]*[strip]float32{strips.Get(), strips.Get()}, active().add
	for lo := 0; lo < len(ga); lo += strip {
		hi := min(lo+strip, len(ga))
		pa, pb := parts[0][:hi-lo], parts[1][:hi-lo]
		f(pa, pb, g[lo:hi], a[lo:hi], b[lo:hi])
		add(ga[lo:hi], ga[lo:hi], pa)
		add(gb[lo:hi], gb[lo:hi], pb)
	}
	strips.Put(parts[0])
	strips.Put(parts[1])
}
