package tensor

import (
	"math"
	"slices"
	"unsafe"
)

// MaxRank is the largest number of dimensions.
const MaxRank = 8

// Tensor is a view of a buffer: element type, offset, shape and strides (both in elements). It is passed by value; two
// Tensors may see the same memory. The zero Tensor holds nothing.
type Tensor struct {
	buf    *Buffer
	off    int // bytes from the start of buf
	dtype  DType
	rank   int8
	shape  [MaxRank]int
	stride [MaxRank]int
}

// New returns a zeroed tensor in host memory of its own, aligned to [Align].
func New(d DType, shape ...int) Tensor {
	n := CheckedNumel(shape)
	return Wrap(NewBuffer(n*d.Size()), 0, d, shape...)
}

// From copies data into a new tensor of the shape (no shape: one dimension of len(data)).
func From[T Element](data []T, shape ...int) Tensor {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	if n := CheckedNumel(shape); n != len(data) {
		panic(Errorf("%d elements don't fill shape %v, which has %d", len(data), shape, n))
	}
	t := New(dtypeOf[T](), shape...)
	copy(Of[T](t), data)
	return t
}

// FromBytes returns a tensor that sees b, without copying. b must be as long as the shape asks and aligned for the
// dtype; it is read as little-endian.
func FromBytes(d DType, shape []int, b []byte) (Tensor, error) {
	if len(shape) > MaxRank {
		return Tensor{}, Errorf("shape %v has %d dimensions; at most %d are supported", shape, len(shape), MaxRank)
	}
	n, ok := numel(shape, d.Size())
	if !ok || n*d.Size() != len(b) {
		return Tensor{}, Errorf("%d bytes don't fill a %s tensor of shape %v", len(b), d, shape)
	}
	if len(b) > 0 && uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(d.Size()) != 0 {
		return Tensor{}, Errorf("memory for a %s tensor isn't aligned to %d bytes", d, d.Size())
	}
	return Wrap(HostBuffer(b), 0, d, shape...), nil
}

// Wrap returns a contiguous tensor that sees the buffer from the byte offset on.
func Wrap(buf *Buffer, offset int, d DType, shape ...int) Tensor {
	if len(shape) > MaxRank {
		panic(Errorf("shape %v has %d dimensions; at most %d are supported", slices.Clone(shape), len(shape), MaxRank))
	}
	t := Tensor{buf: buf, off: offset, dtype: d, rank: int8(len(shape))}
	copy(t.shape[:], shape)
	t.setContiguous()
	return t
}

func (t *Tensor) setContiguous() {
	n := 1
	for i := int(t.rank) - 1; i >= 0; i-- {
		t.stride[i] = n
		n *= t.shape[i]
	}
}

// Shapes are cloned into errors so that the caller's stay off the heap.

// CheckedNumel returns the product of the dimensions; it panics on a negative one or where the bytes of the widest
// element would overflow.
func CheckedNumel(shape []int) int {
	n, ok := numel(shape, 8)
	if !ok {
		panic(Errorf("shape %v has a negative dimension or too many elements", slices.Clone(shape)))
	}
	return n
}

func numel(shape []int, size int) (int, bool) {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return 0, false
		}
		if d != 0 && n > math.MaxInt/size/d {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// Valid reports whether the tensor sees memory: the zero Tensor doesn't.
func (t Tensor) Valid() bool { return t.buf != nil }

// DType returns the element type.
func (t Tensor) DType() DType { return t.dtype }

// Rank returns the number of dimensions.
func (t Tensor) Rank() int { return int(t.rank) }

// Shape returns a copy of the dimensions.
func (t Tensor) Shape() []int { return append([]int(nil), t.shape[:t.rank]...) }

// Dims returns the dimensions without allocating; those past the rank are zero.
func (t *Tensor) Dims() []int { return t.shape[:t.rank] }

// Strides returns the strides in elements without allocating.
func (t *Tensor) Strides() []int { return t.stride[:t.rank] }

// Dim returns dimension i; negative i counts from the end.
func (t Tensor) Dim(i int) int { return t.shape[t.Axis(i)] }

// Axis resolves a possibly negative axis, or panics.
func (t Tensor) Axis(i int) int {
	a := i
	if a < 0 {
		a += int(t.rank)
	}
	if a < 0 || a >= int(t.rank) {
		panic(Errorf("axis %d is outside a tensor of shape %v", i, t.Shape()))
	}
	return a
}

// Numel returns the number of elements.
func (t Tensor) Numel() int {
	n := 1
	for _, d := range t.shape[:t.rank] {
		n *= d
	}
	return n
}

// Buffer returns the memory and the byte offset of the first element.
func (t Tensor) Buffer() (*Buffer, int) { return t.buf, t.off }

// Device returns where the memory is; nil is the host.
func (t Tensor) Device() Device {
	if t.buf == nil {
		return nil
	}
	return t.buf.Device
}

// Contiguous reports whether the elements lie in row-major order without gaps.
func (t *Tensor) Contiguous() bool {
	n := 1
	for i := int(t.rank) - 1; i >= 0; i-- {
		if t.shape[i] != 1 && t.stride[i] != n {
			return t.Numel() == 0
		}
		n *= t.shape[i]
	}
	return true
}

// Bytes returns the memory of a contiguous host tensor.
func (t Tensor) Bytes() []byte {
	if !t.Contiguous() {
		panic(Errorf("a strided %s tensor of shape %v has no contiguous bytes; copy it first", t.dtype, t.Shape()))
	}
	n := t.Numel() * t.dtype.Size()
	return t.buf.Host()[t.off : t.off+n : t.off+n]
}

// Of returns the elements of a contiguous host tensor, without copying; uint16 sees f16 and bf16 bits.
func Of[T Element](t Tensor) []T {
	if !holds[T](t.dtype) {
		panic(Errorf("a %s tensor can't be seen as []%T", t.dtype, *new(T)))
	}
	return view[T](t, t.Bytes())
}

// Raw returns the memory of a host tensor from its first element to its last, whatever its strides: the slice that
// a strided kernel indexes. It is empty where the tensor is.
func Raw[T Element](t Tensor) []T {
	if !holds[T](t.dtype) {
		panic(Errorf("a %s tensor can't be seen as []%T", t.dtype, *new(T)))
	}
	last := 1
	for i, d := range t.shape[:t.rank] {
		if d == 0 {
			return nil
		}
		last += (d - 1) * t.stride[i]
	}
	return view[T](t, t.buf.Host()[t.off:t.off+last*t.dtype.Size()])
}

func view[T Element](t Tensor, b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/t.dtype.Size())
}
