package task

import (
	"context"
	"errors"
	"fmt"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/tensor"
)

// Generator goes on with texts. It belongs to one goroutine, and the model's weights may not change while it is used.
//
// A token is computed from the keys and values of those before it, which are kept, and has the bits of computing all anew. The
// model sees the last tokens that fit its context: of a longer prompt those, and where the context is full, the older half of it
// is let go and the younger half computed anew at the first positions.
type Generator struct {
	Model     *model.GPT
	Tokenizer token.Tokenizer // of at most as many ids as the model has

	tape   *grad.Tape
	cache  model.GPTCache
	ids    tensor.Tensor // [1 context]
	logits tensor.Tensor // [1 V]
	input  tensor.Tensor // the part of ids in work
	at     int           // its position
	sample sampler
}

// Limits is where a text ends.
type Limits struct {
	Tokens int      // after so many; required
	Stop   []string // before any of these words, which may be a part of one, or of several
}

// Continuation is what came of a prompt.
type Continuation struct {
	Text    string // after the prompt
	Prompt  int    // tokens of the prompt
	Tokens  int    // tokens drawn
	Stopped string // "tokens", "stop" (a stop word) or "end" (the tokenizer's <|endoftext|>)
}

// Generate goes on with the prompt. emit, which may be nil, gets the text as it comes, in whole characters; what may be the
// beginning of a stop word is held back. What came is valid beside an error, which is emit's, ctx's, or says what in the prompt
// isn't known: a *token.TextError.
func (g *Generator) Generate(ctx context.Context, prompt string, s Sampling, end Limits, emit func(text string) error) (*Continuation, error) {
	if err := g.begin(s, &end); err != nil {
		return nil, err
	}
	ids, err := g.Tokenizer.Encode(prompt)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("an empty prompt: there is nothing to go on with")
	}
	for _, id := range ids {
		g.sample.seen[id] = true
	}
	if emit == nil {
		emit = func(string) error { return nil }
	}
	c := &Continuation{Prompt: len(ids), Stopped: "tokens"}
	out := writer{stop: end.Stop, emit: emit, stream: token.Stream{Tokenizer: g.Tokenizer}}
	last, hasEnd := endOfText(g.Tokenizer)
	window := window{context: g.Model.Config.Context}
	for c.Tokens < end.Tokens && err == nil && !out.stopped {
		var id int32
		if err = ctx.Err(); err != nil {
			break
		}
		if id, err = g.next(ids, &window); err != nil {
			break
		}
		if hasEnd && id == last {
			c.Stopped = "end"
			break
		}
		ids = append(ids, id)
		g.sample.seen[id] = true
		c.Tokens++
		err = out.token(id)
	}
	if err == nil || ctx.Err() != nil {
		err = errors.Join(err, out.flush())
	}
	if c.Text = out.text.String(); out.stopped {
		c.Stopped = "stop"
	}
	return c, err
}

// begin checks what is given and makes what is needed once.
func (g *Generator) begin(s Sampling, end *Limits) error {
	if err := s.Check(); err != nil {
		return err
	}
	if end.Tokens < 1 {
		return fmt.Errorf("task: %d tokens; at least 1 is wanted", end.Tokens)
	}
	for _, w := range end.Stop {
		if w == "" {
			return errors.New("task: an empty stop word: every text has it")
		}
	}
	if n, v := g.Tokenizer.Len(), g.Model.Config.Vocab; n > v {
		return fmt.Errorf("task: the tokenizer has %d ids and the model %d: they aren't of one training", n, v)
	}
	if g.tape == nil {
		g.tape = grad.NewTape(grad.Config{Constant: true})
		g.cache = g.Model.NewCache(1)
		g.ids = tensor.New(tensor.I32, 1, g.Model.Config.Context)
	}
	g.sample.Sampling = s
	g.sample.seen = make([]bool, g.Tokenizer.Len())
	return nil
}

// window is the part of a text that a model sees.
type window struct {
	context int
	from    int // its first token
	cached  int // how many of it are in the cache
}

// move makes the window end with the n tokens that there are.
func (w *window) move(n int) {
	if n-w.from <= w.context {
		return
	}
	keep := w.context
	if w.cached > 0 { // half of it, so that the next tokens needn't compute all anew again
		keep = max(w.context/2, 1)
	}
	w.from, w.cached = n-keep, 0
}

// next draws the token after ids.
func (g *Generator) next(ids []int32, w *window) (int32, error) {
	w.move(len(ids))
	fresh := ids[w.from+w.cached:]
	copy(tensor.Of[int32](g.ids), fresh)
	g.input, g.at = g.ids.Slice(1, 0, len(fresh), 1), w.cached
	if err := g.tape.Eval(grad.Infer, g.decode); err != nil {
		return 0, err
	}
	w.cached += len(fresh)
	return g.sample.next(tensor.Of[float32](g.logits)[:g.Tokenizer.Len()], len(ids))
}

func (g *Generator) decode(s *grad.Step) error {
	s.ReadTensor(g.Model.Decode(s.Input(g.input), g.cache, g.at), &g.logits)
	return nil
}

// endOfText returns the token that ends a text, where the tokenizer has one.
func endOfText(t token.Tokenizer) (int32, bool) {
	if b, ok := t.(*token.BPE); ok {
		return b.Special("<|endoftext|>")
	}
	return 0, false
}
