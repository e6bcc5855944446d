package train_test

import (
	"context"
	"fmt"
	"os"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// line is y = w·x + b.
type line struct{ FC *nn.Linear }

func (l *line) Forward(x grad.Value) grad.Value { return l.FC.Forward(x) }

// A training that saves its state, is stopped, and goes on from there in another process.
func ExampleLatestCheckpoint() {
	dir, err := os.MkdirTemp("", "checkpoints")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	rows := &data.Dataset{X: tensor.From([]float32{-2, -1, 1, 2}, 4, 1), Y: tensor.From([]int32{0, 0, 1, 1}), Classes: []string{"below", "above"}}
	job := func() train.Config {
		return train.Config{
			Model: &line{nn.NewLinear(rng.NewSource(1), 1, 2)}, Optimizer: &optim.Adam{LR: 0.1}, Loss: op.CrossEntropy,
			Loader: &data.Loader{Data: rows, Batch: 2, Shuffle: true}, Epochs: 10,
			Checkpoint: train.Checkpoint{Dir: dir, Steps: 1000},
		}
	}

	ctx, stop := context.WithCancel(context.Background())
	first := job()
	first.Hooks.Epoch = func(e train.Epoch) {
		if e.Epoch == 4 {
			stop() // as a signal would
		}
	}
	r, err := train.Fit(ctx, first)
	fmt.Println(r.Stopped, err)

	second := job()
	if second.Resume, err = train.LatestCheckpoint(dir); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("from step", second.Resume.Step)
	r, err = train.Fit(context.Background(), second)
	fmt.Println(r.Stopped, err)
	// Output:
	// interrupted after epoch 4 context canceled
	// from step 8
	// done with all of 10 epochs <nil>
}
