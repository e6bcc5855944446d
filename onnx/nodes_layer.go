package onnx

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
)

// norm is a normalisation with scale and shift, all of whose operands were given.
func norm(onnxOp string, operands int, attrs ...named) func(*exporter, *grad.GraphNode) error {
	return func(e *exporter, n *grad.GraphNode) error {
		eps, err := attr(n, "Eps")
		if err != nil {
			return err
		}
		in := e.in(n)
		if len(in) != operands {
			return fmt.Errorf("%s without scale and shift has no ONNX form here", n.Op)
		}
		e.emit(onnxOp, in, e.out(n), append(attrs, named{"epsilon", float32(eps.Float())})...)
		return nil
	}
}

// sdpa is written out: softmax(scale·q·kᵀ)·v of each head. Masks, slopes and shared heads have no form here.
func (e *exporter) sdpa(n *grad.GraphNode) error {
	timeFirst, err := attr(n, "TimeFirst")
	if err != nil {
		return err
	}
	q, k := e.small.Values[n.In[0]].Shape, e.small.Values[n.In[1]].Shape
	heads := 1
	if timeFirst.Bool() {
		heads = 2
	}
	if q[heads] != k[heads] {
		return fmt.Errorf("sdpa of %d heads with %d of keys has no ONNX form here", q[heads], k[heads])
	}
	return e.attend(n, [3]string{e.names[n.In[0]], e.names[n.In[1]], e.names[n.In[2]]}, n.In[3:], q[3], timeFirst.Bool(), e.out(n)[0])
}

// sdpaPacked cuts the projection in queries, keys and values first.
func (e *exporter) sdpaPacked(n *grad.GraphNode) error {
	heads, err := attr(n, "Heads")
	if err != nil {
		return err
	}
	kv, err := attr(n, "KVHeads")
	if err != nil {
		return err
	}
	if heads.Int() != kv.Int() {
		return fmt.Errorf("sdpa_packed of %d heads with %d of keys has no ONNX form here", heads.Int(), kv.Int())
	}
	h := int(heads.Int())
	d := e.small.Values[n.In[0]].Shape[2] / (3 * h)
	rows := e.fresh("heads")
	e.emit("Reshape", []string{e.names[n.In[0]], e.ints([]int{0, 0, 3 * h, d})}, []string{rows}) // 0: as it is
	parts := [3]string{e.fresh("q"), e.fresh("k"), e.fresh("v")}
	e.emit("Split", []string{rows, e.ints([]int{h, h, h})}, parts[:], named{"axis", 2})
	y := e.fresh("attended")
	if err := e.attend(n, parts, n.In[1:], d, true, y); err != nil {
		return err
	}
	e.emit("Reshape", []string{y, e.ints([]int{0, 0, h * d})}, e.out(n))
	return nil
}

// attend writes the attention of q, k and v, of width d a head, to out; bias are the operands mask and slopes.
func (e *exporter) attend(n *grad.GraphNode, qkv [3]string, bias []int, d int, timeFirst bool, out string) error {
	causal, err := attr(n, "Causal")
	if err != nil {
		return err
	}
	scale, err := attr(n, "Scale")
	if err != nil {
		return err
	}
	for _, id := range bias {
		if id >= 0 {
			return fmt.Errorf("%s with a mask or slopes has no ONNX form here", n.Op)
		}
	}
	if causal.Bool() {
		return fmt.Errorf("causal %s has no ONNX form here", n.Op)
	}
	by := scale.Float()
	if by == 0 {
		by = 1 / math.Sqrt(float64(d))
	}
	turn := func(x string, perm ...int) string {
		y := e.fresh("turned")
		e.emit("Transpose", []string{x}, []string{y}, named{"perm", perm})
		return y
	}
	q, k, v := qkv[0], "", qkv[2]
	if timeFirst {
		q, k, v = turn(q, 0, 2, 1, 3), turn(qkv[1], 0, 2, 3, 1), turn(v, 0, 2, 1, 3)
	} else {
		k = turn(qkv[1], 0, 1, 3, 2)
	}
	factor, raw, scores, weights, y := e.fresh("scale"), e.fresh("raw"), e.fresh("scores"), e.fresh("weights"), e.fresh("seen")
	e.float(factor, float32(by))
	e.emit("MatMul", []string{q, k}, []string{raw})
	e.emit("Mul", []string{raw, factor}, []string{scores})
	e.emit("Softmax", []string{scores}, []string{weights}, named{"axis", -1})
	if !timeFirst {
		y = out
	}
	e.emit("MatMul", []string{weights, v}, []string{y})
	if timeFirst {
		e.emit("Transpose", []string{y}, []string{out}, named{"perm", []int{0, 2, 1, 3}})
	}
	return nil
}
