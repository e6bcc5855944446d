package cells

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// seed is of the hashes; where they fall shows nowhere.
var (
	seed    = maphash.MakeSeed()
	secrets = [2]uint64{maphash.Bytes(seed, []byte("a")), maphash.Bytes(seed, []byte("b"))}
)

// hash hashes a text. Short ones, which most are, take one product of their two halves, which may overlap; the secrets keep
// a file from being made to collide.
func hash(b []byte) uint64 {
	var x, y uint64
	switch n := len(b); {
	case n > 16:
		return maphash.Bytes(seed, b)
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		x = uint64(b[0]) | uint64(b[n/2])<<8 | uint64(b[n-1])<<16
	}
	hi, lo := bits.Mul64(x^secrets[0], y^secrets[1]^uint64(len(b))<<56)
	return hi ^ lo
}

// dict holds different texts in the order in which they came. In a column of texts that hardly repeat it stops looking for
// them: loose.
type dict struct {
	arena []byte   // the texts, one after the other
	ends  []uint32 // of entries in the arena
	slots []slot   // by hash; a power of two
	seen  int      // texts that were looked up
	loose bool
}

// slot is a place of the table.
type slot struct {
	entry int32  // + 1; 0: free
	mark  uint32 // the upper half of the hash
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
	h := hash(b)
	mask, mark := len(d.slots)-1, uint32(h>>32)
	i := int(h) & mask
	for ; d.slots[i].entry != 0; i = (i + 1) & mask {
		if d.slots[i].mark == mark {
			if e := d.slots[i].entry - 1; bytes.Equal(d.at(int(e)), b) {
				d.seen++
				return e
			}
		}
	}
	e := d.append(b)
	d.slots[i] = slot{e + 1, mark}
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
	d.slots = make([]slot, n)
	for e := range d.ends {
		h := hash(d.at(e))
		i := int(h) & (n - 1)
		for d.slots[i].entry != 0 {
			i = (i + 1) & (n - 1)
		}
		d.slots[i] = slot{int32(e + 1), uint32(h >> 32)}
	}
}
