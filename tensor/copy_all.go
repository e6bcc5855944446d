package tensor

import "github.com/ingot-ml/ingot/internal/parallel"

// copyPiece is how many bytes are copied by one core at a time.
const copyPiece = 1 << 20

// CopyAll copies src[i] to dst[i] for each i, as [Copy] does, on all cores: fresh memory, whose pages the system has yet to
// give, takes a core much longer than memory that was used.
func CopyAll(dst, src []Tensor) {
	var c copying
	for i, d := range dst {
		s := src[i]
		if !d.Contiguous() || !s.Contiguous() || d.dtype != s.dtype || !SameShape(&d, &s) {
			Copy(d, s)
			continue
		}
		for to, from := d.Bytes(), s.Bytes(); len(to) > 0; {
			n := min(len(to), copyPiece)
			c = append(c, pair{to[:n], from[:n]})
			to, from = to[n:], from[n:]
		}
	}
	parallel.For(len(c), c)
}

// copying is pieces of memory to be copied.
type copying []pair

type pair struct{ to, from []byte }

// Run copies piece i.
func (c copying) Run(i int) { copy(c[i].to, c[i].from) }
