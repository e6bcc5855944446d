package tensor_test

import (
	"errors"
	"math"
	"math/bits"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/tensor"
)

// A dimension of one element may have any stride: it says nothing of its neighbours.
func TestReshapeAcrossADimensionOfOne(t *testing.T) {
	x := tensor.New(tensor.F32, 2, 5, 3)
	for i := range tensor.Of[float32](x) {
		tensor.Of[float32](x)[i] = float32(i)
	}
	want := []float32{0, 1, 2, 15, 16, 17}
	v := x.Slice(1, 0, 1, 1)
	for name, v := range map[string]tensor.Tensor{
		"step 1": v, "step 5": x.Slice(1, 0, 5, 5), "step huge": x.Slice(1, 0, 5, math.MaxInt),
		"permuted twice": v.Permute(1, 0, 2).Permute(1, 0, 2),
	} {
		for _, shape := range [][]int{{6}, {2, 3}, {3, 2}, {1, 6, 1}, {2, 1, 1, 3}} {
			r, ok := v.Reshape(shape...)
			if !ok {
				continue
			}
			if got := tensor.Of[float32](r.Clone()); !slices.Equal(got, want) {
				t.Errorf("%s as %v: %v, want %v", name, shape, got, want)
			}
		}
		if _, ok := v.Reshape(2, 1, 1, 3); !ok {
			t.Errorf("%s: dimensions of one element were not moved without a copy", name)
		}
	}
}

func TestMisuseIsTyped(t *testing.T) {
	x := tensor.New(tensor.F32, 2, 3)
	for name, fn := range map[string]func(){
		"reshape overflows":     func() { tensor.New(tensor.F32, 0).Reshape(1<<(bits.UintSize/2), 1<<(bits.UintSize/2)) },
		"reshape wrong":         func() { x.Reshape(4) },
		"reshape negative":      func() { x.Reshape(-1, -1) },
		"reshape indivisible":   func() { x.Reshape(-1, 4) },
		"reshape rank":          func() { x.Reshape(1, 1, 1, 1, 1, 1, 1, 2, 3) },
		"expand negative":       func() { x.Expand(-2, 2, 3) },
		"expand wrong":          func() { x.Expand(2, 4) },
		"permute twice":         func() { x.Permute(0, 0) },
		"permute outside":       func() { x.Permute(0, 5) },
		"slice outside":         func() { x.Slice(0, 0, 3, 1) },
		"slice step":            func() { x.Slice(0, 0, 2, 0) },
		"negative size":         func() { tensor.New(tensor.F32, -1) },
		"size overflows":        func() { tensor.New(tensor.F32, 1<<(bits.UintSize-24), 1<<(bits.UintSize-24)) },
		"elements don't fit":    func() { tensor.From([]float32{1}, 2) },
		"other type":            func() { tensor.Of[int32](x) },
		"strided as contiguous": func() { tensor.Of[float32](x.Permute(1, 0)) },
		"copy of other shape":   func() { tensor.Copy(x, x.Permute(1, 0)) },
		"bits of two types":     func() { tensor.From([]uint16{1}) },
		"the zero Tensor":       func() { tensor.Of[float32](tensor.Tensor{}) },
		"the zero Tensor, raw":  func() { tensor.Raw[float32](tensor.Tensor{}) },
	} {
		t.Run(name, func(t *testing.T) {
			err := func() (err error) {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("panic %v goes through", r)
					}
				}()
				defer tensor.Recover(&err)
				fn()
				return nil
			}()
			if e := (*tensor.Error)(nil); !errors.As(err, &e) {
				t.Errorf("error %v, want a *tensor.Error", err)
			}
		})
	}
}

func TestFromBytesRefuses(t *testing.T) {
	b := tensor.New(tensor.U8, 16).Bytes()
	for _, c := range []struct {
		shape []int
		b     []byte
	}{{[]int{3}, b}, {[]int{-4}, b}, {[]int{1 << (bits.UintSize - 2)}, b}, {[]int{1, 1, 1, 1, 1, 1, 1, 1, 4}, b}, {[]int{3}, b[1:13]}} {
		if _, err := tensor.FromBytes(tensor.F32, c.shape, c.b); err == nil {
			t.Errorf("shape %v in %d bytes: no error", c.shape, len(c.b))
		}
	}
}
