package op_test

import (
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// reduction reduces x over axes by f, the plain way.
func reduction(x optest.Array, axes []int, keep bool, f func([]float64) float64) optest.Array {
	gone := make([]bool, len(x.Shape))
	for _, a := range axes {
		gone[(a+len(gone))%len(gone)] = true
	}
	var shape, wide []int
	for i, d := range x.Shape {
		switch {
		case len(axes) > 0 && !gone[i]:
			shape, wide = append(shape, d), append(wide, d)
		case keep:
			shape, wide = append(shape, 1), append(wide, 1)
		default:
			wide = append(wide, 1)
		}
	}
	y, w := optest.NewArray(shape...), optest.NewArray(wide...)
	groups := make([][]float64, len(y.Data))
	x.Each(func(at []int, place int) {
		to := make([]int, len(at))
		for i := range at {
			if wide[i] != 1 {
				to[i] = at[i]
			}
		}
		k := w.Index(to...)
		groups[k] = append(groups[k], x.Data[place])
	})
	for k := range groups {
		y.Data[k] = f(groups[k])
	}
	return y
}

func total(v []float64) float64 {
	var s float64
	for _, x := range v {
		s += x
	}
	return s
}

func average(v []float64) float64 { return total(v) / float64(len(v)) }

type reducer struct {
	plain, keep func(x grad.Value, axes ...int) grad.Value
	ref         func([]float64) float64
	apply       func(a optest.Attrs, in grad.Value) grad.Value // of a golden case; nil: plain or keep, by its keepdim
	in          [][]optest.Input                               // instead of the usual operands
}

// run checks the reduction over several choices of axes.
func (r reducer) run(t *testing.T, name string, empty, second bool) {
	cases := []struct {
		axes []int
		keep bool
	}{{[]int{1}, false}, {[]int{-1}, true}, {[]int{0}, false}, {[]int{0, 2}, true}, {[]int{0, 2}, false}, {nil, false}, {[]int{1, 2}, false}}
	for i, c := range cases {
		in := [][]optest.Input{{optest.F32(2, 3, 4)}, {optest.F32(5, 1, 3)}, {optest.F32(1, 5, 7)}}
		if r.in != nil {
			in = r.in
		}
		if empty {
			in = append(in, []optest.Input{optest.F32(0, 3, 2)}, []optest.Input{optest.F32(3, 2, 0)})
		}
		f := r.plain
		if c.keep {
			f = r.keep
		}
		k := optest.Case{
			Name: "none", Inputs: in, Large: []optest.Input{optest.F32(41, 101, 13)}, VJP: second, Tol: 4e-6, GradTol: 4e-6,
			Op:  func(in ...grad.Value) grad.Value { return f(in[0], c.axes...) },
			Ref: func(in ...optest.Array) optest.Array { return reduction(in[0], c.axes, c.keep, r.ref) },
		}
		if i == 0 {
			k.Name = name
			k.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value {
				switch {
				case r.apply != nil:
					return r.apply(a, in[0])
				case a.Bool("keepdim"):
					return r.keep(in[0], a.Ints("axes")...)
				}
				return r.plain(in[0], a.Ints("axes")...)
			}
		}
		optest.Run(t, k)
	}
}

func TestSum(t *testing.T) {
	reducer{plain: op.Sum, keep: op.SumKeep, ref: total}.run(t, "sum", true, true)
}
func TestMean(t *testing.T) {
	reducer{plain: op.Mean, keep: op.MeanKeep, ref: average}.run(t, "mean", false, true)
}

// apart are operands whose elements are so far apart that differences don't change which is the largest.
var apart = [][]optest.Input{{optest.F32(2, 3, 2)}, {optest.F32(5, 1, 3)}, {optest.F32(1, 5, 7)}}

func TestMax(t *testing.T) {
	reducer{plain: op.Max, keep: op.MaxKeep, ref: slices.Max[[]float64], in: apart}.run(t, "max", false, true)
}

func TestMin(t *testing.T) {
	reducer{plain: op.Min, keep: op.MinKeep, ref: slices.Min[[]float64], in: apart}.run(t, "min", false, true)
}

func TestArgMax(t *testing.T) {
	argExtreme(t, "argmax", op.ArgMax, slices.Max[[]float64])
}

func TestArgMin(t *testing.T) {
	argExtreme(t, "argmin", op.ArgMin, slices.Min[[]float64])
}

func argExtreme(t *testing.T, name string, f func(grad.Value, int) grad.Value, extreme func([]float64) float64) {
	for axis := range 3 {
		c := optest.Case{
			Name: "none", NoGrad: true, Tol: 1e-9,
			Inputs: [][]optest.Input{{optest.F32(2, 3, 4)}, {optest.F32(5, 1, 3)}, {optest.F32(1, 5, 33)}},
			Large:  []optest.Input{optest.F32(41, 101, 13)},
			Op:     func(in ...grad.Value) grad.Value { return f(in[0], axis) },
			Ref: func(in ...optest.Array) optest.Array {
				return reduction(in[0], []int{axis}, false, func(v []float64) float64 {
					return float64(slices.Index(v, extreme(v)))
				})
			},
		}
		if axis == 0 {
			c.Name = name
			c.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value {
				y := f(in[0], a.Int("axis"))
				if a.Bool("keepdim") {
					shape := in[0].Shape()
					shape[a.Int("axis")] = 1
					return op.Reshape(y, shape...)
				}
				return y
			}
		}
		optest.Run(t, c)
	}
}
