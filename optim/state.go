package optim

import (
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// moments is the memory of every optimizer: for each parameter its step count, its moments and its master copy.
type moments struct {
	step  int // updates made
	slots []string
	shape func(dims []int, slot int) []int // of a moment, nil for none; where shape is nil, the parameter's
	order []*memory
	of    map[*grad.Param]*memory
	pass  pass
}

// memory is what is kept of one parameter.
type memory struct {
	name   string
	age    tensor.Tensor   // i64 []: updates of this parameter
	slot   []tensor.Tensor // f32: one for each of moments.slots; empty where moments.shape has none
	master tensor.Tensor   // f32, its shape: where the parameter is stored in 16 bits; otherwise empty
}

// The names of state tensors, after the parameter's: PyTorch's, and master.
const (
	ageName    = "step"
	masterName = "master"
)

func (m *moments) newMemory(p grad.Named) *memory {
	r := &memory{name: p.Name, age: tensor.New(tensor.I64), slot: make([]tensor.Tensor, len(m.slots))}
	shape := p.Data.Shape()
	for i := range r.slot {
		if m.shape == nil {
			r.slot[i] = tensor.New(tensor.F32, shape...)
		} else if own := m.shape(shape, i); own != nil {
			r.slot[i] = tensor.New(tensor.F32, own...)
		}
	}
	if half(p.Param) {
		r.master = tensor.New(tensor.F32, shape...)
		widen(tensor.Of[float32](r.master), p.Data)
	}
	return r
}

func half(p *grad.Param) bool { return p.Data.DType() == tensor.BF16 || p.Data.DType() == tensor.F16 }

// prepare makes memory for the trained parameters that have none. Memory that has seen no step is as good as none, so
// that a step which fails later has changed nothing.
func (m *moments) prepare(ps grad.Params, slots []string) error {
	if m.of == nil {
		m.of, m.slots = make(map[*grad.Param]*memory, len(ps)), slots
	}
	if len(slots) != len(m.slots) {
		return tensor.Errorf("the optimizer keeps %v of each parameter, and its settings now want %v: make a new one", m.slots, slots)
	}
	for _, p := range ps {
		if p.Frozen || m.of[p.Param] != nil {
			continue
		}
		if err := trainable(p); err != nil {
			return err
		}
		m.add(p, m.newMemory(p))
	}
	return nil
}

func (m *moments) add(p grad.Named, mem *memory) {
	m.of[p.Param] = mem
	m.order = append(m.order, mem)
}

func trainable(p grad.Named) error {
	switch d := p.Data.DType(); {
	case p.Data.Device() != nil:
		return tensor.Errorf("parameter %s is on device %s, for which this optimizer has no kernel", p.Name, p.Data.Device().Name())
	case d != tensor.F32 && d != tensor.BF16 && d != tensor.F16:
		return tensor.Errorf("parameter %s is %s; f32, bf16 or f16 can be trained", p.Name, d)
	case !p.Data.Contiguous():
		return tensor.Errorf("parameter %s is a strided view of shape %v; a contiguous tensor can be trained", p.Name, p.Data.Shape())
	}
	return nil
}

// State returns the state; see [Optimizer].
func (m *moments) State() State {
	s := State{Step: m.step}
	for _, mem := range m.order {
		s.Entries = append(s.Entries, mem.entries(m.slots)...)
	}
	return s
}

func (m *memory) entries(slots []string) []Entry {
	r := []Entry{{m.name + "." + ageName, m.age}}
	for i, t := range m.slot {
		if t.Valid() {
			r = append(r, Entry{m.name + "." + slots[i], t})
		}
	}
	if m.master.Valid() {
		r = append(r, Entry{m.name + "." + masterName, m.master})
	}
	return r
}

// load makes fresh memory for the parameters that s knows, checks every tensor and only then takes it over. A trained
// parameter must be known; a frozen one may.
func (m *moments) load(ps grad.Params, s State, slots []string) error {
	given := make(map[string]tensor.Tensor, len(s.Entries))
	for _, e := range s.Entries {
		given[e.Name] = e.Tensor
	}
	fresh := moments{step: s.Step, slots: slots, shape: m.shape, of: make(map[*grad.Param]*memory, len(ps))}
	var wrong []string
	var to, from []tensor.Tensor
	for _, p := range ps {
		if _, known := given[p.Name+"."+ageName]; !known && (p.Frozen || s.Step == 0) {
			continue
		}
		if err := trainable(p); err != nil {
			return err
		}
		mem := fresh.newMemory(p)
		for _, e := range mem.entries(slots) {
			t, ok := given[e.Name]
			switch {
			case !ok:
				wrong = append(wrong, e.Name+" is missing")
				continue
			case t.DType() != e.Tensor.DType() || !tensor.SameShape(&t, &e.Tensor):
				wrong = append(wrong, fmt.Sprintf("%s is %s %v, want %s %v", e.Name, t.DType(), t.Shape(), e.Tensor.DType(), e.Tensor.Shape()))
			default:
				to, from = append(to, e.Tensor), append(from, t)
			}
			delete(given, e.Name)
		}
		fresh.add(p, mem)
	}
	for _, e := range s.Entries {
		if _, left := given[e.Name]; left {
			wrong = append(wrong, e.Name+" is unexpected")
		}
	}
	if wrong == nil {
		tensor.CopyAll(to, from)
		wrong = fresh.wrongAges()
	}
	if wrong != nil || s.Step < 0 {
		return tensor.Errorf("optimizer state of step %d doesn't fit: %s", s.Step, strings.Join(wrong, "; "))
	}
	*m = fresh
	return nil
}

// wrongAges tells of parameters that have seen more steps than were made.
func (m *moments) wrongAges() (wrong []string) {
	for _, mem := range m.order {
		if age := tensor.Of[int64](mem.age)[0]; age < 0 || age > int64(m.step) {
			wrong = append(wrong, fmt.Sprintf("%s.%s is %d, want 0 to %d", mem.name, ageName, age, m.step))
		}
	}
	return wrong
}
