package op

import (
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Einsum multiplies values and adds up along the axes that the result lacks, as the text says: a letter for each axis of each
// value, and after the arrow the result's. Without an arrow the result has the letters that come once, in the alphabet's order.
//
//	Einsum("bij,bjk->bik", x, y) = MatMul(x, y)
//	Einsum("ij->ji", x) = Transpose(x)
//
// Values are joined from left to right, each time by one matrix product; it is made of MatMul, Permute, Reshape and Sum, and
// has their gradients. A letter has one size wherever it stands; letters that come twice in one value, and an ellipsis, are
// refused.
//
// Shapes: as the letters say. Saved: the values, in the order that the products want.
func Einsum(text string, xs ...grad.Value) grad.Value {
	e := parseEinsum(text, xs)
	y := term{xs[0], e.terms[0]}
	for i := 1; i < len(xs); i++ {
		after := e.result + strings.Join(e.terms[i+1:], "")
		y = e.join(y, term{xs[i], e.terms[i]}, after)
	}
	return e.arrange(e.sumBut(y, e.result), e.result)
}

// einsum is a text taken apart.
type einsum struct {
	terms  []string // the values' letters
	result string
	size   [128]int // of each letter
}

// term is a value and its axes' letters.
type term struct {
	x       grad.Value
	letters string
}

func parseEinsum(text string, xs []grad.Value) *einsum {
	fail := func(format string, args ...any) {
		panic(tensor.Errorf("op.Einsum %q: "+format, append([]any{text}, args...)...))
	}
	e := &einsum{}
	left, result, arrow := strings.Cut(strings.ReplaceAll(text, " ", ""), "->")
	e.terms, e.result = strings.Split(left, ","), result
	if len(xs) == 0 || len(xs) != len(e.terms) {
		fail("it names %d values, %d are given", len(e.terms), len(xs))
	}
	for i, t := range e.terms {
		shape := xs[i].Shape()
		if len(t) != len(shape) {
			fail("value %d has shape %v; %q has %d letters", i, shape, t, len(t))
		}
		for k, c := range []byte(t) {
			switch {
			case c == '.':
				fail("an ellipsis isn't supported; name the axes")
			case !isLetter(c):
				fail("%q in %q isn't a letter", c, t)
			case strings.IndexByte(t, c) < k:
				fail("%q comes twice in %q; a diagonal isn't supported", c, t)
			case !e.knows(c, i):
				e.size[c] = shape[k]
			case e.size[c] != shape[k]:
				fail("%q is %d in value %d and %d before", c, shape[k], i, e.size[c])
			}
		}
	}
	if !arrow {
		e.result = onceOf(left)
	}
	for k, c := range []byte(e.result) {
		switch {
		case !isLetter(c):
			fail("%q in the result isn't a letter", c)
		case strings.IndexByte(e.result, c) < k:
			fail("%q comes twice in the result", c)
		case !e.knows(c, len(e.terms)):
			fail("%q of the result is in no value", c)
		}
	}
	return e
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// knows says whether one of the first n terms has the letter.
func (e *einsum) knows(c byte, n int) bool {
	return slices.ContainsFunc(e.terms[:n], func(t string) bool { return strings.IndexByte(t, c) >= 0 })
}

// onceOf returns the letters that come once, in order.
func onceOf(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return strings.Map(func(r rune) rune {
		if r == ',' || strings.Count(s, string(r)) > 1 {
			return -1
		}
		return r
	}, string(b))
}

// only returns the letters of s that are in all of in and in none of out.
func only(s string, in, out []string) string {
	return strings.Map(func(r rune) rune {
		has := func(t string) bool { return strings.ContainsRune(t, r) }
		lacks := func(t string) bool { return !has(t) }
		if slices.ContainsFunc(in, lacks) || slices.ContainsFunc(out, has) {
			return -1
		}
		return r
	}, s)
}

// sumBut adds up the axes of t that aren't among the letters to keep.
func (e *einsum) sumBut(t term, keep string) term {
	var axes []int
	for i, c := range t.letters {
		if !strings.ContainsRune(keep, c) {
			axes = append(axes, i)
		}
	}
	if len(axes) == 0 {
		return t
	}
	return term{Sum(t.x, axes...), only(t.letters, []string{keep}, nil)}
}

// arrange gives t's axes the order of the letters.
func (e *einsum) arrange(t term, letters string) grad.Value {
	if t.letters == letters {
		return t.x
	}
	axes := make([]int, len(letters))
	for i := range letters {
		axes[i] = strings.IndexByte(t.letters, letters[i])
	}
	return Permute(t.x, axes...)
}

// join multiplies two terms and adds up along the letters that neither the result nor a later term has.
func (e *einsum) join(a, b term, after string) term {
	a, b = e.sumBut(a, b.letters+after), e.sumBut(b, a.letters+after)
	batch := only(a.letters, []string{b.letters, after}, nil)
	inner := only(a.letters, []string{b.letters}, []string{after})
	rows := only(a.letters, nil, []string{b.letters})
	cols := only(b.letters, nil, []string{a.letters})
	letters := batch + rows + cols
	if len(letters) > tensor.MaxRank {
		panic(tensor.Errorf("op.Einsum: a product with axes %s has more than %d dimensions", letters, tensor.MaxRank))
	}
	if inner == "" { // nothing to add up: an outer product
		x, y := e.matrix(a, batch, rows, "", false), e.matrix(b, batch, "", cols, false)
		return term{Reshape(Mul(x, y), e.sizes(letters)...), letters}
	}
	// Either order of a matrix will do: the one that the axes have already needs no copy.
	t := matmulAttrs{TransA: a.letters == batch+inner+rows, TransB: b.letters == batch+cols+inner}
	x := e.matrix(a, batch, rows, inner, t.TransA)
	y := e.matrix(b, batch, inner, cols, t.TransB)
	return term{Reshape(matmul.Apply(t, x, y), e.sizes(letters)...), letters}
}

// matrix brings t to [batch rows cols], or with trans to [batch cols rows].
func (e *einsum) matrix(t term, batch, rows, cols string, trans bool) grad.Value {
	if trans {
		rows, cols = cols, rows
	}
	return Reshape(e.arrange(t, batch+rows+cols), e.total(batch), e.total(rows), e.total(cols))
}

func (e *einsum) sizes(letters string) []int {
	s := make([]int, len(letters))
	for i := range letters {
		s[i] = e.size[letters[i]]
	}
	return s
}

func (e *einsum) total(letters string) int {
	n := 1
	for _, d := range e.sizes(letters) {
		n *= d
	}
	return n
}
