package tensor

import (
	"sync/atomic"
	"unsafe"
)

// Device owns memory that isn't the host's. The CPU is the nil Device.
//
// Work on a device is ordered: what is uploaded, computed and downloaded happens in the order of the calls, but may
// happen later than the call; Sync waits.
type Device interface {
	Name() string
	// NewBuffer returns bytes of device memory, aligned to at least 64 bytes.
	NewBuffer(bytes int) *Buffer
	// Upload copies src to the buffer at the offset; src may be reused when it returns.
	Upload(dst *Buffer, offset int, src []byte)
	// Download waits for the work before it and copies from the buffer at the offset to dst.
	Download(dst []byte, src *Buffer, offset int)
	// Sync waits for all work.
	Sync()
}

// Buffer is a handle on memory. Host memory is a byte slice; a device's is whatever the device keeps in Handle.
type Buffer struct {
	Device Device // nil: host memory
	Handle any    // the device's own
	host   []byte
	size   int
}

// Align is the alignment in bytes of every buffer Ingot allocates: a cache line, and the widest vector.
const Align = 64

// Buffers of at least Staggered bytes start at different places of a Page, Stagger bytes from one to the next. A processor
// first looks at an address within a page to see whether a load must wait for a store before it: where arrays that are
// walked together start alike, every load seems to.
const (
	Staggered = 64 << 10
	Page      = 4096
	Stagger   = 5 * Align
)

// staggered counts the large buffers.
var staggered atomic.Uint32

// NewBuffer returns zeroed host memory, aligned to [Align]. The garbage collector doesn't scan it.
func NewBuffer(bytes int) *Buffer {
	skip := 0
	if bytes >= Staggered {
		skip = int(staggered.Add(1)%(Page/Align)) * Stagger % Page
	}
	raw := make([]byte, bytes+skip+Align)
	skip += int(-uintptr(unsafe.Pointer(unsafe.SliceData(raw[skip:]))) & (Align - 1))
	return HostBuffer(raw[skip : skip+bytes : skip+bytes])
}

// HostBuffer wraps host memory.
func HostBuffer(b []byte) *Buffer { return &Buffer{host: b, size: len(b)} }

// DeviceBuffer wraps a device's memory; devices call it.
func DeviceBuffer(d Device, handle any, bytes int) *Buffer {
	return &Buffer{Device: d, Handle: handle, size: bytes}
}

// Size returns the bytes of the buffer.
func (b *Buffer) Size() int { return b.size }

// Host returns the memory, or panics where the host can't slice it.
func (b *Buffer) Host() []byte {
	if b == nil {
		panic(Errorf("an empty tensor.Tensor was used: it has no memory"))
	}
	if b.Device != nil {
		panic(Errorf("the memory of device %s can't be sliced by the host; copy it with Step.Read", b.Device.Name()))
	}
	return b.host
}
