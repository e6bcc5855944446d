package optim

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// LayerWise divides a model's parameters by depth, for rates that fall towards the input: a layer that holds more general
// features is changed less in fine-tuning. opt makes a depth's optimizer, whose rate is to be times
//
//	scale = decay^(deepest − depth)
//
// It may be [Groups] again, of a decaying and a not decaying part, say. depth tells a parameter's depth; nil: the first number in its
// path, plus one (h.3.attn.weight is at 4); what has no number is at 0 before the first that has, an embedding, and one below the
// deepest after it, a head.
// Source: Howard & Ruder 2018, arXiv:1801.06146, section 3.2; by decay^depth: Clark et al. 2020, arXiv:2003.10555, appendix B.
func LayerWise(ps grad.Params, decay float64, depth func(grad.Named) int, opt func(ps grad.Params, scale float64) Optimizer) (Groups, error) {
	if !(decay > 0 && decay <= 1) {
		return nil, tensor.Errorf("optim.LayerWise: decay is %g; more than 0 and at most 1 is wanted", decay)
	}
	at := depths(ps, depth)
	parts := map[int]grad.Params{}
	for i, p := range ps {
		parts[at[i]] = append(parts[at[i]], p)
	}
	var gs Groups
	order := slices.Sorted(maps.Keys(parts))
	for _, d := range order {
		scale := math.Pow(decay, float64(order[len(order)-1])-float64(d))
		gs = append(gs, Group{Params: parts[d], Opt: opt(parts[d], scale)})
	}
	return gs, nil
}

func depths(ps grad.Params, depth func(grad.Named) int) []int {
	at := make([]int, len(ps))
	deepest := 0
	for i, p := range ps {
		if depth != nil {
			at[i] = depth(p)
		} else if n, ok := firstNumber(p.Name); ok {
			at[i] = n + 1
			deepest = max(deepest, at[i])
		}
	}
	numbered := false
	for i, p := range ps {
		_, ok := firstNumber(p.Name)
		if numbered = numbered || ok; depth == nil && numbered && !ok {
			at[i] = deepest + 1
		}
	}
	return at
}

// firstNumber returns the first part of a path that is a number.
func firstNumber(path string) (int, bool) {
	for part := range strings.SplitSeq(path, ".") {
		if n, err := strconv.Atoi(part); err == nil && n >= 0 {
			return n, true
		}
	}
	return 0, false
}
