package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/safetensors"
)

// logEvery is how many steps a line of metrics.jsonl sums up.
const logEvery = 100

// fit is a job under way.
type fit struct {
	Config
	tape  *grad.Tape
	grads *grad.Grads
	step  func(*grad.Step) error // made once: a step allocates nothing
	micro func(int, *grad.Step) error
	batch data.Batch
	value float32   // the step's loss
	parts []float32 // those of its micro-batches
	pace  pace
	best  int // the step whose weights are the best so far

	begun, epochBegun, shown time.Time // begun is moved back by what earlier Fits took
	before                   mean      // rows of the epoch that an earlier Fit did
	saver                    *saver    // nil: nothing is saved
	unlogged                 string    // the log that couldn't be written the last time, or ""
	result                   Result
	sum                      mean // over the epoch
	window                   mean // since the last line of the log
	keep                     keeper
	watch                    watcher
	asked                    error // the context's, where it ended the training
}

// mean is a running mean over rows.
type mean struct {
	sum  float64
	rows int
}

func (m *mean) add(x float64, rows int) {
	m.sum += x * float64(rows)
	m.rows += rows
}

func (m *mean) value() float64 { return m.sum / float64(max(m.rows, 1)) }

// Fit trains until the epochs are done or something stops it, and says in the Result what. When ctx ends, the step under
// way is finished, the last weights are written, and the error is ctx's. A NaN or Inf ends it with an error that wraps a
// *grad.NonFiniteError, with steps counted from 1, and the weights are those before that step. The Result is valid beside an error.
func Fit(ctx context.Context, c Config) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	params, err := nn.Params(c.Model)
	if err != nil {
		return Result{}, err
	}
	f := &fit{
		Config: c, begun: time.Now(),
		grads: grad.NewGrads(params),
		keep:  keeper{best: math.Inf(1)},
	}
	f.watch.fit = f
	state, err := nn.State(c.Model)
	if err != nil {
		return Result{}, err
	}
	f.cut(params, len(state))
	f.tape = grad.NewTape(grad.Config{Seed: c.Seed, Params: params, MaxBytes: c.MaxBytes / f.pace.goroutines()})
	for _, e := range state {
		f.keep.state = append(f.keep.state, safetensors.Entry(e))
	}
	if err := f.prepare(); err != nil {
		return Result{}, err
	}
	err = f.run(ctx)
	return f.finish(err)
}

// body is one step.
func (f *fit) body(s *grad.Step) error {
	l := f.Loss(f.Model.Forward(s.Input(f.batch.X)), s.Input(f.batch.Y))
	s.Backward(l, f.grads)
	s.Update(f.Optimizer, f.grads)
	s.Read(l, &f.value)
	return nil
}

// run trains epoch by epoch and sets Stopped, or returns what went wrong.
func (f *fit) run(ctx context.Context) error {
	for f.result.Stopped == "" {
		if err := f.epoch(ctx); err != nil {
			return err
		}
		if err := f.checkpoint(); err != nil {
			return err
		}
	}
	return nil
}

func (f *fit) epoch(ctx context.Context) error {
	f.epochBegun, f.before = time.Now(), f.sum
	for b, err := range f.Loader.Batches(ctx) {
		if err != nil {
			return f.interrupted(ctx, err)
		}
		if err := f.one(b); err != nil {
			return err
		}
		if f.result.Steps == f.Steps { // not of 0: one is done
			break
		}
		if f.Loader.Cursor().Batch == 0 { // the epoch is closed first
			continue
		}
		if f.result.Stopped = f.overtime(); f.result.Stopped != "" {
			return nil
		}
		if err := f.checkpoint(); err != nil {
			return err
		}
	}
	return f.interrupted(ctx, f.close())
}

// overtime says that MaxTime is over, where it is.
func (f *fit) overtime() string {
	if f.MaxTime == 0 || time.Since(f.begun) < f.MaxTime {
		return ""
	}
	return fmt.Sprintf("max_time of %v is over, %s", f.MaxTime, f.where())
}

// interrupted is ctx's error where it ended the training, and err elsewhere.
func (f *fit) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil || f.result.Stopped != "" {
		return err
	}
	f.result.Stopped = "interrupted " + f.where()
	f.asked = ctx.Err()
	return f.asked
}

// where is the place that training has come to, in what its length was given in.
func (f *fit) where() string {
	if f.Steps > 0 {
		return fmt.Sprintf("after step %d of %d", f.result.Steps, f.Steps)
	}
	if f.result.Epochs > 0 && f.Loader.Cursor().Batch == 0 {
		return "after epoch " + strconv.Itoa(f.result.Epochs)
	}
	return fmt.Sprintf("in epoch %d", f.result.Epochs+1)
}

// one is one batch's step and what is noted of it.
func (f *fit) one(b data.Batch) error {
	f.batch = b
	if err := f.watch.begin(); err != nil {
		return err
	}
	err := f.paced()
	f.value = f.total()
	if err == nil && (math.IsNaN(float64(f.value)) || math.IsInf(float64(f.value), 0)) {
		err = fmt.Errorf("the loss is %v", f.value)
	}
	if err != nil {
		f.result.Stopped = "failed"
		if bad := (*grad.NonFiniteError)(nil); errors.As(err, &bad) {
			f.result.Stopped = "a NaN or Inf"
			bad.Step = uint64(f.result.Steps + 1)
			return fmt.Errorf("epoch %d: %w", f.result.Epochs+1, err)
		}
		return fmt.Errorf("epoch %d step %d: %w", f.result.Epochs+1, f.result.Steps+1, err)
	}
	rows := b.X.Dim(0)
	f.result.Steps++
	f.result.Rows += rows
	f.sum.add(float64(f.value), rows)
	f.window.add(float64(f.value), rows)
	if f.result.First.IsZero() {
		f.result.First = time.Now()
	}
	if f.result.Steps%logEvery == 0 {
		if err := f.log(stepLine{"step", f.result.Epochs + 1, f.result.Steps, f.window.value(), f.rate()}); err != nil {
			return err
		}
		if err := f.watch.step(f.window.value(), f.rate()); err != nil {
			return err
		}
		f.window = mean{}
	}
	f.show(false)
	return nil
}

// rate is the learning rate of the next step, where the optimizer tells it.
func (f *fit) rate() float64 {
	if o, ok := f.Optimizer.(interface{ Rate() float64 }); ok {
		return o.Rate()
	}
	return 0
}

// showEvery is the shortest time between two calls of Hooks.Progress within an epoch.
const showEvery = 100 * time.Millisecond

// show calls Hooks.Progress, where it is due.
func (f *fit) show(now bool) {
	if f.Hooks.Progress == nil || !now && f.result.Steps > 1 && time.Since(f.shown) < showEvery {
		return
	}
	f.shown = time.Now()
	steps := f.Loader.Steps()
	p := Progress{
		Epoch: f.result.Epochs + 1, Epochs: f.Epochs, Steps: steps, Done: f.result.Steps, All: f.Steps,
		Loss: f.sum.value(), Elapsed: f.shown.Sub(f.begun),
	}
	p.Step = f.result.Steps - f.result.Epochs*steps
	spent := f.shown.Sub(f.epochBegun)
	p.Rate = float64(f.sum.rows-f.before.rows) / max(spent.Seconds(), 1e-9)
	left := steps - p.Step
	if f.Epochs > 0 {
		left += (f.Epochs - p.Epoch) * steps
	}
	if p.All > 0 {
		left = p.All - p.Done
	}
	perRow := float64(spent) / float64(max(f.sum.rows-f.before.rows, 1))
	p.Left = time.Duration(perRow * float64(f.sum.rows) / float64(max(p.Step, 1)) * float64(left))
	if f.MaxTime > 0 {
		p.Left = min(p.Left, f.MaxTime-p.Elapsed)
	}
	f.Hooks.Progress(p)
}

// close ends an epoch: validation, best weights, and whether to go on.
func (f *fit) close() error {
	f.show(true)
	f.result.Epochs++
	e := Epoch{Epoch: f.result.Epochs, Step: f.result.Steps, Train: Metrics{loss: f.sum.value()}}
	f.sum = mean{}
	if f.Validate != nil {
		var err error
		if e.Val, err = f.Validate(); err != nil {
			return fmt.Errorf("validation after epoch %d: %w", e.Epoch, err)
		}
	}
	f.result.Train, f.result.Val = e.Train, e.Val
	decides, name := e.Train, f.deciding()
	if name == "validation" {
		decides = e.Val
	}
	x, ok := decides[loss]
	if !ok || math.IsNaN(x) {
		return fmt.Errorf("after epoch %d the %s loss is %v", e.Epoch, name, decides)
	}
	if e.Better = x < f.keep.best-f.Stop.MinDelta || f.result.Best == 0; e.Better {
		f.result.Best, f.best = e.Epoch, e.Step
		if err := f.better(x, e.Val); err != nil {
			return err
		}
	}
	e.Elapsed = time.Since(f.begun)
	f.result.Stopped = f.stopped()
	if f.Hooks.Epoch != nil {
		f.Hooks.Epoch(e)
	}
	return errors.Join(f.log(epochLine{"epoch", e.Epoch, e.Step, seconds(e.Elapsed), e.Train, e.Val}), f.watch.epoch(&e))
}

// deciding names the loss that decides.
func (f *fit) deciding() string {
	if f.Stop.On == Val || f.Stop.On == Auto && f.Validate != nil {
		return "validation"
	}
	return "training"
}

// stopped says why training ends after the epochs that it has done, or "".
func (f *fit) stopped() string {
	r := &f.result
	switch since := r.Epochs - r.Best; {
	case f.Stop.Patience > 0 && since >= f.Stop.Patience:
		if f.Steps > 0 {
			return fmt.Sprintf("converged: no better %s loss in %d steps than %.4g after step %d", f.deciding(), r.Steps-f.best, f.keep.best, f.best)
		}
		return fmt.Sprintf("converged: no better %s loss in %d epochs than %.4g in epoch %d", f.deciding(), since, f.keep.best, r.Best)
	case r.Steps == f.Steps:
		return fmt.Sprintf("done with all of %d steps", r.Steps)
	case f.Epochs > 0 && r.Epochs >= f.Epochs:
		return fmt.Sprintf("done with all of %s", epochs(float64(f.Epochs)))
	}
	return f.overtime()
}

// better keeps the weights of an epoch that is the best so far.
func (f *fit) better(x float64, val Metrics) error {
	f.keep.best, f.keep.val = x, val
	if !f.Best {
		return nil
	}
	f.keep.copy()
	if f.Run == nil || f.saver != nil { // checkpoints hold them
		return nil
	}
	return f.Run.weights("best", f.keep.saved)
}

// finish writes the last weights, leaves the model with those asked for, and notes the end.
func (f *fit) finish(err error) (Result, error) {
	r := &f.result
	r.Elapsed = time.Since(f.begun)
	if err != nil && r.Stopped == "" {
		r.Stopped = "failed"
	}
	wrong := err // with the run: being asked to stop isn't
	if err == f.asked {
		wrong = nil
	}
	if f.saver != nil {
		unsaved := f.saveLast(wrong == nil)
		if f.asked != nil { // to go on later
			err, wrong = errors.Join(err, unsaved), errors.Join(wrong, unsaved)
		}
	}
	done := float64(r.Steps) / float64(f.Loader.Steps())
	r.Weights = "last, after " + epochs(done)
	if f.Steps > 0 {
		r.Weights = fmt.Sprintf("last, after %d steps", r.Steps)
	}
	if f.Run != nil && r.Steps > 0 {
		unsaved := f.Run.weights("last", f.keep.state)
		err, wrong = errors.Join(err, unsaved), errors.Join(wrong, unsaved)
	}
	if f.Best && r.Best > 0 {
		if f.Run != nil && f.saver != nil {
			unsaved := f.Run.weights("best", f.keep.saved)
			err, wrong = errors.Join(err, unsaved), errors.Join(wrong, unsaved)
		}
		f.keep.restore()
		r.Val = f.keep.val
		r.Weights = fmt.Sprintf("best, of epoch %d", r.Best)
		if f.Steps > 0 {
			r.Weights = fmt.Sprintf("best, of step %d", f.best)
		}
	}
	if f.Run != nil {
		end := endLine{Event: "end", Stopped: r.Stopped, Epochs: r.Epochs, Steps: r.Steps, Seconds: seconds(r.Elapsed), Weights: r.Weights}
		if wrong != nil {
			end.Error = wrong.Error()
		}
		err = errors.Join(err, f.Run.log(end))
	}
	return *r, err
}

// seconds keeps milliseconds.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e3) / 1e3 }

// epochs says how many: 1 epoch, 2.5 epochs.
func epochs(n float64) string {
	if n == 1 {
		return "1 epoch"
	}
	return fmt.Sprintf("%.4g epochs", n)
}
