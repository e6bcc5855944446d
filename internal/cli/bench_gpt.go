package cli

import (
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// gptBenches are the language models whose training steps are measured: a character model of 65 tokens, GELU, a head of its own.
var gptBenches = []struct {
	name  string
	batch int
	model.GPTConfig
}{
	{"step/gpt-4l-128", 12, model.GPTConfig{Vocab: 65, Context: 64, Layers: 4, Heads: 4, Dim: 128, Untied: true}},
	{"step/gpt-6l-384", 8, model.GPTConfig{Vocab: 65, Context: 256, Layers: 6, Heads: 6, Dim: 384, Untied: true}},
}

// gpts measures a training step of each, with AdamW, and how fast the smaller one writes.
func (b *bench) gpts() error {
	const writes = "generate/gpt-4l-128"
	if b.wants(writes) {
		if err := b.writes(writes, gptBenches[0].GPTConfig); err != nil {
			return err
		}
	}
	for _, g := range gptBenches {
		if !b.wants(g.name) {
			continue
		}
		net, err := model.NewGPT(rng.NewSource(1), g.GPTConfig)
		if err != nil {
			return err
		}
		ids := rng.Stream{Seed: 1}
		batch := data.Batch{X: tensor.New(tensor.I32, g.batch, g.Context), Y: tensor.New(tensor.I32, g.batch, g.Context)}
		for i := range tensor.Of[int32](batch.X) {
			u := ids.At(uint64(i))
			tensor.Of[int32](batch.X)[i], tensor.Of[int32](batch.Y)[i] = int32(u[0]%uint32(g.Vocab)), int32(u[1]%uint32(g.Vocab))
		}
		if err := b.stepRows(g.name, net, batch, gptFLOPs(&g.GPTConfig, g.batch), func() grad.Optimizer { return &optim.AdamW{LR: 1e-6, WeightDecay: 0.01} }); err != nil {
			return err
		}
	}
	return nil
}

// writes measures texts of as many tokens as the context holds, one token at a time.
func (b *bench) writes(name string, c model.GPTConfig) error {
	net, err := model.NewGPT(rng.NewSource(1), c)
	if err != nil {
		return err
	}
	letters := make([]rune, c.Vocab)
	for i := range letters {
		letters[i] = rune('0' + i)
	}
	chars, err := token.NewChars(string(letters))
	if err != nil {
		return err
	}
	g := task.Generator{Model: net, Tokenizer: chars}
	d := timed(func() {
		if _, e := g.Generate(b.ctx, "0", task.Sampling{Temperature: 0.8}, task.Limits{Tokens: c.Context}, nil); e != nil {
			err = e
		}
	})
	b.add(measured{Name: name, Value: float64(c.Context) / d.Seconds(), Unit: "tokens/s"})
	return err
}

// gptFLOPs counts a step's multiplications and additions: 6 for each element of a matrix and token, forward and backward, and
// those of causal attention, of whose scores half are needed.
func gptFLOPs(c *model.GPTConfig, batch int) float64 {
	matrices := c.Layers*12*c.Dim*c.Dim + c.Vocab*c.Dim
	tokens := batch * c.Context
	return float64(6*matrices*tokens + 6*c.Layers*tokens*c.Context*c.Dim)
}
