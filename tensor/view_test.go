package tensor_test

import (
	"testing"

	"github.com/ingot-ml/ingot/tensor"
)

// A slice that starts past the memory of an empty tensor must still have its zero bytes.
func TestSliceOfEmpty(t *testing.T) {
	x := tensor.New(tensor.F32, 0, 5).Slice(1, 2, 5, 2)
	if n := len(x.Bytes()); n != 0 {
		t.Errorf("%d bytes in %v", n, x)
	}
	if got := x.Shape(); got[0] != 0 || got[1] != 2 {
		t.Errorf("shape %v, want [0 2]", got)
	}
}
