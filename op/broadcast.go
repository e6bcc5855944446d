package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/vec"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// Broadcasting is NumPy's: shapes are matched from the last dimension; one of size 1, or missing, is repeated. Axes that
// lie together in both operands are merged, and what is left of the last one is a row: two vectors, or a vector and a
// scalar, for the kernels of package vec.

// grid walks two operands broadcast to a contiguous result. Axes are listed from the innermost.
type grid struct {
	rank         int
	n            [tensor.MaxRank]int
	strideA      [tensor.MaxRank]int
	strideB      [tensor.MaxRank]int
	rows, perJob int
}

// rowLoops are an op's kernels: of two vectors, of a vector and a scalar, of a scalar and a vector.
type rowLoops struct {
	vv func(dst, x, y []float32)
	vs func(dst, x []float32, s float32)
	sv func(dst []float32, s float32, y []float32)
}

var (
	addRows = rowLoops{vec.Add, vec.AddScalar, func(dst []float32, s float32, y []float32) { vec.AddScalar(dst, y, s) }}
	subRows = rowLoops{vec.Sub, vec.SubScalar, vec.ScalarSub}
	mulRows = rowLoops{vec.Mul, vec.MulScalar, func(dst []float32, s float32, y []float32) { vec.MulScalar(dst, y, s) }}
	divRows = rowLoops{vec.Div, vec.DivScalar, vec.ScalarDiv}
	maxRows = rowLoops{vec.Max, vec.MaxScalar, func(dst []float32, s float32, y []float32) { vec.MaxScalar(dst, y, s) }}
	// firstRows repeats the first operand; the second is the result itself.
	firstRows = rowLoops{
		vv: func(dst, x, _ []float32) { copy(dst, x) },
		sv: func(dst []float32, s float32, _ []float32) { vec.Fill(dst, s) },
	}
)

// jobSize is the number of elements that a worker does at a time.
const jobSize = 16384

// broadcast computes dst = f(a, b) for a contiguous dst; a and b are contiguous and are broadcast to its shape.
func broadcast(dst, a, b tensor.Tensor, f *rowLoops) {
	if dst.Numel() == 0 {
		return
	}
	x, y := f32(a), f32(b)
	a, b = a.Expand(dst.Dims()...), b.Expand(dst.Dims()...)
	t := walks.Get()
	t.dst, t.x, t.y, t.f = f32(dst), x, y, f
	t.plan(dst.Dims(), a.Strides(), b.Strides())
	if t.n[0] >= jobSize {
		t.perJob = t.rows // the kernel shares out each row
		t.Run(0)
	} else {
		t.perJob = max(1, jobSize/t.n[0])
		parallel.For((t.rows+t.perJob-1)/t.perJob, t)
	}
	*t = walk{}
	walks.Put(t)
}

func (g *grid) plan(dims, a, b []int) {
	*g = grid{rows: 1}
	for i := len(dims) - 1; i >= 0; i-- {
		k := g.rank - 1
		switch {
		case dims[i] == 1:
		case k >= 0 && a[i] == g.strideA[k]*g.n[k] && b[i] == g.strideB[k]*g.n[k]:
			g.n[k] *= dims[i]
		default:
			g.n[g.rank], g.strideA[g.rank], g.strideB[g.rank] = dims[i], a[i], b[i]
			g.rank++
		}
	}
	if g.rank == 0 {
		g.rank, g.n[0], g.strideA[0], g.strideB[0] = 1, 1, 1, 1
	}
	for _, n := range g.n[1:g.rank] {
		g.rows *= n
	}
}

// walk is a broadcast cut into runs of rows.
type walk struct {
	grid
	dst, x, y []float32
	f         *rowLoops
}

var walks parallel.Free[walk]

// Run does the rows of job i.
func (t *walk) Run(i int) {
	lo, hi := i*t.perJob, min((i+1)*t.perJob, t.rows)
	var at [tensor.MaxRank]int
	a, b := 0, 0
	for k, r := 1, lo; k < t.rank; k++ {
		at[k], r = r%t.n[k], r/t.n[k]
		a, b = a+at[k]*t.strideA[k], b+at[k]*t.strideB[k]
	}
	n := t.n[0]
	for row := lo; row < hi; row++ {
		dst := t.dst[row*n : (row+1)*n]
		switch {
		case t.strideA[0] == 0:
			t.f.sv(dst, t.x[a], t.y[b:b+n])
		case t.strideB[0] == 0:
			t.f.vs(dst, t.x[a:a+n], t.y[b])
		default:
			t.f.vv(dst, t.x[a:a+n], t.y[b:b+n])
		}
		for k := 1; k < t.rank; k++ {
			at[k]++
			a, b = a+t.strideA[k], b+t.strideB[k]
			if at[k] < t.n[k] {
				break
			}
			a, b, at[k] = a-at[k]*t.strideA[k], b-at[k]*t.strideB[k], 0
		}
	}
}

// inferBroadcast declares the f32 result of two operands broadcast to each other.
func inferBroadcast(_ *grad.None, c *grad.Call) {
	wantF32(c, 0, 2)
	a, b := c.In(0), c.In(1)
	var shape [tensor.MaxRank]int
	n := broadcastShape(c, &shape, a.Dims(), b.Dims())
	c.Output(tensor.F32, shape[:n]...)
}

// broadcastShape puts the shape of a and b broadcast to each other into shape and returns its rank.
func broadcastShape(c *grad.Call, shape *[tensor.MaxRank]int, a, b []int) int {
	n := max(len(a), len(b))
	for i := 1; i <= n; i++ {
		x, y := 1, 1
		if i <= len(a) {
			x = a[len(a)-i]
		}
		if i <= len(b) {
			y = b[len(b)-i]
		}
		if x != y && x != 1 && y != 1 {
			c.Fail("the shapes can't be broadcast: %d and %d in dimension %d from the end; equal ones, or a 1, wanted", x, y, i)
		}
		shape[n-i] = x
		if x == 1 {
			shape[n-i] = y
		}
	}
	return n
}

// giveSum gives operand i its gradient: full, which has the shape of the result, summed over what was repeated.
func giveSum(c *grad.Call, i int, full tensor.Tensor) {
	gx, add := c.GradIn(i)
	sumTo(c, gx, full, repeated(full.Dims(), gx.Dims()), add)
}

// repeated returns the axes, as a mask, along which a tensor of shape small is repeated to get shape big.
func repeated(big, small []int) uint8 {
	var m uint8
	pad := len(big) - len(small)
	for i, n := range big {
		if i < pad || small[i-pad] == 1 && n != 1 {
			m |= 1 << i
		}
	}
	return m
}

// unbroadcast sums g over the axes along which like is repeated in it: the VJP of broadcasting.
func unbroadcast(g, like grad.Value) grad.Value {
	big, small := g.Shape(), like.Shape()
	m := repeated(big, small)
	if m == 0 {
		return g
	}
	return Reshape(sum.Apply(reduceAttrs{Axes: m, Keep: true}, g), small...)
}
