package nn

import (
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/tensor"
)

// Entry is a named tensor of a model's state.
type Entry struct {
	Name   string
	Tensor tensor.Tensor
}

// State returns what is saved of a model: its parameters, then its buffers, with their paths, in the order of [Params] and
// [Buffers]. The tensors are the model's own, not copies.
func State(model any) ([]Entry, error) {
	w, err := walk(model)
	if err != nil {
		return nil, err
	}
	return w.state(), nil
}

func (w *walker) state() []Entry {
	r := make([]Entry, 0, len(w.params)+len(w.buffers))
	for _, p := range w.params {
		r = append(r, Entry{p.Name, p.Data})
	}
	for _, b := range w.buffers {
		r = append(r, Entry{b.Name, b.Data})
	}
	return r
}

// LoadError lists all that doesn't fit between a model and the state it was to load. Nothing was changed.
type LoadError struct {
	Missing    []string // the model has it, the state doesn't
	Unexpected []string // the state has it, the model doesn't
	Misshapen  []string // both do, with another shape or dtype: "fc1.weight is f32 [10 5], want f32 [10 4]"
}

func (e *LoadError) Error() string {
	var parts []string
	for _, p := range []struct {
		what string
		list []string
	}{{"missing", e.Missing}, {"unexpected", e.Unexpected}, {"misshapen", e.Misshapen}} {
		if p.list != nil {
			parts = append(parts, fmt.Sprintf("%s: %s", p.what, strings.Join(p.list, ", ")))
		}
	}
	return "the weights are of another model: " + strings.Join(parts, "; ")
}

// Load copies a state into the model's tensors, on whatever device they are. It is strict: every name must be there, with
// its shape and dtype, and no other; otherwise the error is a [*LoadError] that lists all at once, and nothing is changed.
func Load(model any, state []Entry) error {
	w, err := walk(model)
	if err != nil {
		return err
	}
	given := make(map[string]tensor.Tensor, len(state))
	for _, e := range state {
		if _, twice := given[e.Name]; twice {
			return tensor.Errorf("the state has %s twice", e.Name)
		}
		given[e.Name] = e.Tensor
	}
	own := w.state()
	var wrong LoadError
	for _, e := range own {
		t, ok := given[e.Name]
		switch {
		case !ok:
			wrong.Missing = append(wrong.Missing, e.Name)
		case t.DType() != e.Tensor.DType() || !tensor.SameShape(&t, &e.Tensor):
			wrong.Misshapen = append(wrong.Misshapen, fmt.Sprintf("%s is %s %v, want %s %v", e.Name, t.DType(), t.Shape(), e.Tensor.DType(), e.Tensor.Shape()))
		}
	}
	for _, e := range state {
		if !w.names[e.Name] {
			wrong.Unexpected = append(wrong.Unexpected, e.Name)
		}
	}
	if wrong.Missing != nil || wrong.Unexpected != nil || wrong.Misshapen != nil {
		return &wrong
	}
	var to, from []tensor.Tensor
	for _, e := range own {
		src := given[e.Name]
		if buf, off := e.Tensor.Buffer(); buf.Device != nil {
			buf.Device.Upload(buf, off, src.Clone().Bytes())
			continue
		}
		to, from = append(to, e.Tensor), append(from, src)
	}
	tensor.CopyAll(to, from)
	return nil
}
