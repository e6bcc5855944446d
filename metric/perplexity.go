package metric

import (
	"fmt"
	"math"
)

// Perplexity is the exponential of a language model's mean loss a token: of how many equally likely tokens it would be as unsure.
// 1 is perfect; a vocabulary of V, all equally likely, gives V.
//
//	exp(Σ loss·tokens / Σ tokens)
//
// A batch's loss is rounded before it comes here: unlike the other metrics' values this one depends, in its last digits, on how rows
// are batched.
// Source: Jelinek, Mercer, Bahl & Baker 1977, "Perplexity – a measure of the difficulty of speech recognition tasks", JASA 62 S1.
type Perplexity struct {
	Tokens int
	sum    sum
}

// Add takes a batch's mean cross-entropy in nats and how many tokens it is of.
func (p *Perplexity) Add(loss float64, tokens int) error {
	if tokens < 0 || tokens > 0 && (!(loss >= 0) || math.IsInf(loss, 1)) {
		return fmt.Errorf("metric: Perplexity: a loss of %g over %d tokens; a finite one of at least 0 wanted", loss, tokens)
	}
	if tokens > 0 {
		p.sum.add(loss * float64(tokens))
		p.Tokens += tokens
	}
	return nil
}

// Merge adds what o has seen.
func (p *Perplexity) Merge(o *Perplexity) {
	p.sum.merge(&o.sum)
	p.Tokens += o.Tokens
}

// Loss returns the mean loss a token, in nats.
func (p *Perplexity) Loss() float64 {
	m := mean{p.Tokens, p.sum}
	return m.value()
}

// Value returns the exponential.
func (p *Perplexity) Value() float64 { return math.Exp(p.Loss()) }
