package task

import (
	"context"
	"fmt"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/metric"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// TextReport is what is measured of a language model on a text.
type TextReport struct {
	Tokens     int     // predicted
	Loss       float64 // mean cross-entropy in nats a token
	Perplexity float64 // exp(Loss)
}

// evalTokens is about how many tokens are predicted at a time.
const evalTokens = 1024

// EvaluateText cuts the text into windows of context tokens, one behind the other, and predicts each token but the first from
// those of its window before it. Of more than most windows (0: no bound) so many are taken, evenly spread.
func EvaluateText(ctx context.Context, model train.Model, text *token.Set, contextLen, most int) (*TextReport, error) {
	if text.Len() < 2 || contextLen < 1 {
		return nil, fmt.Errorf("task: a text of %d tokens in windows of %d: nothing is predicted", text.Len(), contextLen)
	}
	e := textEval{model: model, text: text, context: contextLen, tape: grad.NewTape(grad.Config{MaxBytes: maxBytes()})}
	full, rest := (text.Len()-1)/contextLen, (text.Len()-1)%contextLen
	windows := full
	if most > 0 && full > most {
		windows, rest = most, 0
	}
	batch := max(evalTokens/contextLen, 1)
	for from := 0; from < windows; from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e.places = e.places[:0]
		for i := from; i < min(from+batch, windows); i++ {
			e.places = append(e.places, i*full/windows*contextLen)
		}
		if err := e.add(contextLen); err != nil {
			return nil, err
		}
	}
	if rest > 0 {
		e.places = append(e.places[:0], full*contextLen)
		if err := e.add(rest); err != nil {
			return nil, err
		}
	}
	return &TextReport{Tokens: e.sum.Tokens, Loss: e.sum.Loss(), Perplexity: e.sum.Value()}, nil
}

// textEval is one EvaluateText.
type textEval struct {
	model   train.Model
	text    *token.Set
	context int
	places  []int // where the windows of a batch begin
	tape    *grad.Tape
	sum     metric.Perplexity
}

// add predicts windows of t tokens at the places.
func (e *textEval) add(t int) error {
	n := len(e.places)
	x, y, ids := tensor.New(tensor.I32, n, t), tensor.New(tensor.I32, n, t), make([]int32, t+1)
	for i, at := range e.places {
		if err := e.text.Read(ids, at); err != nil {
			return err
		}
		copy(tensor.Of[int32](x)[i*t:], ids[:t])
		copy(tensor.Of[int32](y)[i*t:], ids[1:])
	}
	var loss float32
	err := e.tape.Eval(grad.Infer, func(s *grad.Step) error {
		s.Read(op.CrossEntropy(e.model.Forward(s.Input(x)), s.Input(y)), &loss)
		return nil
	})
	if err != nil {
		return err
	}
	return e.sum.Add(float64(loss), n*t)
}
