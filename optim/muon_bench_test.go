package optim_test

import (
	"fmt"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/optim"
)

// BenchmarkMuon updates the matrices of a GPT's block of width 384.
func BenchmarkMuon(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			defer parallel.SetWorkers(parallel.SetWorkers(workers))
			m := newBench(normal(1, 1152, 384), normal(2, 384, 384), normal(3, 1536, 384), normal(4, 384, 1536))
			opt := &optim.Muon{LR: 0.02}
			if err := m.tape.Step(grad.Train, func(s *grad.Step) error {
				for i, p := range m.ps {
					s.Backward(pull.Apply(grad.None{}, s.Use(p.Param), s.Input(normal(uint64(10+i), p.Data.Dims()...))), m.g)
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			if err := opt.Prepare(m.ps, m.g); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				opt.Apply(m.ps, m.g, 1)
			}
		})
	}
}
