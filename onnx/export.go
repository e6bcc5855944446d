// Package onnx writes a forward pass as an ONNX file, which other runtimes read.
//
// A forward pass becomes data by [grad.Tape.Trace]. Two traces, at two batch sizes, tell which dimensions are the batch's:
// those that differ are symbolic in the file. Parameters and buffers go into the file as they are when it is written.
//
// The files are of IR version 8 and operator set 17, which onnxruntime reads since 1.12. Source: the ONNX specification,
// github.com/onnx/onnx, docs/IR.md and docs/Operators.md.
package onnx

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

const (
	irVersion = 8
	opset     = 17
)

// Options are the names in the file, and what it says of itself.
type Options struct {
	Name    string   // of the graph; "graph" where empty
	Inputs  []string // of the inputs, in the order of Step.Input; "input", or "input_0" … where there are several
	Outputs []string // likewise, in the order that the traced function returned them: "output"
	Batch   string   // the symbol of dimensions that differ; "N" where empty

	Metadata map[string]string // of the model, for who reads the file
}

// Export writes the forward pass that small and large are traces of, at two sizes of the batch; the same trace twice makes
// every dimension fixed. An op without an ONNX form, or a dependence on the batch's size that ONNX can't say, is an error
// that names it.
func Export(w io.Writer, small, large *grad.Graph, o Options) error {
	if err := sameOps(small, large); err != nil {
		return err
	}
	if o.Name == "" {
		o.Name = "graph"
	}
	if o.Batch == "" {
		o.Batch = "N"
	}
	e := &exporter{small: small, large: large, o: o, names: make([]string, len(small.Values))}
	if err := e.nameAll(); err != nil {
		return err
	}
	var g message
	for i := range small.Nodes {
		if err := e.node(i); err != nil {
			return fmt.Errorf("onnx: node %d: %w", i, err)
		}
	}
	for _, n := range e.nodes {
		g.bytes(1, n)
	}
	g.text(2, o.Name)
	for _, t := range e.constants {
		g.bytes(5, t)
	}
	for _, id := range small.Inputs {
		g.bytes(11, e.info(id))
	}
	for _, id := range small.Outputs {
		g.bytes(12, e.info(id))
	}
	var set, m message
	set.text(1, "")
	set.int(2, opset)
	m.int(1, irVersion)
	m.text(2, "ingot")
	m.bytes(7, g)
	m.bytes(8, set)
	for _, key := range slices.Sorted(maps.Keys(o.Metadata)) {
		var entry message
		entry.text(1, key)
		entry.text(2, o.Metadata[key])
		m.bytes(14, entry)
	}
	_, err := w.Write(m)
	return err
}

// sameOps refuses traces of two programs.
func sameOps(a, b *grad.Graph) error {
	if len(a.Nodes) != len(b.Nodes) || len(a.Values) != len(b.Values) || !slices.Equal(a.Outputs, b.Outputs) {
		return fmt.Errorf("onnx: the traces differ: %d ops and %d ops; the same function at two batch sizes is wanted", len(a.Nodes), len(b.Nodes))
	}
	for i := range a.Nodes {
		x, y := &a.Nodes[i], &b.Nodes[i]
		if x.Op != y.Op || !slices.Equal(x.In, y.In) || !slices.Equal(x.Out, y.Out) {
			return fmt.Errorf("onnx: the traces differ at node %d: %s and %s", i, x.Op, y.Op)
		}
	}
	for i := range a.Values {
		if x, y := a.Values[i], b.Values[i]; len(x.Shape) != len(y.Shape) || x.DType != y.DType {
			return fmt.Errorf("onnx: the traces differ at value %d: %s %v and %s %v", i, x.DType, x.Shape, y.DType, y.Shape)
		}
	}
	return nil
}

// exporter collects the file's parts.
type exporter struct {
	small, large *grad.Graph
	o            Options
	names        []string // of each value
	constants    []message
	nodes        []message
	at           int // the node being written
}

// nameAll names inputs, outputs and leaves, and writes the leaves that are weights.
func (e *exporter) nameAll() error {
	if err := e.nameEnds("input", e.small.Inputs, e.o.Inputs); err != nil {
		return err
	}
	if err := e.nameEnds("output", e.small.Outputs, e.o.Outputs); err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, n := range e.names {
		taken[n] = n != ""
	}
	for i, v := range e.small.Values {
		if v.Param == nil && v.Buf == nil {
			continue
		}
		name := v.Name
		if v.Buf != nil {
			name = v.Buf.Name
		}
		if name == "" || taken[name] {
			name = fmt.Sprintf("%s_%d", name, i)
		}
		taken[name] = true
		if e.names[i] == "" {
			e.names[i] = name
		}
		if err := e.weight(e.names[i], v.Data); err != nil {
			return err
		}
	}
	for i := range e.names {
		if e.names[i] == "" {
			e.names[i] = fmt.Sprintf("value_%d", i)
		}
	}
	return nil
}

func (e *exporter) nameEnds(what string, ids []int, names []string) error {
	if names != nil && len(names) != len(ids) {
		return fmt.Errorf("onnx: %d names for %d %ss", len(names), len(ids), what)
	}
	for i, id := range ids {
		name := what
		switch {
		case names != nil:
			name = names[i]
		case len(ids) > 1:
			name = fmt.Sprintf("%s_%d", what, i)
		}
		if e.names[id] != "" {
			return fmt.Errorf("onnx: %s %s is %s too: a value has one name; compute something, or give it once", what, name, e.names[id])
		}
		e.names[id] = name
	}
	return nil
}

// dataTypes are TensorProto.DataType.
var dataTypes = map[tensor.DType]int{
	tensor.F32: 1, tensor.U8: 2, tensor.I32: 6, tensor.I64: 7, tensor.Bool: 9, tensor.F16: 10, tensor.F64: 11, tensor.BF16: 16,
}

// weight adds a constant tensor; the zero-dimensional one is a scalar.
func (e *exporter) weight(name string, t tensor.Tensor) error {
	if d := t.Device(); d != nil {
		return fmt.Errorf("onnx: %s is on device %s; trace a model whose parameters are in host memory", name, d.Name())
	}
	e.constants = append(e.constants, tensorProto(name, dataTypes[t.DType()], t.Shape(), t.Clone().Bytes()))
	return nil
}

// ints adds a constant vector of int64 and returns its name.
func (e *exporter) ints(v []int) string {
	raw := make([]byte, 0, 8*len(v))
	for _, i := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(i))
	}
	name := e.fresh("ints")
	e.constants = append(e.constants, tensorProto(name, dataTypes[tensor.I64], []int{len(v)}, raw))
	return name
}

// float adds a constant scalar under the name.
func (e *exporter) float(name string, v float32) {
	raw := binary.LittleEndian.AppendUint32(nil, math.Float32bits(v))
	e.constants = append(e.constants, tensorProto(name, dataTypes[tensor.F32], nil, raw))
}

// fresh names something that the node being written needs besides its results.
func (e *exporter) fresh(what string) string {
	return fmt.Sprintf("node_%d_%s_%d", e.at, what, len(e.nodes)+len(e.constants))
}

// info is what the file says of an input or output.
func (e *exporter) info(id int) message {
	v := e.small.Values[id]
	return valueInfo(e.names[id], dataTypes[v.DType], e.symbolic(id))
}

// symbolic is a value's shape, with the batch's symbol where the traces differ.
func (e *exporter) symbolic(id int) []any {
	a, b := e.small.Values[id].Shape, e.large.Values[id].Shape
	r := make([]any, len(a))
	for i := range a {
		if r[i] = a[i]; a[i] != b[i] {
			r[i] = e.o.Batch
		}
	}
	return r
}

// attr returns a field of an op's attributes. Ops keep the type of their attributes to themselves.
func attr(n *grad.GraphNode, field string) (reflect.Value, error) {
	v := reflect.ValueOf(n.Attrs)
	if v.Kind() == reflect.Struct {
		if f := v.FieldByName(field); f.IsValid() {
			return f, nil
		}
	}
	return reflect.Value{}, fmt.Errorf("%s has no attribute %s", n.Op, field)
}
