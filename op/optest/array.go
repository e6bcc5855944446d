package optest

import (
	"fmt"

	"github.com/ingot-ml/ingot/tensor"
)

// Array is a tensor of float64 in row-major order, for references. Operands of other dtypes come widened.
type Array struct {
	Shape []int
	Data  []float64
}

// NewArray returns zeros of the shape.
func NewArray(shape ...int) Array {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return Array{append([]int(nil), shape...), make([]float64, n)}
}

// Valid reports whether the operand was given.
func (a Array) Valid() bool { return a.Data != nil }

// Dim returns dimension i; negative i counts from the end.
func (a Array) Dim(i int) int {
	if i < 0 {
		i += len(a.Shape)
	}
	return a.Shape[i]
}

// Map returns f of each element.
func (a Array) Map(f func(float64) float64) Array {
	r := NewArray(a.Shape...)
	for i, v := range a.Data {
		r.Data[i] = f(v)
	}
	return r
}

// Rows returns the elements cut along the last axis.
func (a Array) Rows() [][]float64 {
	n := a.Dim(-1)
	if n == 0 {
		return nil
	}
	rows := make([][]float64, 0, len(a.Data)/n)
	for i := 0; i < len(a.Data); i += n {
		rows = append(rows, a.Data[i:i+n])
	}
	return rows
}

// Index returns the place of the element at the multi-index.
func (a Array) Index(at ...int) int {
	k := 0
	for i, d := range a.Shape {
		k = k*d + at[i]
	}
	return k
}

// Each calls f with every multi-index of the shape, in row-major order; at is reused.
func (a Array) Each(f func(at []int, place int)) {
	at := make([]int, len(a.Shape))
	for k := range a.Data {
		f(at, k)
		for i := len(at) - 1; i >= 0; i-- {
			if at[i]++; at[i] < a.Shape[i] {
				break
			}
			at[i] = 0
		}
	}
}

// Broadcast returns f of a's and b's elements, broadcast by NumPy's rule.
func Broadcast(a, b Array, f func(a, b float64) float64) Array {
	n := max(len(a.Shape), len(b.Shape))
	shape := make([]int, n)
	dim := func(x Array, i int) int {
		if i -= n - len(x.Shape); i >= 0 {
			return x.Shape[i]
		}
		return 1
	}
	for i := range n {
		if shape[i] = dim(a, i); shape[i] == 1 {
			shape[i] = dim(b, i)
		}
	}
	r := NewArray(shape...)
	element := func(x Array, at []int) float64 {
		k := 0
		for i, v := range at {
			if d := dim(x, i); d > 1 {
				k = k*d + v
			}
		}
		return x.Data[k]
	}
	r.Each(func(at []int, place int) { r.Data[place] = f(element(a, at), element(b, at)) })
	return r
}

// widen turns a host tensor to an Array.
func widen(t tensor.Tensor) Array {
	if !t.Valid() {
		return Array{}
	}
	a := NewArray(t.Shape()...)
	t = t.Clone()
	for i := range a.Data {
		switch t.DType() {
		case tensor.F32:
			a.Data[i] = float64(tensor.Of[float32](t)[i])
		case tensor.F64:
			a.Data[i] = tensor.Of[float64](t)[i]
		case tensor.I32:
			a.Data[i] = float64(tensor.Of[int32](t)[i])
		case tensor.I64:
			a.Data[i] = float64(tensor.Of[int64](t)[i])
		case tensor.U8:
			a.Data[i] = float64(tensor.Of[uint8](t)[i])
		default:
			panic(fmt.Sprintf("optest: a reference of %s", t.DType()))
		}
	}
	return a
}

// exact turns an Array to an f64 tensor.
func exact(a Array) tensor.Tensor {
	t := tensor.New(tensor.F64, a.Shape...)
	copy(tensor.Of[float64](t), a.Data)
	return t
}
