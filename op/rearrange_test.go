package op_test

import (
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
	"github.com/ingot-ml/ingot/tensor"
)

// moved is a result of the shape whose element at each place is x's at from(place), or 0 where that is nil.
func moved(x optest.Array, shape []int, from func(at []int) []int) optest.Array {
	y := optest.NewArray(shape...)
	y.Each(func(at []int, place int) {
		if f := from(slices.Clone(at)); f != nil {
			y.Data[place] = x.Data[x.Index(f...)]
		}
	})
	return y
}

// refused checks that f panics with an error that says so.
func refused(t *testing.T, says string, f func(s *grad.Step)) {
	t.Helper()
	err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error { f(s); return nil })
	wantError(t, err, says)
}

func zeros(s *grad.Step, shape ...int) grad.Value { return s.Input(tensor.New(tensor.F32, shape...)) }

func TestStack(t *testing.T) {
	for _, axis := range []int{0, 1, -1} {
		optest.Run(t, exactly(optest.Case{
			Name:   "stack",
			Inputs: [][]optest.Input{{optest.F32(2, 3), optest.F32(2, 3)}, {optest.F32(1, 4)}, {optest.F32(0, 2), optest.F32(0, 2), optest.F32(0, 2)}},
			Op:     func(in ...grad.Value) grad.Value { return op.Stack(axis, in...) },
			Ref: func(in ...optest.Array) optest.Array {
				at := (axis + 3) % 3
				y := optest.NewArray(slices.Insert(slices.Clone(in[0].Shape), at, len(in))...)
				y.Each(func(to []int, place int) {
					x := in[to[at]]
					y.Data[place] = x.Data[x.Index(slices.Delete(slices.Clone(to), at, at+1)...)]
				})
				return y
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Stack(a.Int("axis"), in...) },
		}))
	}
	refused(t, "op.Stack of no values", func(*grad.Step) { op.Stack(0) })
	refused(t, "there are axes 0 to 1", func(s *grad.Step) { op.Stack(2, zeros(s, 3)) })
	refused(t, "value 1 has shape [4], the first has [3]", func(s *grad.Step) { op.Stack(0, zeros(s, 3), zeros(s, 4)) })
}

func TestSplit(t *testing.T) {
	for part := range 3 {
		from := []int{0, 1, 1}[part]
		optest.Run(t, exactly(optest.Case{
			Name: "split", Output: part, Inputs: [][]optest.Input{{optest.F32(2, 4)}, {optest.F32(3, 4, 2)}, {optest.F32(0, 4)}},
			Op: func(in ...grad.Value) grad.Value { return op.Split(in[0], 1, 1, 0, 3)[part] },
			Ref: func(in ...optest.Array) optest.Array {
				shape := slices.Clone(in[0].Shape)
				shape[1] = []int{1, 0, 3}[part]
				return moved(in[0], shape, func(at []int) []int { at[1] += from; return at })
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.Split(in[0], a.Int("axis"), a.Ints("sizes")...)[part]
			},
		}))
	}
	refused(t, "together 4 wanted, they are 3", func(s *grad.Step) { op.Split(zeros(s, 4), 0, 1, 2) })
	refused(t, "none negative", func(s *grad.Step) { op.Split(zeros(s, 4), 0, 5, -1) })
	refused(t, "axis 1 is outside a value of shape [4]", func(s *grad.Step) { op.Split(zeros(s, 4), 1, 4) })
}

func TestRepeat(t *testing.T) {
	c := exactly(optest.Case{
		Name: "repeat", Inputs: [][]optest.Input{{optest.F32(3)}, {optest.F32(2, 3)}, {optest.F32(1, 2, 3)}, {optest.F32()}, {optest.F32(0, 2)}},
		Op: func(in ...grad.Value) grad.Value { return op.Repeat(in[0], 2, 1, 3) },
		Ref: func(in ...optest.Array) optest.Array {
			x := optest.Array{Shape: slices.Clone(in[0].Shape), Data: in[0].Data}
			for len(x.Shape) < 3 {
				x.Shape = slices.Insert(x.Shape, 0, 1)
			}
			return moved(x, []int{2 * x.Shape[0], x.Shape[1], 3 * x.Shape[2]}, func(at []int) []int {
				for i := range at {
					at[i] %= x.Shape[i]
				}
				return at
			})
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Repeat(in[0], a.Ints("times")...) },
	})
	c.GradTol = 4e-6
	optest.Run(t, c)
	refused(t, "a number for each axis wanted", func(s *grad.Step) { op.Repeat(zeros(s, 2, 3), 2) })
	refused(t, "a negative number of copies", func(s *grad.Step) { op.Repeat(zeros(s, 2), -1) })
}

func TestRepeatInterleave(t *testing.T) {
	c := exactly(optest.Case{
		Name: "repeat_interleave", Inputs: [][]optest.Input{{optest.F32(2, 3)}, {optest.F32(4, 1, 2)}, {optest.F32(0, 2)}},
		Op: func(in ...grad.Value) grad.Value { return op.RepeatInterleave(in[0], 3, 1) },
		Ref: func(in ...optest.Array) optest.Array {
			shape := slices.Clone(in[0].Shape)
			shape[1] *= 3
			return moved(in[0], shape, func(at []int) []int { at[1] /= 3; return at })
		},
		Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
			return op.RepeatInterleave(in[0], a.Int("repeats"), a.Int("axis"))
		},
	})
	c.GradTol = 4e-6
	optest.Run(t, c)
	refused(t, "a negative number of copies", func(s *grad.Step) { op.RepeatInterleave(zeros(s, 2), -1, 0) })
}

func TestFlip(t *testing.T) {
	for _, axes := range [][]int{{0}, {1}, {-1, 0}, nil} {
		optest.Run(t, exactly(optest.Case{
			Name: "flip", Inputs: [][]optest.Input{{optest.F32(3, 4)}, {optest.F32(2, 3, 5)}, {optest.F32(1, 1)}, {optest.F32(0, 2)}},
			Op: func(in ...grad.Value) grad.Value { return op.Flip(in[0], axes...) },
			Ref: func(in ...optest.Array) optest.Array {
				shape := in[0].Shape
				return moved(in[0], shape, func(at []int) []int {
					for i, d := range shape {
						if axes == nil || slices.Contains(axes, i) || slices.Contains(axes, i-len(shape)) {
							at[i] = d - 1 - at[i]
						}
					}
					return at
				})
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Flip(in[0], a.Ints("axes")...) },
		}))
	}
	refused(t, "axis 2", func(s *grad.Step) { op.Flip(zeros(s, 2, 3), 2) })
}

func TestRoll(t *testing.T) {
	for _, shift := range []int{1, -2, 0, 11} {
		optest.Run(t, exactly(optest.Case{
			Name: "roll", Inputs: [][]optest.Input{{optest.F32(2, 4)}, {optest.F32(2, 3, 2)}, {optest.F32(3, 0)}},
			Op: func(in ...grad.Value) grad.Value { return op.Roll(in[0], shift, 1) },
			Ref: func(in ...optest.Array) optest.Array {
				n := in[0].Shape[1]
				return moved(in[0], in[0].Shape, func(at []int) []int {
					at[1] = (at[1] - shift + 12*n) % n
					return at
				})
			},
			Golden: func(a optest.Attrs, in ...grad.Value) grad.Value {
				return op.Roll(in[0], a.Int("shift"), a.Int("axis"))
			},
		}))
	}
	refused(t, "op.Roll: axis 3", func(s *grad.Step) { op.Roll(zeros(s, 2), 1, 3) })
}

func TestTriangles(t *testing.T) {
	for _, diagonal := range []int{0, 1, -2, 9, math.MinInt / 8} {
		for name, upper := range map[string]bool{"tril": false, "triu": true} {
			f := op.Tril
			if upper {
				f = op.Triu
			}
			optest.Run(t, exactly(optest.Case{
				Name: name, Inputs: [][]optest.Input{{optest.F32(3, 4)}, {optest.F32(2, 4, 2)}, {optest.F32(2, 0, 3)}},
				Op: func(in ...grad.Value) grad.Value { return f(in[0], diagonal) },
				Ref: func(in ...optest.Array) optest.Array {
					n := len(in[0].Shape)
					return moved(in[0], in[0].Shape, func(at []int) []int {
						if d := at[n-1] - at[n-2] - diagonal; d > 0 && !upper || d < 0 && upper {
							return nil
						}
						return at
					})
				},
				Golden: func(a optest.Attrs, in ...grad.Value) grad.Value { return f(in[0], a.Int("diagonal")) },
			}))
		}
	}
	refused(t, "op.Tril", func(s *grad.Step) { op.Tril(zeros(s, 3), 0) })
	refused(t, "at least two dimensions wanted", func(s *grad.Step) { op.Triu(zeros(s), 0) })
}
