package train

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/train/events"
)

// graph is the network as TensorBoard draws it: a pass of one row, of which nothing is computed.
func (w *watcher) graph() (*events.Graph, error) {
	tape := grad.NewTape(grad.Config{Params: w.grads.Params(), Device: grad.Dry{}})
	g, err := tape.Trace(grad.Infer, func(s *grad.Step) ([]grad.Value, error) {
		return []grad.Value{w.Model.Forward(s.Input(w.batch.X.Slice(0, 0, 1, 1)))}, nil
	})
	if err != nil {
		return nil, err
	}
	return drawn(g), nil
}

// drawn names the nodes by the layers that they are of: an op is of the layer that its parameter is of, or else of the one
// that its first operand comes from. Layers 0 and 1 of layers.0.weight and layers.1.weight are layers/0 and layers/1.
func drawn(g *grad.Graph) *events.Graph {
	d := &events.Graph{}
	names, scopes := make([]string, len(g.Values)), make([]string, len(g.Values))
	taken := map[string]bool{}
	name := func(s string) string {
		unique := s
		for n := 1; taken[unique]; n++ {
			unique = fmt.Sprintf("%s_%d", s, n)
		}
		taken[unique] = true
		return unique
	}
	leaf := func(i int, path, op string) {
		names[i] = name(path)
		if k := strings.LastIndexByte(path, '/'); k >= 0 {
			scopes[i] = path[:k+1]
		}
		d.Nodes = append(d.Nodes, events.Node{Name: names[i], Op: op, Shape: g.Values[i].Shape})
	}
	for i, v := range g.Values {
		switch {
		case v.Param != nil:
			leaf(i, strings.ReplaceAll(v.Name, ".", "/"), "Parameter")
		case v.Buf != nil:
			leaf(i, "buffer/"+v.Buf.Name, "Buffer")
			scopes[i] = ""
		}
	}
	for _, i := range g.Inputs {
		leaf(i, "input", "Placeholder")
	}
	for _, n := range g.Nodes {
		node := events.Node{Op: n.Op, Attrs: settings(n.Attrs)}
		scope := ""
		for _, i := range n.In {
			if i < 0 {
				continue
			}
			node.In = append(node.In, names[i])
			if scope == "" || g.Values[i].Param != nil && scopes[i] != "" {
				scope = scopes[i]
			}
		}
		node.Name = name(scope + n.Op)
		for k, i := range n.Out {
			names[i], scopes[i] = node.Name, scope
			if k > 0 { // TensorFlow's name of a further result
				names[i] = fmt.Sprintf("%s:%d", node.Name, k)
			}
		}
		if len(n.Out) > 0 {
			node.Shape = g.Values[n.Out[0]].Shape
		}
		d.Nodes = append(d.Nodes, node)
	}
	for _, i := range g.Outputs {
		d.Nodes = append(d.Nodes, events.Node{Name: name("output"), Op: "Output", In: []string{names[i]}, Shape: g.Values[i].Shape})
	}
	return d
}

// settings are the exported fields of an op's attributes.
func settings(attrs any) []events.Attr {
	v := reflect.ValueOf(attrs)
	if v.Kind() != reflect.Struct {
		return nil
	}
	var list []events.Attr
	for _, f := range reflect.VisibleFields(v.Type()) {
		if f.IsExported() && !f.Anonymous {
			list = append(list, events.Attr{Name: strings.ToLower(f.Name), Value: fmt.Sprint(v.FieldByIndex(f.Index))})
		}
	}
	return list
}
