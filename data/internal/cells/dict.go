package cells

import (
	"bytes"
	"hash/maphash"
)

// seed is of the hashes; where they fall shows nowhere.
var seed = maphash.MakeSeed()

// dict holds different texts in the order in which they came. In a column of texts that hardly repeat it stops looking for
// them: loose.
type dict struct {
	arena []byte   // the texts, one after the other
	ends  []uint32 // of entries in the arena
	slots []int32  // entry + 1 by hash, 0: free; a power of two
	marks []uint32 // the upper half of the slots' hashes
	seen  int      // texts that were looked up
	loose bool
}

// A dictionary looks after so many texts whether they repeat; where more than 7 in 8 are new it becomes loose.
const probation = 1024

func (d *dict) reset() {
	d.arena, d.ends, d.seen = d.arena[:0], d.ends[:0], 0
	clear(d.slots)
}

func (d *dict) len() int { return len(d.ends) }

// at returns entry i.
func (d *dict) at(i int) []byte {
	start := uint32(0)
	if i > 0 {
		start = d.ends[i-1]
	}
	return d.arena[start:d.ends[i]]
}

// code returns the entry of a text.
func (d *dict) code(b []byte) int32 {
	if d.loose {
		return d.append(b)
	}
	if len(d.ends)*2 >= len(d.slots) {
		d.grow()
	}
	h := maphash.Bytes(seed, b)
	mask, mark := len(d.slots)-1, uint32(h>>32)
	i := int(h) & mask
	for ; d.slots[i] != 0; i = (i + 1) & mask {
		if d.marks[i] == mark {
			if e := d.slots[i] - 1; bytes.Equal(d.at(int(e)), b) {
				d.seen++
				return e
			}
		}
	}
	e := d.append(b)
	d.slots[i], d.marks[i] = e+1, mark
	if d.seen++; d.seen >= probation && len(d.ends) > d.seen/8*7 {
		d.loose = true
	}
	return e
}

func (d *dict) append(b []byte) int32 {
	d.arena = append(d.arena, b...)
	d.ends = append(d.ends, uint32(len(d.arena)))
	return int32(len(d.ends) - 1)
}

// grow doubles the slots.
func (d *dict) grow() {
	n := max(64, 2*len(d.slots))
	d.slots, d.marks = make([]int32, n), make([]uint32, n)
	for e := range d.ends {
		h := maphash.Bytes(seed, d.at(e))
		i := int(h) & (n - 1)
		for d.slots[i] != 0 {
			i = (i + 1) & (n - 1)
		}
		d.slots[i], d.marks[i] = int32(e+1), uint32(h>>32)
	}
}
