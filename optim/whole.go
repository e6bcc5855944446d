package optim

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// whole is the arithmetic of an optimizer that needs all of a parameter at once: its norm, or its rows and columns.
type whole interface {
	// step changes p, a parameter of shape dims, by the gradient g times scale.
	step(p, g []float32, dims []int, mem *memory, scale float32)
}

// applyWhole updates the parameters by the gradients times scale, one after the other.
func (m *moments) applyWhole(w whole, ps grad.Params, g *grad.Grads, scale float32) {
	for _, p := range ps {
		gp, ok := g.Of(p.Param)
		mem := m.of[p.Param]
		if !ok || mem == nil {
			continue
		}
		tensor.Of[int64](mem.age)[0]++
		if !mem.master.Valid() {
			w.step(tensor.Of[float32](p.Data), tensor.Of[float32](gp), p.Data.Dims(), mem, scale)
			continue
		}
		master := tensor.Of[float32](mem.master)
		for from := 0; from < len(master); from += piece {
			follow(master[from:min(from+piece, len(master))], p.Data, from)
		}
		w.step(master, tensor.Of[float32](gp), p.Data.Dims(), mem, scale)
		narrow(p.Data, 0, master)
	}
	m.step++
}

// grow returns s with room for n elements.
func grow(s []float32, n int) []float32 {
	if len(s) < n {
		return make([]float32, n)
	}
	return s
}

// largest returns the number of elements of the largest parameter.
func largest(ps grad.Params) int {
	n := 0
	for _, p := range ps {
		n = max(n, p.Data.Numel())
	}
	return n
}
