package grad

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ingot-ml/ingot/tensor"
)

// arena gives a step its memory and takes it all back at once. Slabs hold no Go pointers and are aligned to
// tensor.Align. A freed activation gradient may be reused within the step by exact size: nets repeat their shapes.
type arena struct {
	dev    tensor.Device
	beside *arena // whose bytes count towards max and high too
	max    int    // bytes, 0: no bound
	poison bool

	slabs []*tensor.Buffer
	slab  int // the one being filled
	off   int // bytes used of it
	used  int // bytes given out since the last reset
	high  int // the largest used ever, both arenas together
	free  []block
	all   []block // given out, poison mode only: their canaries are checked at reset
}

type block struct {
	slab, off, size int
}

// firstSlab is the smallest slab; canary guards the end of each block in poison mode.
const (
	firstSlab  = 1 << 16
	canary     = tensor.Align
	canaryByte = 0xA5
)

type mark struct{ slab, off, used int }

func (a *arena) mark() mark { return mark{a.slab, a.off, a.used} }

// alloc returns a tensor in the arena. Its contents are undefined: NaN in poison mode.
func (a *arena) alloc(d tensor.DType, shape []int) tensor.Tensor {
	b := a.block(tensor.CheckedNumel(shape) * d.Size())
	return tensor.Wrap(a.slabs[b.slab], b.off, d, shape...)
}

// allocReuse is alloc that first looks among released blocks.
func (a *arena) allocReuse(d tensor.DType, shape []int) tensor.Tensor {
	size := round(tensor.CheckedNumel(shape) * d.Size())
	for i := len(a.free) - 1; i >= 0; i-- {
		if b := a.free[i]; b.size == size {
			a.free = append(a.free[:i], a.free[i+1:]...)
			a.fill(b)
			return tensor.Wrap(a.slabs[b.slab], b.off, d, shape...)
		}
	}
	return a.alloc(d, shape)
}

// release gives a contiguous tensor's memory back for allocReuse.
func (a *arena) release(t tensor.Tensor) {
	buf, off := t.Buffer()
	for i, s := range a.slabs {
		if s == buf {
			a.free = append(a.free, block{i, off, round(t.Numel() * t.DType().Size())})
			return
		}
	}
}

// MemoryError tells that a step needs more memory than its tape may take. What was asked for last wasn't taken.
type MemoryError struct {
	Need int // bytes in use and asked for: the step needs at least so many
	Max  int // of Config
}

// Error says how much is needed and what bounds it.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("the step needs at least %d bytes; grad.Config.MaxBytes allows %d", e.Need, e.Max)
}

func round(bytes int) int {
	n := (bytes + tensor.Align - 1) &^ (tensor.Align - 1)
	if n >= tensor.Staggered && n%tensor.Page == 0 {
		n += tensor.Stagger // the block after it starts elsewhere in a page
	}
	return n
}

func (a *arena) block(bytes int) block {
	size := round(bytes)
	guarded := size
	if a.poison {
		guarded += canary
	}
	used := a.used + guarded
	if a.beside != nil {
		used += a.beside.used
	}
	if a.max > 0 && used > a.max {
		panic(tensor.Errorf("%w", &MemoryError{Need: used, Max: a.max}))
	}
	for a.slab < len(a.slabs) && a.off+guarded > a.slabs[a.slab].Size() {
		a.slab, a.off = a.slab+1, 0
	}
	if a.slab == len(a.slabs) {
		a.grow(guarded)
	}
	b := block{a.slab, a.off, size}
	a.off += guarded
	a.used += guarded
	a.high = max(a.high, used)
	if a.poison {
		a.all = append(a.all, b)
		a.guard(b)
	}
	a.fill(b)
	return b
}

// grow adds a slab: at least a quarter of all before it together, so that their number stays small, and so does what is too much.
func (a *arena) grow(bytes int) {
	total := 0
	for _, s := range a.slabs {
		total += s.Size()
	}
	size := max(firstSlab, total/4, bytes)
	if a.dev != nil {
		a.slabs = append(a.slabs, a.dev.NewBuffer(size))
	} else {
		a.slabs = append(a.slabs, tensor.NewBuffer(size))
	}
	a.off = 0
}

// fill writes NaN over a block in poison mode, so that a kernel that reads what it didn't write shows.
func (a *arena) fill(b block) {
	if !a.poison || a.dev != nil {
		return
	}
	mem := a.slabs[b.slab].Host()[b.off : b.off+b.size]
	for i := 0; i+4 <= len(mem); i += 4 {
		*(*uint32)(unsafe.Pointer(&mem[i])) = math.Float32bits(float32(math.NaN()))
	}
}

func (a *arena) guard(b block) {
	if a.dev != nil {
		return
	}
	mem := a.slabs[b.slab].Host()[b.off+b.size:][:canary]
	for i := range mem {
		mem[i] = canaryByte
	}
}

// overrun returns the size of the first block whose canary was overwritten, or −1.
func (a *arena) overrun() int {
	if a.dev != nil {
		return -1
	}
	for _, b := range a.all {
		for _, c := range a.slabs[b.slab].Host()[b.off+b.size:][:canary] {
			if c != canaryByte {
				return b.size
			}
		}
	}
	return -1
}

// reset takes everything back. The slabs stay as they are: one in place of them all would be beside them in memory until they are
// collected.
func (a *arena) reset() {
	a.slab, a.off, a.used = 0, 0, 0
	a.free, a.all = a.free[:0], a.all[:0]
}

// rewind takes back what was given out after the mark.
func (a *arena) rewind(m mark) {
	a.slab, a.off, a.used = m.slab, m.off, m.used
	a.free = a.free[:0]
	for len(a.all) > 0 && !before(a.all[len(a.all)-1], m) {
		a.all = a.all[:len(a.all)-1]
	}
}

func before(b block, m mark) bool { return b.slab < m.slab || b.slab == m.slab && b.off < m.off }
