package grad

import (
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/ingot-ml/ingot/tensor"
)

// Def says what an op is: its name, what shapes it gives, how it computes and how its gradient does. Each op has one,
// package-level. A is the type of its attributes, a struct without pointers ([None] where there are none): a tape's node is
// the Def, the attributes and the ids of values, so that a forward pass can be counted, printed, exported, replayed and
// differentiated.
//
// A Def needs Backward or a reason in NoGrad. Where its VJP isn't set, second derivatives through it are refused by name.
type Def[A any] struct {
	Name string // "linear"; errors show it as op.Name
	Args string // the operands' names, separated by spaces: "x weight bias"; the last serves for all that follow
	// Infer checks the operands and declares the outputs with Call.Output or Call.OutputView, and temporaries that
	// Backward needs with Call.Save. It never looks at elements.
	Infer func(*A, *Call)
	// Forward fills the outputs. Nil where all outputs are views.
	Forward func(*A, *Call)
	// Backward fills or adds to Call.GradIn of each operand that Call.Needs, one after the other.
	Backward func(*A, *Call)
	NoGrad   string // why it has no gradient: "argmax is piecewise constant"
	Stops    bool   // with NoGrad: the gradient ends here without an error
	// VJP is Backward written in ops, for derivatives of derivatives. One that uses its own op is set in init.
	VJP func(*A, *VJP)
	// Strided reports that the op takes any strides; otherwise the tape makes a contiguous copy of strided operands.
	Strided bool

	core core
}

// None is the attributes of an op that has none.
type None struct{}

// core is a Def with the type of its attributes erased.
type core struct {
	name     string
	args     []string
	infer    func(unsafe.Pointer, *Call)
	forward  func(unsafe.Pointer, *Call)
	backward func(unsafe.Pointer, *Call)
	vjp      func(unsafe.Pointer, *VJP)
	attrs    func(unsafe.Pointer) any
	size     uintptr
	noGrad   string
	stops    bool
	strided  bool

	mu     sync.Mutex
	filled atomic.Bool
}

// words returns the 8-byte words that the attributes take; an op without attributes still has an address.
func (op *core) words() int { return max(int(op.size+7)/8, 1) }

// Apply runs the op on the operands' tape and returns its first output. A zero Value stands for an operand left out.
//
// It is small enough to be inlined wherever an op is, so that the compiler sees that neither attributes nor operands need
// the heap: of a generic function in another package it doesn't know.
func (d *Def[A]) Apply(a A, in ...Value) Value { return apply(&d.core, d, unsafe.Pointer(&a), in) }

func apply(op *core, d eraser, attrs unsafe.Pointer, in []Value) Value {
	op.ready(d)
	t := tapeOf(op.name, in)
	return Value{t, t.apply(op, attrs, in), t.gen}
}

// ApplyTo is Apply for an op of n outputs: out must have n places.
func (d *Def[A]) ApplyTo(out []Value, a A, in ...Value) {
	t := tapeOf(d.Name, in)
	d.core.ready(d)
	first := t.apply(&d.core, unsafe.Pointer(&a), in)
	n := &t.nodes[t.slots[first].node]
	if int(n.out.n) != len(out) {
		panic(fmt.Sprintf("grad: %s has %d outputs, not %d", d.Name, n.out.n, len(out)))
	}
	for i := range out {
		out[i] = Value{t, first + int32(i), t.gen}
	}
}

// Create runs an op without operands on s's tape.
func (d *Def[A]) Create(s *Step, a A) Value {
	t := s.tape()
	d.core.ready(d)
	return Value{t, t.apply(&d.core, unsafe.Pointer(&a), nil), t.gen}
}

// eraser is a Def that can fill its core.
type eraser interface{ erase() }

// ready has d fill its core, once.
func (op *core) ready(d eraser) {
	if !op.filled.Load() {
		op.fill(d)
	}
}

func (op *core) fill(d eraser) {
	op.mu.Lock()
	defer op.mu.Unlock()
	if !op.filled.Load() {
		d.erase()
		op.filled.Store(true)
	}
}

func (d *Def[A]) erase() {
	typ := reflect.TypeFor[A]()
	if !pointerFree(typ) {
		panic(fmt.Sprintf("grad: attributes of %s hold pointers: %s", d.Name, typ))
	}
	if d.Backward == nil && d.NoGrad == "" || d.Infer == nil {
		panic(fmt.Sprintf("grad: %s needs an Infer, and a Backward or the reason it has none", d.Name))
	}
	erase := func(f func(*A, *Call)) func(unsafe.Pointer, *Call) {
		if f == nil {
			return nil
		}
		return func(p unsafe.Pointer, c *Call) { f((*A)(p), c) }
	}
	c := &d.core
	c.name, c.args = d.Name, splitArgs(d.Args)
	c.infer, c.forward, c.backward = erase(d.Infer), erase(d.Forward), erase(d.Backward)
	c.attrs = func(p unsafe.Pointer) any { return *(*A)(p) }
	c.size, c.noGrad, c.stops, c.strided = typ.Size(), d.NoGrad, d.Stops, d.Strided
	if d.VJP != nil {
		d.core.vjp = func(p unsafe.Pointer, v *VJP) { d.VJP((*A)(p), v) }
	}
}

func splitArgs(s string) []string {
	var r []string
	for len(s) > 0 {
		i := 0
		for i < len(s) && s[i] != ' ' {
			i++
		}
		r = append(r, s[:i])
		s = s[min(i+1, len(s)):]
	}
	return r
}

func pointerFree(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if !pointerFree(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return pointerFree(t.Elem())
	}
	return t.Kind() >= reflect.Bool && t.Kind() <= reflect.Complex128 && t.Kind() != reflect.Uintptr
}

func tapeOf(op string, in []Value) *Tape {
	var t *Tape
	for _, v := range in {
		switch {
		case v.tape == nil:
		case t == nil:
			t = v.tape
		case t != v.tape:
			panic(&tensor.Error{Op: opName(op), Caller: tensor.Caller(), Msg: "operands are of two tapes; a value can't leave its step, copy it out with Step.Read"})
		}
		if v.tape != nil {
			v.check()
		}
	}
	if t == nil {
		panic(&tensor.Error{Op: opName(op), Caller: tensor.Caller(), Msg: "no operand is on a tape; values come from Step.Input, Step.Use and ops"})
	}
	return t
}

// node is one op of the forward pass: data, no closures.
type node struct {
	op      *core
	attrs   int32 // index of the first word in Tape.attrs
	in      span  // ids in Tape.ids; −1 for an operand left out
	out     span  // consecutive slots: start is the first slot's id
	saved   span  // likewise
	ordinal uint32
}

type span struct{ start, n int32 }

// slot is one value.
type slot struct {
	t      tensor.Tensor
	node   int32 // its producer, or −1: a leaf
	param  *Param
	buffer *Buffer
	freed  bool
	// while backward runs:
	need   bool
	chosen bool // its own gradient is asked for: Grad's xs
	has    bool // grad holds something
	own    bool // grad's memory is the arena's, to be released
	grad   tensor.Tensor
	sum    Value // the gradient as a value, in Grad
}
