package tensor

import "unsafe"

// Copy copies src to dst: same dtype and shape, any strides, host memory.
func Copy(dst, src Tensor) {
	if dst.dtype != src.dtype || !SameShape(&dst, &src) {
		panic(Errorf("copy of %s %v to %s %v", src.dtype, src.Shape(), dst.dtype, dst.Shape()))
	}
	if dst.Contiguous() && src.Contiguous() {
		copy(dst.Bytes(), src.Bytes())
		return
	}
	switch dst.dtype.Size() {
	case 1:
		copyStrided[uint8](dst, src)
	case 2:
		copyStrided[uint16](dst, src)
	case 4:
		copyStrided[uint32](dst, src)
	case 8:
		copyStrided[uint64](dst, src)
	}
}

func copyStrided[T any](dst, src Tensor) {
	if dst.Numel() == 0 {
		return
	}
	// Rank 0 has one element; give the loop a last axis to run along.
	if dst.rank == 0 {
		dst.rank, dst.shape[0], src.rank, src.shape[0] = 1, 1, 1, 1
	}
	d, s := base[T](dst), base[T](src)
	last := int(dst.rank) - 1
	var at [MaxRank]int
	for {
		do, so := 0, 0
		for i := range last {
			do += at[i] * dst.stride[i]
			so += at[i] * src.stride[i]
		}
		for i := range dst.shape[last] {
			d[do+i*dst.stride[last]] = s[so+i*src.stride[last]]
		}
		i := last - 1
		for ; i >= 0; i-- {
			if at[i]++; at[i] < dst.shape[i] {
				break
			}
			at[i] = 0
		}
		if i < 0 {
			return
		}
	}
}

// base sees the memory from the first element to the last as []T, by width alone.
func base[T any](t Tensor) []T {
	last := 1
	for i, d := range t.shape[:t.rank] {
		last += (d - 1) * t.stride[i]
	}
	b := t.buf.Host()[t.off:]
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), last)
}

// Clone returns a contiguous copy of a host tensor in memory of its own.
func (t Tensor) Clone() Tensor {
	r := New(t.dtype, t.shape[:t.rank]...)
	Copy(r, t)
	return r
}
