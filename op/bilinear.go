package op

import (
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Bilinear computes a form of two operands for each output; a zero bias leaves it out.
//
//	y[…, k] = Σᵢⱼ a[…, i]·w[k, i, j]·b[…, j] + bias[k]
//
// Shapes: [… I], [… J], [K I J], [K] → [… K]; the leading dimensions of a and b are the same. It is composed: [… K I] is
// computed on the way, so that the operand with fewer elements belongs first.
func Bilinear(a, b, w, bias grad.Value) grad.Value {
	if a.Rank() < 1 || w.Rank() != 3 || b.Rank() != a.Rank() || w.Dim(1) != a.Dim(-1) || w.Dim(2) != b.Dim(-1) {
		panic(tensor.Errorf("op.Bilinear of a %v, b %v and w %v: [… I], [… J] and [K I J] are wanted", a.Shape(), b.Shape(), w.Shape()))
	}
	lead := a.Shape()[:a.Rank()-1]
	rows := 1
	for i, n := range lead {
		if b.Dim(i) != n {
			panic(tensor.Errorf("op.Bilinear of a %v and b %v: the same leading dimensions are wanted", a.Shape(), b.Shape()))
		}
		rows *= n
	}
	k, i, j := w.Dim(0), w.Dim(1), w.Dim(2)
	half := MatMulNT(Reshape(b, rows, j), Reshape(w, k*i, j))
	y := MatMul(Reshape(half, rows, k, i), Reshape(a, rows, i, 1))
	if bias.Valid() {
		if bias.Rank() != 1 || bias.Dim(0) != k {
			panic(tensor.Errorf("op.Bilinear with w %v and bias %v: a bias of shape [%d] is wanted", w.Shape(), bias.Shape(), k))
		}
		y = Add(y, Reshape(bias, k, 1))
	}
	return Reshape(y, append(lead, k)...)
}
