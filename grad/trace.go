package grad

import "github.com/ingot-ml/ingot/tensor"

// Graph is a forward pass as data, made by Tape.Trace.
type Graph struct {
	Values  []GraphValue
	Nodes   []GraphNode
	Inputs  []int // Values made by Step.Input, in order
	Outputs []int // Values that fn returned
}

// GraphValue is a value of a Graph.
type GraphValue struct {
	DType tensor.DType
	Shape []int
	Param *Param        // a parameter's leaf, or nil
	Name  string        // the parameter's path
	Buf   *Buffer       // a buffer's leaf, or nil
	Data  tensor.Tensor // of leaves
}

// GraphNode is one op of a Graph.
type GraphNode struct {
	Op    string // the Def's name
	Attrs any    // the Def's attributes, by value
	In    []int  // Values; −1 for an operand left out
	Out   []int
}

// Trace runs fn without recording and returns what it did. It is an Eval: it counts as one, and buffers that fn
// writes are written. Traces at two batch sizes tell which dimensions are the batch's.
func (t *Tape) Trace(m Mode, fn func(*Step) ([]Value, error)) (*Graph, error) {
	var g *Graph
	err := t.Eval(m, func(s *Step) error {
		ys, err := fn(s)
		if err != nil {
			return err
		}
		g = t.graph()
		for _, y := range ys {
			y.check()
			g.Outputs = append(g.Outputs, int(y.id))
		}
		return nil
	})
	return g, err
}

func (t *Tape) graph() *Graph {
	g := &Graph{}
	for i := range t.slots {
		s := &t.slots[i]
		v := GraphValue{DType: s.t.DType(), Shape: s.t.Shape(), Param: s.param, Buf: s.buffer}
		if s.node < 0 {
			v.Data = s.t
		}
		if s.param != nil {
			v.Name = t.paramName(s.param)
		}
		if s.node < 0 && s.param == nil && s.buffer == nil {
			g.Inputs = append(g.Inputs, i)
		}
		g.Values = append(g.Values, v)
	}
	for k := range t.nodes {
		n := &t.nodes[k]
		gn := GraphNode{Op: n.op.name, Attrs: n.op.attrs(t.attrsOf(n))}
		for _, id := range t.ids[n.in.start : n.in.start+n.in.n] {
			gn.In = append(gn.In, int(id))
		}
		for id := n.out.start; id < n.out.start+n.out.n; id++ {
			gn.Out = append(gn.Out, int(id))
		}
		g.Nodes = append(g.Nodes, gn)
	}
	return g
}
