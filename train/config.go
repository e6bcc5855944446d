// Package train runs a training job: epochs over a loader, validation after each, stopping early or on time, the best and
// the last weights, and a folder that records the run.
//
// [Fit] needs no folder and no command line; with a [Run] it writes what it does as it goes.
package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
)

// Model is what Fit trains: a struct of layers, whose weights nn.Params finds.
type Model interface {
	// Forward gives the model's answer to a batch.
	Forward(x grad.Value) grad.Value
}

// Config is one training job. Model, Optimizer, Loss and Loader are required, and so is one of Epochs, Steps, MaxTime
// and Stop.Patience.
type Config struct {
	Model     Model
	Optimizer grad.Optimizer
	Loss      func(out, target grad.Value) grad.Value // a scalar: the mean over the batch
	Loader    Loader
	Seed      uint64 // of what is random in the step, such as dropout

	// Accumulate cuts each batch into so many micro-batches, run one after the other: their gradients add up to the batch's, in
	// the memory of one. 0 and 1: whole.
	Accumulate int

	// Shards cuts each batch into so many parts that may run side by side on several cores, for models too small to use all
	// cores inside their ops. 0: by the size of the job, see [AutoShards]; 1: whole. With Accumulate, each micro-batch is cut.
	// The bits depend on the number, and not on how many goroutines run the parts, which a probe in the first steps decides.
	Shards int

	MaxBytes int // bounds the memory of a step's values, beside weights, gradients and the optimizer; 0: no bound

	Epochs  int           // 0: until Steps, Stop or MaxTime ends it
	Steps   int           // ends after so many steps; 0: no bound
	MaxTime time.Duration // ends at the first step after it; 0: no bound
	Stop    Stop

	// Validate measures the model after each epoch; nil: not at all. The metrics must hold "loss" where that decides.
	Validate func() (Metrics, error)
	Best     bool // leave the model with its best weights (by Stop's loss) instead of its last

	Run   *Run   // where weights and metrics.jsonl are written; nil: nowhere
	Watch *Watch // what the run's TensorBoard event file holds; nil: there is none
	Hooks Hooks

	Checkpoint Checkpoint // when the state is saved; it wants an optim.Optimizer
	Resume     *Saved     // the checkpoint to go on from, of a job with the same Config and data; nil: from the beginning
	Extra      any        // a pointer to what else is saved and restored, as JSON, such as an *optim.PlateauState; nil: nothing
}

// Loader gives the batches: a *data.Loader or a *token.Loader.
type Loader interface {
	Check() error
	// Steps returns the number of batches in an epoch.
	Steps() int
	// Cursor returns the position: while a batch is in use, that of the batch after it, batch 0 of the next epoch after the last.
	Cursor() data.Cursor
	// Seek moves to a position that Cursor gave; what follows is then the same.
	Seek(data.Cursor) error
	// Spec tells what a full batch looks like.
	Spec() (x, y data.Spec)
	// Batches gives the batches of one epoch; each is valid until the next.
	Batches(ctx context.Context) iter.Seq2[data.Batch, error]
}

// Stop ends training when the loss stops getting better: training until it converges.
type Stop struct {
	Patience int     // epochs without a better loss; 0: never
	On       On      // whose loss
	MinDelta float64 // a loss is better where it is lower than the best by more than this
}

// On says whose loss decides which weights are best and when to stop.
type On uint8

// Auto is the validation loss where there is a Validate, and the training loss elsewhere.
const (
	Auto On = iota
	Val
	Training
)

// Hooks are called by Fit on its goroutine; any may be nil.
type Hooks struct {
	Progress func(Progress) // at most ten times a second, after the first step and after an epoch's last
	Epoch    func(Epoch)    // after each epoch's validation
	Saving   func(Saving)   // after each checkpoint that was written, failed or left out, and where the log can't be written
}

// Metrics are measured values by name: "loss", "accuracy" ….
type Metrics map[string]float64

// Progress is where a job is.
type Progress struct {
	Epoch, Epochs int           // from 1; Epochs is 0 where there is no bound
	Step, Steps   int           // in the epoch, from 1
	Done, All     int           // steps, of Config.Steps; All is 0 where there is no bound
	Loss          float64       // mean over the epoch so far
	Rate          float64       // rows a second, over the epoch so far
	Elapsed       time.Duration // in Fit, over all resumes
	Left          time.Duration // estimated, to the end of the last epoch or step; of this epoch where there is no bound
}

// Epoch is what one epoch came to.
type Epoch struct {
	Epoch   int           // from 1
	Step    int           // steps done
	Train   Metrics       // "loss": the mean over the epoch's rows
	Val     Metrics       // of Validate, or nil
	Elapsed time.Duration // in Fit, over all resumes
	Better  bool          // the best so far
}

// Result is what a job came to.
type Result struct {
	Shards  int           // of each batch: Config.Shards, or what stood for 0
	Epochs  int           // whole epochs done
	Steps   int           // steps done
	Rows    int           // rows seen
	Elapsed time.Duration // in Fit, over all resumes
	First   time.Time     // when the first step of this Fit was done
	Stopped string        // why it ended
	Weights string        // which the model has now: "best, of epoch 3", "last, after 10 epochs"; with Config.Steps "best, of step 500"
	Best    int           // the epoch whose loss was best; 0: none was whole
	Train   Metrics       // of the last whole epoch
	Val     Metrics       // of the epoch whose weights the model has, or of the last one
}

// loss is the metric that decides.
const loss = "loss"

func (c *Config) check() error {
	switch {
	case c.Model == nil || c.Optimizer == nil || c.Loss == nil || c.Loader == nil:
		return errors.New("train: a Config wants Model, Optimizer, Loss and Loader")
	case c.Epochs < 0 || c.Steps < 0 || c.Accumulate < 0 || c.Shards < 0:
		return fmt.Errorf("train: %d epochs, %d steps, %d micro-batches a batch, %d shards: at least 0 of each is wanted", c.Epochs, c.Steps, c.Accumulate, c.Shards)
	case c.MaxTime < 0:
		return fmt.Errorf("train: a MaxTime of %v", c.MaxTime)
	case c.Stop.Patience < 0 || c.Stop.MinDelta < 0 || math.IsNaN(c.Stop.MinDelta):
		return fmt.Errorf("train: Stop wants a patience and a MinDelta of at least 0, not %d and %g", c.Stop.Patience, c.Stop.MinDelta)
	case c.Epochs == 0 && c.Steps == 0 && c.MaxTime == 0 && c.Stop.Patience == 0:
		return errors.New("train: nothing would end the training: set Epochs, Steps, MaxTime or Stop.Patience")
	case c.Stop.On == Val && c.Validate == nil:
		return errors.New("train: Stop.On is Val and there is no Validate")
	}
	if _, ok := c.Optimizer.(optim.Optimizer); !ok && (c.Checkpoint.Dir != "" || c.Resume != nil) {
		return fmt.Errorf("train: a Checkpoint and Resume want an optim.Optimizer, whose state can be saved; a %T isn't one", c.Optimizer)
	}
	if err := c.Checkpoint.check(); err != nil {
		return err
	}
	return c.Loader.Check()
}
