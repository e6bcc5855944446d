package grad

import "github.com/ingot-ml/ingot/tensor"

// Value is a handle on a result within a step: its tape, its number and the step's generation. It is passed by value and
// is dead when the step ends: using it later panics and says so. Values are immutable.
type Value struct {
	tape *Tape
	id   int32
	gen  uint32
}

// Valid reports whether v was made by an op or a Step; the zero Value wasn't. Optional operands may be zero Values.
func (v Value) Valid() bool { return v.tape != nil }

// check returns v's slot, or panics where v is zero, dead or freed.
func (v Value) check() *slot {
	if v.tape == nil {
		panic(tensor.Errorf("an empty grad.Value was used; values come from Step.Input, Step.Use and ops"))
	}
	if v.gen != v.tape.gen || !v.tape.active {
		panic(tensor.Errorf("a grad.Value was used after its step ended; read it inside the step with Step.Read"))
	}
	s := &v.tape.slots[v.id]
	if s.freed {
		panic(tensor.Errorf("a grad.Value made inside Step.Checkpoint was used after it; only the returned value lives on"))
	}
	return s
}

// Shape returns a copy of the dimensions.
func (v Value) Shape() []int { return v.check().t.Shape() }

// Dim returns dimension i; negative i counts from the end.
func (v Value) Dim(i int) int { return v.check().t.Dim(i) }

// Rank returns the number of dimensions.
func (v Value) Rank() int { return v.check().t.Rank() }

// Numel returns the number of elements.
func (v Value) Numel() int { return v.check().t.Numel() }

// DType returns the element type.
func (v Value) DType() tensor.DType { return v.check().t.DType() }

// Step returns the step v lives in.
func (v Value) Step() *Step {
	v.check()
	return &v.tape.step
}

// Use brings a Param or a Buffer onto v's tape; see [Step.Use].
func (v Value) Use(u Usable) Value { return v.Step().Use(u) }

// Scalar returns a constant f32 value of shape [] on v's tape.
func (v Value) Scalar(x float64) Value { return v.Step().Scalar(x) }
