package task

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// Predictions are a model's answers to labelled rows, beside the truth: all that is measured comes from them, and two models' can be compared.
type Predictions struct {
	Kind      Kind
	Names     []string  // C: classes, labels or targets
	Rows      []int64   // N: which rows of the data they are
	Output    []float32 // [N C]: probabilities, or values in the target's own unit
	IDs       []int32   // [N]: true classes, of Classify
	Targets   []float32 // [N C]: 0 and 1, of Labels; true values, of Regress
	Threshold float64   // the probability from which on class 1 of two, or a label, is said; 0: half
	Quantile  float64   // of Regress by pinball: what a value is the quantile of; 0: none
	Data      string    // what identifies the data: a hash, or a name
}

// Kind is a kind of answers.
type Kind string

// The kinds.
const (
	Classify Kind = "classify" // one of several classes
	Labels   Kind = "labels"   // each of several labels or not
	Regress  Kind = "regress"  // numbers
)

// Decide returns the class that row i is said to be.
func (p *Predictions) Decide(i int) int {
	return Decide(&bundle.Calibration{Threshold: p.Threshold}, p.row(i))
}

func (p *Predictions) row(i int) []float32 { return p.Output[i*len(p.Names) : (i+1)*len(p.Names)] }

// check refuses predictions whose parts don't fit each other.
func (p *Predictions) check() error {
	n, c := len(p.Rows), len(p.Names)
	ids, targets := 0, n*c
	switch p.Kind {
	case Classify:
		ids, targets = n, 0
	case Labels, Regress:
	default:
		return fmt.Errorf("predictions of kind %q; there are classify, labels and regress", p.Kind)
	}
	if n == 0 || c == 0 || len(p.Output) != n*c || len(p.IDs) != ids || len(p.Targets) != targets {
		return fmt.Errorf("predictions of kind %s: %d rows, %d names, %d outputs, %d classes, %d targets don't fit each other",
			p.Kind, n, c, len(p.Output), len(p.IDs), len(p.Targets))
	}
	for i, id := range p.IDs {
		if id < 0 || int(id) >= c {
			return fmt.Errorf("predictions: row %d has class %d; there are %d", i, id, c)
		}
	}
	for i, v := range p.Output {
		if v-v != 0 || p.Kind != Regress && !(v >= 0 && v <= 1.001) {
			return fmt.Errorf("predictions: row %d has the value %g for %s; a finite number, of classes a probability, is wanted", i/c, v, p.Names[i%c])
		}
	}
	for i, v := range p.Targets {
		if v-v != 0 {
			return fmt.Errorf("predictions: row %d has the target %g", i/c, v)
		}
	}
	return nil
}

// Predict answers every row of src with a model of the kind; calibration is of Classify, nil for none. Values and targets of Regress are put through
// invert, which brings value i of a row back to its own unit; nil: they are in it.
func Predict(ctx context.Context, kind Kind, names []string, model train.Model, calibration *bundle.Calibration, src data.Source, invert func(i int, x float64) float64) (*Predictions, error) {
	p := &Predictions{Kind: kind, Names: names}
	if calibration != nil {
		p.Threshold = calibration.Threshold
	}
	var answer func(tensor.Tensor) ([]float32, error)
	switch kind {
	case Classify:
		answer = (&Classifier{Model: model, Classes: len(names), Calibration: calibration}).Probabilities
	case Labels:
		answer = (&Labeller{Model: model, Labels: len(names)}).Probabilities
	default:
		answer = (&Regressor{Model: model, Targets: len(names)}).Values
	}
	loader := data.Loader{Data: src, Batch: min(evalBatch, max(src.Len(), 1))}
	for b, err := range loader.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out, err := answer(b.X)
		if err != nil {
			return nil, err
		}
		p.Output = append(p.Output, out...)
		if kind == Classify {
			p.IDs = append(p.IDs, tensor.Of[int32](b.Y)...)
		} else {
			p.Targets = append(p.Targets, tensor.Of[float32](b.Y)...)
		}
		for _, r := range b.Rows {
			p.Rows = append(p.Rows, int64(rowOf(src, r)))
		}
	}
	if kind == Regress && invert != nil {
		for _, x := range [][]float32{p.Output, p.Targets} {
			for i, v := range x {
				x[i] = float32(invert(i%len(names), float64(v)))
			}
		}
	}
	return p, p.check()
}

// rowOf is the row of the whole data that row i of src is.
func rowOf(src data.Source, i int) int {
	if d, ok := src.(*data.Dataset); ok {
		return d.Row(i)
	}
	return i
}

// PredictionsFile is the name of a run's file of its answers to the test rows.
const PredictionsFile = "predictions.safetensors"

// Write writes p as a safetensors file, with what isn't numbers in its metadata.
func (p *Predictions) Write(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	m := map[string]string{
		"ingot.predictions": "1", "kind": string(p.Kind), "data": p.Data,
		"threshold": strconv.FormatFloat(p.Threshold, 'g', -1, 64), "quantile": strconv.FormatFloat(p.Quantile, 'g', -1, 64),
	}
	for i, name := range p.Names {
		m["name."+strconv.Itoa(i)] = name
	}
	n, c := len(p.Rows), len(p.Names)
	entries := []safetensors.Entry{{Name: "rows", Tensor: tensor.From(p.Rows)}, {Name: "output", Tensor: tensor.From(p.Output, n, c)}}
	if p.Kind == Classify {
		entries = append(entries, safetensors.Entry{Name: "target", Tensor: tensor.From(p.IDs)})
	} else {
		entries = append(entries, safetensors.Entry{Name: "target", Tensor: tensor.From(p.Targets, n, c)})
	}
	return safetensors.Write(w, m, entries)
}

// ReadPredictions reads what Write wrote, from its bytes; name is for errors.
func ReadPredictions(content []byte, name string) (*Predictions, error) {
	f, err := safetensors.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	m := f.Metadata()
	if v := m["ingot.predictions"]; v != "1" {
		return nil, fmt.Errorf("%s: it isn't a file of predictions that this ingot reads: ingot.predictions is %q, want \"1\"", name, v)
	}
	p := &Predictions{Kind: Kind(m["kind"]), Data: m["data"]}
	for key, to := range map[string]*float64{"threshold": &p.Threshold, "quantile": &p.Quantile} {
		if *to, err = strconv.ParseFloat(m[key], 64); err != nil || !(*to >= 0 && *to <= 1) {
			return nil, fmt.Errorf("%s: its %s is %q, want a number from 0 to 1", name, key, m[key])
		}
	}
	for i := 0; ; i++ {
		v, ok := m["name."+strconv.Itoa(i)]
		if !ok {
			break
		}
		p.Names = append(p.Names, v)
	}
	if err := p.read(f); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// read takes the tensors.
func (p *Predictions) read(f *safetensors.File) error {
	target := tensor.F32
	if p.Kind == Classify {
		target = tensor.I32
	}
	for name, d := range map[string]tensor.DType{"rows": tensor.I64, "output": tensor.F32, "target": target} {
		t, err := f.Tensor(name)
		if err != nil {
			return err
		}
		if t.DType() != d {
			return fmt.Errorf("%s is %s, want %s", name, t.DType(), d)
		}
		t = t.Clone()
		switch {
		case name == "rows":
			p.Rows = tensor.Of[int64](t)
		case name == "output":
			p.Output = tensor.Of[float32](t)
		case d == tensor.I32:
			p.IDs = tensor.Of[int32](t)
		default:
			p.Targets = tensor.Of[float32](t)
		}
	}
	return p.check()
}

// SameRows returns why the answers of two models can't be compared row by row, or nil: they are of other rows, or of another truth.
func SameRows(a, b *Predictions) error {
	switch {
	case a.Kind != b.Kind:
		return fmt.Errorf("one is of kind %s, the other of %s", a.Kind, b.Kind)
	case !slices.Equal(a.Names, b.Names):
		return fmt.Errorf("one tells %v, the other %v", a.Names, b.Names)
	case len(a.Rows) != len(b.Rows):
		return fmt.Errorf("one was tested on %d rows, the other on %d", len(a.Rows), len(b.Rows))
	case a.Data != b.Data:
		return fmt.Errorf("the data are others: %s and %s", a.Data, b.Data)
	case !slices.Equal(a.Rows, b.Rows):
		return fmt.Errorf("the test rows differ: the split's seed or the way of splitting was another")
	case !slices.Equal(a.IDs, b.IDs) || !slices.Equal(a.Targets, b.Targets):
		return fmt.Errorf("the targets of the test rows differ")
	}
	return nil
}
