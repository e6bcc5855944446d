package onnx

import (
	"encoding/binary"
	"fmt"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// concat is Concat.
func (e *exporter) concat(n *grad.GraphNode) error {
	axis, err := attr(n, "Axis")
	if err == nil {
		e.emit("Concat", e.in(n), e.out(n), named{"axis", int(axis.Int())})
	}
	return err
}

// slice is Slice along an axis that isn't the batch's.
func (e *exporter) slice(n *grad.GraphNode) error {
	var v [4]int
	for i, field := range []string{"Axis", "From", "To", "Step"} {
		x, err := attr(n, field)
		if err != nil {
			return err
		}
		v[i] = int(x.Int())
	}
	if a, b := e.small.Values[n.In[0]].Shape[v[0]], e.large.Values[n.In[0]].Shape[v[0]]; a != b {
		return fmt.Errorf("slice of axis %d, whose size depends on the batch", v[0])
	}
	e.emit("Slice", append(e.in(n), e.ints(v[1:2]), e.ints(v[2:3]), e.ints(v[:1]), e.ints(v[3:])), e.out(n))
	return nil
}

// expand is Expand; a dimension that differs between the traces is the input's first.
func (e *exporter) expand(n *grad.GraphNode) error {
	small, large := e.small.Values[n.Out[0]].Shape, e.large.Values[n.Out[0]].Shape
	if fmt.Sprint(small) == fmt.Sprint(large) {
		e.emit("Expand", append(e.in(n), e.ints(small)), e.out(n))
		return nil
	}
	if len(e.small.Inputs) == 0 {
		return fmt.Errorf("expand to %v and to %v without an input that tells the batch", small, large)
	}
	x := e.small.Inputs[0]
	a, b := e.small.Values[x].Shape, e.large.Values[x].Shape
	shape, batch := e.fresh("shape"), e.fresh("batch")
	e.emit("Shape", []string{e.names[x]}, []string{shape})
	e.emit("Gather", []string{shape, e.ints([]int{0})}, []string{batch}, named{"axis", 0})
	var parts []string
	for i := range small {
		switch {
		case small[i] == large[i]:
			parts = append(parts, e.ints(small[i:i+1]))
		case len(a) > 0 && small[i] == a[0] && large[i] == b[0]:
			parts = append(parts, batch)
		default:
			return fmt.Errorf("expand to %v and to %v: dimension %d is neither fixed nor the batch", small, large, i)
		}
	}
	to := e.fresh("shape")
	e.emit("Concat", parts, []string{to}, named{"axis", 0})
	e.emit("Expand", append(e.in(n), to), e.out(n))
	return nil
}

// cast is Cast. ONNX cuts off what Ingot refuses: a number that is to be an id and isn't whole.
func (e *exporter) cast(n *grad.GraphNode) error {
	e.emit("Cast", e.in(n), e.out(n), named{"to", dataTypes[e.small.Values[n.Out[0]].DType]})
	return nil
}

// embedding is Gather.
func (e *exporter) embedding(n *grad.GraphNode) error {
	e.emit("Gather", e.in(n), e.out(n), named{"axis", 0})
	return nil
}

// oneHot is OneHot. Of an id out of range ONNX makes zeros.
func (e *exporter) oneHot(n *grad.GraphNode) error {
	classes, err := attr(n, "Classes")
	if err != nil {
		return err
	}
	depth, values := e.fresh("depth"), e.fresh("values")
	e.constants = append(e.constants,
		tensorProto(depth, dataTypes[tensor.I32], nil, binary.LittleEndian.AppendUint32(nil, uint32(classes.Int()))),
		tensorProto(values, dataTypes[tensor.F32], []int{2}, tensor.From([]float32{0, 1}).Bytes()))
	e.emit("OneHot", append(e.in(n), depth, values), e.out(n), named{"axis", -1})
	return nil
}

// mean is ReduceMean.
func (e *exporter) mean(n *grad.GraphNode) error {
	mask, err := attr(n, "Axes")
	if err != nil {
		return err
	}
	keep, err := attr(n, "Keep")
	if err != nil {
		return err
	}
	var axes []int
	for i := range e.rank(n.In[0]) {
		if mask.Uint()>>i&1 == 1 {
			axes = append(axes, i)
		}
	}
	kept := 0
	if keep.Bool() {
		kept = 1
	}
	e.emit("ReduceMean", e.in(n), e.out(n), named{"axes", axes}, named{"keepdims", kept})
	return nil
}
