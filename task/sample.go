package task

import (
	"fmt"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/rng"
)

// Sampling is how a next token is drawn from its logits. What is set applies in the order of the fields, as in Transformers'
// generate. The zero value takes the likeliest token always.
type Sampling struct {
	// Repetition makes tokens that the text has less likely: a positive logit is divided by it, a negative one multiplied; 0 or 1:
	// not. Source: Keskar et al. 2019, arXiv:1909.05858, section 4.1.
	Repetition  float64
	Temperature float64 // divides the logits; 0: the likeliest token, the first of them
	TopK        int     // of the so many likeliest only; 0: of all
	// TopP takes the likeliest tokens that have this probability together, and no more; 0 or 1: all.
	// Source: Holtzman et al. 2020, arXiv:1904.09751.
	TopP float64
	Seed uint64 // of the draws: that for a token is a function of Seed and its place in the text
}

// Check returns what is wrong with the settings.
func (s *Sampling) Check() error {
	switch {
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 0):
		return fmt.Errorf("task: a temperature of %g; at least 0 is wanted", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("task: top-k of %d; at least 0 is wanted", s.TopK)
	case !(s.TopP >= 0 && s.TopP <= 1):
		return fmt.Errorf("task: top-p of %g; 0 to 1 is wanted", s.TopP)
	case !(s.Repetition >= 0) || math.IsInf(s.Repetition, 0):
		return fmt.Errorf("task: a repetition penalty of %g; a positive number is wanted", s.Repetition)
	}
	return nil
}

// Draw draws the token that follows a text of ids, all of them below len(logits). It is an error where a logit is NaN
// or +Inf, or all are -Inf.
func Draw(logits []float32, text []int32, s Sampling) (int32, error) {
	if err := s.Check(); err != nil {
		return 0, err
	}
	d := sampler{Sampling: s, seen: make([]bool, len(logits))}
	for _, id := range text {
		d.seen[id] = true
	}
	return d.next(logits, len(text))
}

// sampleStream is the random stream of the draws: "sample" in ASCII.
const sampleStream = 0x73616d706c65

// sampler draws with settings that are checked.
type sampler struct {
	Sampling
	seen   []bool // by id: the text has it
	logits []float64
	ids    []int32 // those that may be drawn, the likeliest first where some may not
}

// next draws the token at a place of the text.
func (s *sampler) next(logits []float32, at int) (int32, error) {
	s.logits, s.ids = s.logits[:0], s.ids[:0]
	best := int32(0)
	for i, l := range logits {
		x := float64(l)
		if math.IsNaN(x) || math.IsInf(x, 1) {
			return 0, fmt.Errorf("task: the logit of token %d is %v", i, l)
		}
		if s.Repetition > 0 && s.seen[i] {
			if x > 0 {
				x /= s.Repetition
			} else {
				x *= s.Repetition
			}
		}
		s.logits = append(s.logits, x)
		if x > s.logits[best] {
			best = int32(i)
		}
	}
	if math.IsInf(s.logits[best], -1) {
		return 0, fmt.Errorf("task: the logits of all %d tokens are -Inf: none may be drawn", len(logits))
	}
	if s.Temperature == 0 {
		return best, nil
	}
	top := s.logits[best]
	for i, x := range s.logits {
		s.logits[i] = math.Exp((x - top) / s.Temperature)
	}
	s.choose()
	total := s.total(s.ids)
	draw := float64(rng.Stream{Seed: s.Seed, ID: sampleStream}.Uint64(uint64(at))>>11) / (1 << 53) * total
	for _, id := range s.ids {
		if draw -= s.logits[id]; draw < 0 {
			return id, nil
		}
	}
	return best, nil // the rounding of the sum left a rest
}

// total sums the weights of tokens, in order.
func (s *sampler) total(ids []int32) float64 {
	sum := 0.0
	for _, id := range ids {
		sum += s.logits[id]
	}
	return sum
}

// choose lists the tokens that may be drawn; logits are their weights by now.
func (s *sampler) choose() {
	for i := range s.logits {
		s.ids = append(s.ids, int32(i))
	}
	k := len(s.ids)
	if s.TopK > 0 {
		k = min(k, s.TopK)
	}
	if k == len(s.ids) && (s.TopP == 0 || s.TopP == 1) {
		return
	}
	slices.SortFunc(s.ids, func(a, b int32) int {
		switch x, y := s.logits[a], s.logits[b]; {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return int(a - b)
	})
	s.ids = s.ids[:k]
	if s.TopP == 0 || s.TopP == 1 {
		return
	}
	most, sum := s.TopP*s.total(s.ids), 0.0
	for i, id := range s.ids {
		if sum += s.logits[id]; sum >= most {
			s.ids = s.ids[:i+1]
			return
		}
	}
}
