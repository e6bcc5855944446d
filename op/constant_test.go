package op_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestLinearPacked: on a tape whose parameters are constant weights are packed once, and every row has the bits it has elsewhere.
func TestLinearPacked(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {7, 3}, {128, 384}, {600, 83}, {1100, 33}} {
		in, out := size[0], size[1]
		fill := func(seed uint64, shape ...int) tensor.Tensor {
			x := tensor.New(tensor.F32, shape...)
			rng.Stream{Seed: seed}.Normal(tensor.Of[float32](x), 0, 1)
			return x
		}
		w, b := grad.NewParam("weight", fill(1, out, in)), grad.NewParam("bias", fill(2, out))
		constant, plain := grad.NewTape(grad.Config{Constant: true}), grad.NewTape(grad.Config{})
		for _, rows := range []int{1, 1, 2, 5, 64} {
			x := fill(uint64(3+rows), rows, in)
			linear := func(tape *grad.Tape, act op.Activation) (y tensor.Tensor) {
				if err := tape.Eval(grad.Infer, func(s *grad.Step) error {
					s.ReadTensor(op.Linear(s.Input(x), s.Use(w), s.Use(b), act), &y)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				return y
			}
			for _, act := range []op.Activation{op.ActNone, op.ActReLU, op.ActTanh} {
				if got, want := linear(constant, act), linear(plain, act); !slices.Equal(got.Bytes(), want.Bytes()) {
					t.Errorf("%d rows of %d to %d, %v: packed %v, plain %v", rows, in, out, act, got, want)
				}
			}
		}
	}
}

func TestConstantRefusesUpdate(t *testing.T) {
	p := grad.NewParam("p", tensor.From([]float32{1, 2}))
	ps := grad.Params{{Name: "p", Param: p}}
	g := grad.NewGrads(ps)
	err := grad.NewTape(grad.Config{Constant: true}).Step(grad.Train, func(s *grad.Step) error {
		s.Backward(op.Sum(s.Use(p)), g)
		s.Update(&optim.SGD{LR: 1}, g)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "Config.Constant") || tensor.Of[float32](p.Data)[0] != 1 {
		t.Errorf("error %v", err)
	}
}
