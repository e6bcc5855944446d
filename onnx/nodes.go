package onnx

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
)

// forms are the ops that have an ONNX form, by the names of their Defs.
var forms = map[string]func(*exporter, *grad.GraphNode) error{
	"add": same("Add"), "sub": same("Sub"), "mul": same("Mul"), "div": same("Div"), "maximum": same("Max"), "minimum": same("Min"),
	"neg": same("Neg"), "exp": same("Exp"), "log": same("Log"), "sqrt": same("Sqrt"), "sin": same("Sin"), "cos": same("Cos"),
	"relu": same("Relu"), "sigmoid": same("Sigmoid"), "tanh": same("Tanh"),
	"contiguous": (*exporter).identity, "detach": (*exporter).identity,
	"dropout": (*exporter).identity, // of inference
	"softmax": alongLast("Softmax"), "log_softmax": alongLast("LogSoftmax"),
	"reshape": (*exporter).reshape, "permute": (*exporter).permute, "matmul": (*exporter).matmul, "linear": (*exporter).linear,
	"scalar": (*exporter).scalar, "concat": (*exporter).concat, "slice": (*exporter).slice, "expand": (*exporter).expand,
	"cast": (*exporter).cast, "embedding": (*exporter).embedding, "one_hot": (*exporter).oneHot, "mean": (*exporter).mean,
	"layer_norm": norm("LayerNormalization", 3, named{"axis", -1}), "batch_norm_infer": norm("BatchNormalization", 5),
	"sdpa": (*exporter).sdpa, "sdpa_packed": (*exporter).sdpaPacked,
}

// node writes node i of the trace as one or more of ONNX.
func (e *exporter) node(i int) error {
	e.at = i
	n := &e.small.Nodes[i]
	form, ok := forms[n.Op]
	if !ok {
		return fmt.Errorf("%s has no ONNX form here; there are %v", n.Op, slices.Sorted(maps.Keys(forms)))
	}
	return form(e, n)
}

// emit adds a node of ONNX.
func (e *exporter) emit(op string, in, out []string, attrs ...named) {
	e.nodes = append(e.nodes, nodeProto(op, fmt.Sprintf("%s_%d", op, len(e.nodes)), in, out, attrs...))
}

// in returns the names of a node's operands; those left out are skipped.
func (e *exporter) in(n *grad.GraphNode) []string {
	var r []string
	for _, id := range n.In {
		if id >= 0 {
			r = append(r, e.names[id])
		}
	}
	return r
}

func (e *exporter) out(n *grad.GraphNode) []string { return []string{e.names[n.Out[0]]} }

// same is an op that ONNX has under another name; both broadcast by NumPy's rule.
func same(onnxOp string) func(*exporter, *grad.GraphNode) error {
	return func(e *exporter, n *grad.GraphNode) error {
		e.emit(onnxOp, e.in(n), e.out(n))
		return nil
	}
}

// identity gives the operand's name to the result, which has the same elements; an output keeps a name of its own.
func (e *exporter) identity(n *grad.GraphNode) error {
	if slices.Contains(e.small.Outputs, n.Out[0]) {
		e.emit("Identity", e.in(n), e.out(n))
		return nil
	}
	e.names[n.Out[0]] = e.names[n.In[0]]
	return nil
}

// alongLast is such an op that works along the last axis.
func alongLast(onnxOp string) func(*exporter, *grad.GraphNode) error {
	return func(e *exporter, n *grad.GraphNode) error {
		e.emit(onnxOp, e.in(n), e.out(n), named{"axis", -1})
		return nil
	}
}

// scalar is a constant.
func (e *exporter) scalar(n *grad.GraphNode) error {
	x, err := attr(n, "X")
	if err == nil {
		e.float(e.names[n.Out[0]], float32(x.Float()))
	}
	return err
}

// reshape's new shape is a constant, in which one dimension may be −1: the batch's.
func (e *exporter) reshape(n *grad.GraphNode) error {
	shape, err := e.target(n.Out[0])
	if err == nil {
		e.emit("Reshape", []string{e.names[n.In[0]], e.ints(shape)}, e.out(n))
	}
	return err
}

// permute is Transpose; negative axes count from the end.
func (e *exporter) permute(n *grad.GraphNode) error {
	dims, err := attr(n, "Dims")
	if err != nil {
		return err
	}
	perm := make([]int, e.rank(n.In[0]))
	for i := range perm {
		if perm[i] = int(dims.Index(i).Int()); perm[i] < 0 {
			perm[i] += len(perm)
		}
	}
	e.emit("Transpose", e.in(n), e.out(n), named{"perm", perm})
	return nil
}

// target is a value's shape with −1 for the dimension that differs between the traces.
func (e *exporter) target(id int) ([]int, error) {
	shape := slices.Clone(e.small.Values[id].Shape)
	free := 0
	for i, d := range e.large.Values[id].Shape {
		switch {
		case d != shape[i]:
			shape[i] = -1
			free++
		case d == 0:
			return nil, fmt.Errorf("reshape to %v: ONNX takes 0 for the operand's own dimension", shape)
		}
	}
	if free > 1 {
		return nil, fmt.Errorf("reshape to %v and to %v: at most one dimension may depend on the batch", e.small.Values[id].Shape, e.large.Values[id].Shape)
	}
	return shape, nil
}

// rank returns the number of dimensions of a value.
func (e *exporter) rank(id int) int { return len(e.small.Values[id].Shape) }

// transposed returns the name of a value with its last two axes exchanged.
func (e *exporter) transposed(id int) string {
	perm := make([]int, e.rank(id))
	for i := range perm {
		perm[i] = i
	}
	if k := len(perm); k >= 2 {
		perm[k-1], perm[k-2] = k-2, k-1
	}
	name := e.fresh("transposed")
	e.emit("Transpose", []string{e.names[id]}, []string{name}, named{"perm", perm})
	return name
}

// matmul is MatMul, after a Transpose of each side that is taken transposed.
func (e *exporter) matmul(n *grad.GraphNode) error {
	in := e.in(n)
	for i, field := range []string{"TransA", "TransB"} {
		t, err := attr(n, field)
		if err != nil {
			return err
		}
		if t.Bool() {
			in[i] = e.transposed(n.In[i])
		}
	}
	e.emit("MatMul", in, e.out(n))
	return nil
}

// activations are those of op.Linear.
var activations = map[op.Activation]string{op.ActReLU: "Relu", op.ActSigmoid: "Sigmoid", op.ActTanh: "Tanh"}

// linear is Gemm for a matrix x, or MatMul and Add for an x of more dimensions; then the activation.
func (e *exporter) linear(n *grad.GraphNode) error {
	act := n.Attrs.(op.LinearAttrs).Act
	then, ok := activations[act]
	if !ok && act != op.ActNone {
		return fmt.Errorf("linear's activation %s has no ONNX form here", act)
	}
	z := e.out(n)
	if ok {
		z = []string{e.fresh("linear")}
	}
	in := e.in(n)
	switch {
	case e.rank(n.In[0]) == 2:
		e.emit("Gemm", in, z, named{"transB", 1})
	case len(in) == 2:
		e.emit("MatMul", []string{in[0], e.transposed(n.In[1])}, z)
	default:
		y := []string{e.fresh("product")}
		e.emit("MatMul", []string{in[0], e.transposed(n.In[1])}, y)
		e.emit("Add", []string{y[0], in[2]}, z)
	}
	if ok {
		e.emit(then, z, e.out(n))
	}
	return nil
}
