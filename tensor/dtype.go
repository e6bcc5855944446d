// Package tensor holds the data every other package passes around: element types, shapes with strides,
// memory that may live on a device, printing, and the one typed error for misuse.
//
// A Tensor is a view: a buffer handle, an offset, a shape and strides. Reshape (where the layout allows it), permute,
// slice and expand give views of the same memory; nothing here computes.
package tensor

import (
	"fmt"
	"strings"
)

// DType is the type of a tensor's elements.
type DType uint8

// The element types. Computation is in F32; F64 serves references; BF16 and F16 are for storage; I32 and I64 are ids;
// U8 and Bool are bytes and masks.
const (
	F32 DType = iota
	F64
	BF16
	F16
	I32
	I64
	U8
	Bool
	numDTypes
)

var dtypes = [numDTypes]struct {
	name string
	size int
}{
	F32: {"f32", 4}, F64: {"f64", 8}, BF16: {"bf16", 2}, F16: {"f16", 2},
	I32: {"i32", 4}, I64: {"i64", 8}, U8: {"u8", 1}, Bool: {"bool", 1},
}

// String returns the short name: f32, f64, bf16, f16, i32, i64, u8 or bool.
func (d DType) String() string {
	if d >= numDTypes {
		return fmt.Sprintf("dtype(%d)", uint8(d))
	}
	return dtypes[d].name
}

// Size returns the bytes of one element.
func (d DType) Size() int { return dtypes[d].size }

// Float reports whether the type is a floating-point one.
func (d DType) Float() bool { return d <= F16 }

// ParseDType is the inverse of [DType.String]; letter case doesn't matter.
func ParseDType(s string) (DType, error) {
	for d := range numDTypes {
		if strings.EqualFold(s, dtypes[d].name) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("unknown dtype %q; want one of f32 f64 bf16 f16 i32 i64 u8 bool", s)
}

// Element is a Go type that one DType stores as it is; F16 and BF16 are seen as their uint16 bits.
type Element interface {
	float32 | float64 | int32 | int64 | uint8 | bool | uint16
}

// dtypeOf returns the DType whose elements are T; uint16 stands for both 16-bit floats and is refused here.
func dtypeOf[T Element]() DType {
	switch any(*new(T)).(type) {
	case float32:
		return F32
	case float64:
		return F64
	case int32:
		return I32
	case int64:
		return I64
	case uint8:
		return U8
	case bool:
		return Bool
	}
	panic(Errorf("uint16 may be f16 or bf16: make the tensor with tensor.New and fill tensor.Of[uint16]"))
}

// holds reports whether a tensor of type d can be seen as []T.
func holds[T Element](d DType) bool {
	if _, ok := any(*new(T)).(uint16); ok {
		return d == BF16 || d == F16
	}
	return d == dtypeOf[T]()
}
