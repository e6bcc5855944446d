package train

import (
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
)

// keeper holds a copy of the best weights beside the model's own.
type keeper struct {
	state []safetensors.Entry // the model's, which training changes
	saved []safetensors.Entry // a copy of them
	best  float64             // the loss they have
	val   Metrics
}

// copy keeps the weights as they are now.
func (k *keeper) copy() { k.saved = copyEntries(k.saved, k.state) }

// restore gives the model the weights that copy kept.
func (k *keeper) restore() {
	for i := range k.saved {
		tensor.Copy(k.state[i].Tensor, k.saved[i].Tensor)
	}
}
