package model

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

// LoadGPT2 copies the weights of a published GPT-2 checkpoint, such as the model.safetensors of openai-community/gpt2, into m.
// They have our names but for these rules, and all else is refused as by nn.Load:
//
//   - c_attn, c_proj and c_fc keep their weights as [in out] there, and are transposed
//   - a prefix "transformer." is taken off
//   - h.N.attn.bias and h.N.attn.masked_bias, which hold the causal mask, are left out
//   - lm_head.weight may be there beside wte.weight where the two are tied; then it has the same values
//
// GPT-2's config is Vocab 50257, Context 1024, Activation "gelu_tanh", with 12 layers and heads of Dim 768, or 24 and 16 of
// 1024, 36 and 20 of 1280, 48 and 25 of 1600.
func (m *GPT) LoadGPT2(state []nn.Entry) error {
	var r []nn.Entry
	var head, embedding tensor.Tensor
	for _, e := range state {
		e.Name = strings.TrimPrefix(e.Name, "transformer.")
		switch {
		case strings.HasSuffix(e.Name, ".attn.bias") || strings.HasSuffix(e.Name, ".attn.masked_bias"):
			continue
		case e.Name == "lm_head.weight" && !m.Config.Untied:
			head = e.Tensor
			continue
		case e.Name == "wte.weight":
			embedding = e.Tensor
		case strings.HasSuffix(e.Name, ".c_attn.weight") || strings.HasSuffix(e.Name, ".c_proj.weight") || strings.HasSuffix(e.Name, ".c_fc.weight"):
			if e.Tensor.Rank() != 2 {
				return fmt.Errorf("model: %s has shape %v; [in out] is wanted", e.Name, e.Tensor.Shape())
			}
			e.Tensor = e.Tensor.Permute(1, 0)
		}
		r = append(r, e)
	}
	if head.Valid() && embedding.Valid() && !bytes.Equal(head.Clone().Bytes(), embedding.Clone().Bytes()) {
		return fmt.Errorf("model: lm_head.weight isn't wte.weight; the model wants Untied")
	}
	return nn.Load(m, r)
}
