package grad

import (
	"fmt"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Call is what a Def's functions see of one application: operands, outputs, saved temporaries and gradients. It is
// owned by the tape; nothing of it may be kept.
type Call struct {
	t       *Tape
	n       *node
	scratch []tensor.Tensor
}

// NumIn returns the number of operands, those left out included.
func (c *Call) NumIn() int { return int(c.n.in.n) }

// Has reports whether operand i was given.
func (c *Call) Has(i int) bool { return i < int(c.n.in.n) && c.inID(i) >= 0 }

func (c *Call) inID(i int) int32 { return c.t.ids[c.n.in.start+int32(i)] }

// In returns operand i. Infer may look at its shape and dtype only.
func (c *Call) In(i int) tensor.Tensor {
	id := c.inID(i)
	if id < 0 {
		c.Fail("%s is an empty grad.Value; values come from Step.Input, Step.Use and ops", c.argName(i))
	}
	return c.t.slots[id].t
}

// Out returns output i.
func (c *Call) Out(i int) tensor.Tensor { return c.t.slots[c.n.out.start+int32(i)].t }

// Saved returns temporary i.
func (c *Call) Saved(i int) tensor.Tensor { return c.t.slots[c.n.saved.start+int32(i)].t }

// Output declares the next output, in Infer.
func (c *Call) Output(d tensor.DType, shape ...int) {
	c.declare(&c.n.out, c.t.memory().alloc(d, shape))
}

// OutputLike declares the next output with the dtype and shape of t.
func (c *Call) OutputLike(t tensor.Tensor) { c.Output(t.DType(), t.Dims()...) }

// OutputView declares the next output as a view of an operand.
func (c *Call) OutputView(t tensor.Tensor) { c.declare(&c.n.out, t) }

// Save declares the next temporary that Forward fills for Backward, in Infer, after the outputs.
func (c *Call) Save(d tensor.DType, shape ...int) {
	c.declare(&c.n.saved, c.t.memory().alloc(d, shape))
}

func (c *Call) declare(s *span, t tensor.Tensor) {
	if c.t.replaying {
		c.t.slots[s.start+s.n].t = t
	} else {
		c.t.slots = append(c.t.slots, slot{t: t, node: int32(len(c.t.nodes) - 1)})
		if s.n == 0 {
			s.start = int32(len(c.t.slots) - 1)
		}
	}
	s.n++
}

// Scratch returns memory for the rest of this call; its contents are undefined.
func (c *Call) Scratch(d tensor.DType, shape ...int) tensor.Tensor {
	s := c.t.arena.allocReuse(d, shape)
	c.scratch = append(c.scratch, s)
	return s
}

// Train reports whether layers behave as in training.
func (c *Call) Train() bool { return c.t.mode == Train }

// Recording reports whether a backward pass may follow.
func (c *Call) Recording() bool { return c.t.recording }

// Rand returns this call's own random stream; a replay gets the same one.
func (c *Call) Rand() rng.Stream { return c.t.stream(c.n.ordinal) }

// Needs reports whether a gradient of operand i is wanted.
func (c *Call) Needs(i int) bool { return c.Has(i) && c.t.slots[c.inID(i)].need }

// GradOut returns the gradient of output i: contiguous, f32. It is zero where nothing depends on that output.
func (c *Call) GradOut(i int) tensor.Tensor {
	s := &c.t.slots[c.n.out.start+int32(i)]
	if !s.has {
		s.grad, s.has, s.own = c.t.arena.allocReuse(tensor.F32, s.t.Dims()), true, true
		c.t.zero(s.grad)
	}
	return s.grad
}

// GradIn returns where the gradient of operand i goes: contiguous, f32. With add the contribution is added to what is
// there; without, what is there is undefined. Write one operand's gradient before asking for the next: both may be the
// same value.
func (c *Call) GradIn(i int) (g tensor.Tensor, add bool) {
	s := &c.t.slots[c.inID(i)]
	if s.has {
		return s.grad, true
	}
	s.has = true
	if g, add, ok := c.t.paramGrad(s); ok {
		s.grad = g
		return g, add
	}
	s.grad, s.own = c.t.arena.allocReuse(tensor.F32, s.t.Dims()), true
	return s.grad, false
}

// PassGrad makes the gradient of output o that of operand i, without a copy, where nothing else needs it and the operand has
// none yet; the op is done with that gradient then. Where it reports false nothing was done.
func (c *Call) PassGrad(i, o int) bool {
	y, x := &c.t.slots[c.n.out.start+int32(o)], &c.t.slots[c.inID(i)]
	if !y.own || y.chosen || x.has || y.t.Numel() != x.t.Numel() {
		return false
	}
	if c.t.sink != nil && x.param != nil {
		if _, ok := c.t.sink.index[x.param]; ok {
			return false
		}
	}
	x.grad, _ = y.grad.Reshape(x.t.Dims()...)
	x.has, x.own = true, true
	y.grad, y.has, y.own = tensor.Tensor{}, false, false
	return true
}

// NonFinite returns a flag that a kernel sets when it writes a NaN or Inf to the gradient of operand i; by asking for
// it the op promises to, and the tape makes no pass of its own. It is nil where nobody asks: the gradient isn't a
// parameter's.
func (c *Call) NonFinite(i int) *atomic.Bool {
	s := &c.t.slots[c.inID(i)]
	if s.param == nil || c.t.sink == nil {
		return nil
	}
	k, ok := c.t.sink.index[s.param]
	if !ok {
		return nil
	}
	c.t.watched = append(c.t.watched, c.inID(i))
	return &c.t.sink.bad[k]
}

// Fail stops the step with an error that names the op, the caller and the operands.
func (c *Call) Fail(format string, args ...any) {
	panic(&tensor.Error{Op: opName(c.n.op.name), Caller: tensor.Caller(), Operands: c.operands(), Msg: fmt.Sprintf(format, args...)})
}

func (c *Call) operands() string {
	var b strings.Builder
	for i := range c.NumIn() {
		if !c.Has(i) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		s := &c.t.slots[c.inID(i)]
		fmt.Fprintf(&b, "%s %v", c.operand(i, s), s.t.Shape())
		if s.t.DType() != tensor.F32 {
			b.WriteString(" " + s.t.DType().String())
		}
	}
	return b.String()
}

func (c *Call) operand(i int, s *slot) string {
	if s.param != nil {
		if name := c.t.paramName(s.param); name != "" {
			return name
		}
	}
	return c.argName(i)
}

// argName is what the Def calls operand i.
func (c *Call) argName(i int) string {
	if args := c.n.op.args; len(args) > 0 {
		return args[min(i, len(args)-1)]
	}
	return fmt.Sprintf("operand %d", i)
}

// Attrs returns the attributes of the call, for a device's kernels.
func (c *Call) Attrs() any { return c.n.op.attrs(c.t.attrsOf(c.n)) }

// opName turns a Def's name to the function's: layer_norm → op.LayerNorm. Names with a dot are shown as they are.
func opName(name string) string {
	if strings.Contains(name, ".") {
		return name
	}
	if s, ok := initialisms[name]; ok {
		return "op." + s
	}
	var b strings.Builder
	b.WriteString("op.")
	for part := range strings.SplitSeq(name, "_") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// initialisms are the names whose Go form isn't CamelCase of the words.
var initialisms = map[string]string{
	"gelu": "GELU", "gelu_tanh": "GELUTanh", "silu": "SiLU", "elu": "ELU", "leaky_relu": "LeakyReLU", "glu": "GLU", "swiglu": "SwiGLU", "geglu": "GeGLU",
	"lstm": "LSTM", "gru": "GRU", "rnn": "RNN", "relu": "ReLU", "rope": "RoPE", "sdpa": "SDPA", "sdpa_packed": "SDPAPacked", "mse": "MSE", "nll_loss": "NLLLoss", "ctc_loss": "CTCLoss", "rms_norm": "RMSNorm", "matmul": "MatMul",
}

func (t *Tape) attrsOf(n *node) unsafe.Pointer { return unsafe.Pointer(&t.attrs[n.attrs]) }
