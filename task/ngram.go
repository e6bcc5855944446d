package task

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/data/token"
)

// Ngrams is what a language model must beat: guessing by how often tokens, and pairs of them, stood in the training text.
type Ngrams struct {
	Unigram float64 // nats a token, knowing nothing before it
	Bigram  float64 // nats a token, knowing the one before it
}

// CountNgrams counts in the training text and measures on another, with one added to each count so that nothing is impossible:
//
//	p(b) = (n(b) + 1)/(N + V), p(b | a) = (n(ab) + 1)/(n(a) + V)
func CountNgrams(train, test *token.Set) (*Ngrams, error) {
	if train.Len() < 2 || test.Len() < 2 || train.Vocab() != test.Vocab() {
		return nil, fmt.Errorf("task: texts of %d and %d tokens, of %d and %d kinds: two tokens each, of the same kinds, are wanted",
			train.Len(), test.Len(), train.Vocab(), test.Vocab())
	}
	v := float64(train.Vocab())
	single, first := make([]int, train.Vocab()), make([]int, train.Vocab())
	pairs := map[[2]int32]int{}
	err := eachToken(train, func(a, b int32, begins bool) {
		single[b]++
		if !begins {
			first[a]++
			pairs[[2]int32{a, b}]++
		}
	})
	if err != nil {
		return nil, err
	}
	var uni, bi float64
	err = eachToken(test, func(a, b int32, begins bool) {
		if !begins {
			uni -= math.Log((float64(single[b]) + 1) / (float64(train.Len()) + v))
			bi -= math.Log((float64(pairs[[2]int32{a, b}]) + 1) / (float64(first[a]) + v))
		}
	})
	n := float64(test.Len() - 1)
	return &Ngrams{uni / n, bi / n}, err
}

// eachToken calls f for each token b and the one before it; the first has none.
func eachToken(s *token.Set, f func(a, b int32, begins bool)) error {
	last := int32(-1)
	for at, n := 0, 0; at < s.Len(); at += n {
		n = min(evalTokens, s.Len()-at)
		ids := make([]int32, n)
		if err := s.Read(ids, at); err != nil {
			return err
		}
		for _, id := range ids {
			f(last, id, last < 0)
			last = id
		}
	}
	return nil
}
