package tensor

import (
	"math"
	"testing"
	"unsafe"
)

// TestNewBufferStaggers checks that large buffers are aligned and start at different places of a page, also where the count of
// them comes to its end.
func TestNewBufferStaggers(t *testing.T) {
	defer staggered.Store(staggered.Load())
	for _, from := range []uint32{0, math.MaxInt32 / Stagger, math.MaxUint32 - 3} {
		staggered.Store(from)
		places := map[uintptr]bool{}
		for range 6 {
			b := NewBuffer(Staggered)
			at := uintptr(unsafe.Pointer(unsafe.SliceData(b.Host())))
			if at%Align != 0 || len(b.Host()) != Staggered {
				t.Fatalf("after %d buffers: one at %#x of %d bytes", from, at, len(b.Host()))
			}
			places[at%Page] = true
		}
		if len(places) < 5 {
			t.Errorf("after %d buffers: 6 start at %d places of a page", from, len(places))
		}
	}
}
