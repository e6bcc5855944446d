package op_test

import (
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/op/optest"
)

// einsumOf goes through every choice of the letters' values.
func einsumOf(text string, in []optest.Array) optest.Array {
	left, result, _ := strings.Cut(text, "->")
	terms := strings.Split(left, ",")
	var letters string
	var sizes []int
	for i, t := range terms {
		for k, c := range t {
			if !strings.ContainsRune(letters, c) {
				letters, sizes = letters+string(c), append(sizes, in[i].Shape[k])
			}
		}
	}
	pick := func(term string, from []int) []int {
		r := make([]int, len(term))
		for i := range term {
			r[i] = from[strings.IndexByte(letters, term[i])]
		}
		return r
	}
	y := optest.NewArray(pick(result, sizes)...)
	optest.NewArray(sizes...).Each(func(at []int, _ int) {
		p := 1.0
		for i, t := range terms {
			p *= in[i].Data[in[i].Index(pick(t, at)...)]
		}
		y.Data[y.Index(pick(result, at)...)] += p
	})
	return y
}

func TestEinsum(t *testing.T) {
	for i, c := range []struct {
		text string
		in   [][]int
	}{
		{"ij,jk->ik", [][]int{{3, 4}, {4, 5}}},
		{"ji,kj->ik", [][]int{{4, 3}, {5, 4}}},
		{"bij,bjk->bik", [][]int{{2, 3, 4}, {2, 4, 5}}},
		{"bqhd,bkhd->bhqk", [][]int{{2, 3, 2, 4}, {2, 5, 2, 4}}},
		{"bhqk,bkhd->bqhd", [][]int{{2, 2, 3, 5}, {2, 5, 2, 4}}},
		{"i,j->ij", [][]int{{3}, {4}}},
		{"ij,ij->ij", [][]int{{3, 4}, {3, 4}}},
		{"ij,ij->", [][]int{{3, 4}, {3, 4}}},
		{"ij->ji", [][]int{{3, 4}}},
		{"ijk->j", [][]int{{2, 3, 4}}},
		{"ij,k->j", [][]int{{2, 3}, {4}}},
		{"ai,bij,cj->abc", [][]int{{2, 3}, {4, 3, 5}, {2, 5}}},
		{"ij,jk->ik", [][]int{{3, 0}, {0, 5}}},
		{"ij,jk->ik", [][]int{{0, 4}, {4, 5}}},
	} {
		in := make([]optest.Input, len(c.in))
		for k, shape := range c.in {
			in[k] = optest.F32(shape...)
		}
		k := optest.Case{
			Name: "none", VJP: true, Tol: 4e-6, GradTol: 4e-6, Inputs: [][]optest.Input{in},
			Op:  func(in ...grad.Value) grad.Value { return op.Einsum(c.text, in...) },
			Ref: func(in ...optest.Array) optest.Array { return einsumOf(c.text, in) },
		}
		if i == 0 {
			k.Name = "einsum"
			k.Golden = func(a optest.Attrs, in ...grad.Value) grad.Value { return op.Einsum(a.String("equation"), in...) }
		}
		t.Run(c.text, func(t *testing.T) { optest.Run(t, k) })
	}
}

func TestEinsumRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		in   [][]int
		says string
	}{
		{"ij,jk->ik", [][]int{{3, 4}}, "it names 2 values, 1 are given"},
		{"ij->ji", [][]int{{3, 4, 5}}, `value 0 has shape [3 4 5]; "ij" has 2 letters`},
		{"ij,jk->ik", [][]int{{3, 4}, {5, 6}}, "'j' is 5 in value 1 and 4 before"},
		{"...i->i", [][]int{{1, 2, 3, 4}}, "an ellipsis isn't supported"},
		{"i1->i", [][]int{{3, 4}}, `'1' in "i1" isn't a letter`},
		{"ii->i", [][]int{{3, 3}}, "a diagonal isn't supported"},
		{"ij->ik", [][]int{{3, 3}}, "'k' of the result is in no value"},
		{"ij->ii", [][]int{{3, 3}}, "'i' comes twice in the result"},
		{"ij->i->j", [][]int{{3, 3}}, "'-' in the result isn't a letter"},
		{"abcde,fghij->abcdefghij", [][]int{{1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}}, "more than 8 dimensions"},
	} {
		refused(t, c.says, func(s *grad.Step) {
			in := make([]grad.Value, len(c.in))
			for i, shape := range c.in {
				in[i] = zeros(s, shape...)
			}
			op.Einsum(c.text, in...)
		})
	}
	refused(t, "it names 1 values, 0 are given", func(*grad.Step) { op.Einsum("i->i") })
}
