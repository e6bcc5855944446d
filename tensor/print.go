package tensor

import (
	"fmt"
	"math"
	"strings"
)

// edge is how many elements of a long dimension are printed at either end.
const edge = 3

// String prints dtype, shape and the elements; long dimensions are cut in the middle.
func (t Tensor) String() string {
	if !t.Valid() {
		return "tensor(none)"
	}
	head := fmt.Sprintf("%s%v", t.dtype, t.Shape())
	if d := t.Device(); d != nil {
		return head + " on " + d.Name()
	}
	var b strings.Builder
	b.WriteString(head + " ")
	t.print(&b, 0)
	return b.String()
}

func (t Tensor) print(b *strings.Builder, axis int) {
	if axis == int(t.rank) {
		b.WriteString(t.element())
		return
	}
	b.WriteByte('[')
	n := t.shape[axis]
	for i := 0; i < n; i++ {
		if n > 2*edge && i == edge {
			b.WriteString(" …")
			i = n - edge
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		s := t
		s.off += i * t.stride[axis] * t.dtype.Size()
		s.print(b, axis+1)
	}
	b.WriteByte(']')
}

// element prints the first element.
func (t Tensor) element() string {
	t.rank = 0
	switch t.dtype {
	case F32:
		return fmt.Sprintf("%.6g", Of[float32](t)[0])
	case F64:
		return fmt.Sprintf("%.6g", Of[float64](t)[0])
	case BF16:
		return fmt.Sprintf("%.4g", math.Float32frombits(uint32(Of[uint16](t)[0])<<16))
	case F16:
		return fmt.Sprintf("%.4g", halfToFloat(Of[uint16](t)[0]))
	case I32:
		return fmt.Sprint(Of[int32](t)[0])
	case I64:
		return fmt.Sprint(Of[int64](t)[0])
	case U8:
		return fmt.Sprint(Of[uint8](t)[0])
	default:
		return fmt.Sprint(Of[bool](t)[0])
	}
}

// halfToFloat widens IEEE 754 binary16.
func halfToFloat(h uint16) float64 {
	sign, exp, frac := 1.0, int(h>>10&31), float64(h&1023)
	if h>>15 == 1 {
		sign = -1
	}
	switch {
	case exp == 31 && frac == 0:
		return math.Inf(int(sign))
	case exp == 31:
		return math.NaN()
	case exp == 0:
		return sign * math.Ldexp(frac, -24)
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}
