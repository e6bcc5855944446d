package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
)

// state is state.json: all of a training under way that isn't a tensor. Its floats are read back to the bit.
type state struct {
	Version    int             `json:"version"`
	Step       int             `json:"step"`
	Epochs     int             `json:"epochs"` // whole ones
	Rows       int             `json:"rows"`
	Elapsed    time.Duration   `json:"elapsed_ns"` // over all resumes
	Seed       uint64          `json:"seed"`
	Shards     int             `json:"shards"`          // micro-batches of a batch
	EpochSteps int             `json:"steps_per_epoch"` // of the loader
	Tape       tapeState       `json:"tape"`
	Cursor     data.Cursor     `json:"cursor"`
	Sum        sums            `json:"epoch_sum"` // of the epoch's losses
	Window     sums            `json:"log_sum"`   // of those since the last step line of the log
	Updates    int             `json:"optimizer_step"`
	Best       *bestState      `json:"best,omitempty"`
	Train      Metrics         `json:"train,omitempty"` // of the last whole epoch
	Val        Metrics         `json:"val,omitempty"`
	Extra      json.RawMessage `json:"extra,omitempty"` // Config.Extra
	Arithmetic string          `json:"arithmetic"`
}

type tapeState struct {
	Step uint64 `json:"step"`
	Eval uint64 `json:"eval"`
}

type sums struct {
	Sum  float64 `json:"sum"`
	Rows int     `json:"rows"`
}

// bestState is the epoch whose loss is the best so far.
type bestState struct {
	Epoch int     `json:"epoch"`
	Step  int     `json:"step"`
	Loss  float64 `json:"loss"`
	Val   Metrics `json:"val,omitempty"`
}

const stateVersion = 1

// arithmetic names the machine's way of computing: one gives the same bits everywhere. AVX2 and AVX-512 are one; the Go loops
// are another on each architecture, since the compiler may fuse multiplications and additions.
func arithmetic() string {
	if cpu.Active() == cpu.Go {
		return "go/" + runtime.GOARCH
	}
	return "vector/" + runtime.GOARCH
}

func parseState(b []byte) (*state, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var st state
	if err := d.Decode(&st); err != nil {
		return nil, err
	}
	switch {
	case st.Version != stateVersion:
		return nil, fmt.Errorf("it has version %d; this ingot reads %d", st.Version, stateVersion)
	case st.Step < 0 || st.Epochs < 0 || st.Rows < 0 || st.Elapsed < 0 || st.Updates < 0 || st.Cursor.Epoch < 0 || st.Cursor.Batch < 0:
		return nil, fmt.Errorf("a number in it is negative")
	}
	return &st, nil
}

// The prefixes of the names in tensors.safetensors.
const (
	modelPrefix     = "model."
	optimizerPrefix = "optimizer."
	bestPrefix      = "best."
)

// copyEntries copies tensors to those of dst, which it makes anew where names, shapes or dtypes differ.
func copyEntries(dst, src []safetensors.Entry) []safetensors.Entry {
	r := make([]safetensors.Entry, len(src))
	to, from := make([]tensor.Tensor, len(src)), make([]tensor.Tensor, len(src))
	for i, e := range src {
		from[i] = e.Tensor
		if i < len(dst) && dst[i].Tensor.DType() == e.Tensor.DType() && tensor.SameShape(&dst[i].Tensor, &e.Tensor) {
			to[i] = dst[i].Tensor
		} else {
			to[i] = tensor.New(e.Tensor.DType(), e.Tensor.Shape()...)
		}
		r[i] = safetensors.Entry{Name: e.Name, Tensor: to[i]}
	}
	tensor.CopyAll(to, from)
	return r
}
