package cli

import (
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
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

// gpts measures a training step of each, with AdamW.
func (b *bench) gpts() error {
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

// gptFLOPs counts a step's multiplications and additions: 6 for each element of a matrix and token, forward and backward, and
// those of causal attention, of whose scores half are needed.
func gptFLOPs(c *model.GPTConfig, batch int) float64 {
	matrices := c.Layers*12*c.Dim*c.Dim + c.Vocab*c.Dim
	tokens := batch * c.Context
	return float64(6*matrices*tokens + 6*c.Layers*tokens*c.Context*c.Dim)
}
