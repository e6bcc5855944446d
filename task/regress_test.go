package task_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// pair is an ensemble of two: the input itself, and the input plus 2.
type pair struct{}

func (pair) Forward(x grad.Value) grad.Value {
	return op.Stack(1, x, op.Add(x, x.Scalar(2)))
}

func lossOf(t *testing.T, f func(out, target grad.Value) grad.Value, out, target tensor.Tensor) float64 {
	t.Helper()
	var loss float32
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.Read(f(s.Input(out), s.Input(target)), &loss)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return float64(loss)
}

// TestRegressLoss: out 1 and 3 with targets 2 and 0: differences −1 and 3. Of an ensemble [2 2 1] each model has the row's target.
func TestRegressLoss(t *testing.T) {
	out, target := tensor.From([]float32{1, 3}, 2, 1), tensor.From([]float32{2, 0}, 2, 1)
	both := tensor.From([]float32{1, 2, 3, 0}, 2, 2, 1) // the second model is right
	for _, c := range []struct {
		name    string
		setting float64
		want    float64
	}{
		{"mse", 0, (1. + 9) / 2},
		{"huber", 2, (1./2 + 2*(3-1)) / 2},
		{"pinball", 0.9, (0.9*1 + 0.1*3) / 2},
		{"pinball", 0, (0.5*1 + 0.5*3) / 2},
	} {
		f, err := task.RegressLoss(c.name, c.setting)
		if err != nil {
			t.Fatal(err)
		}
		if got := lossOf(t, f, out, target); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if got := lossOf(t, f, both, target); math.Abs(got-c.want/2) > 1e-6 {
			t.Errorf("%s of an ensemble: %v, want %v", c.name, got, c.want/2)
		}
	}
	for _, c := range []struct {
		name    string
		setting float64
		want    string
	}{{"l2", 0, `unknown loss "l2"`}, {"huber", -1, "the setting of loss huber is -1"}, {"pinball", 1, "less than 1"}} {
		if _, err := task.RegressLoss(c.name, c.setting); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestEnsembles: the mean of values, of sigmoids and of softmaxes, and losses of each model.
func TestEnsembles(t *testing.T) {
	x := tensor.From([]float32{0, 1, 2, 3}, 2, 2)
	r := task.Regressor{Model: pair{}, Targets: 2}
	if got, err := r.Values(x); err != nil || !slices.Equal(got, []float32{1, 2, 3, 4}) {
		t.Errorf("%v, %v", got, err)
	}
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	l := task.Labeller{Model: pair{}, Labels: 2}
	got, err := l.Probabilities(x)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range tensor.Of[float32](x) {
		if want := (sigmoid(float64(v)) + sigmoid(float64(v)+2)) / 2; math.Abs(float64(got[i])-want) > 1e-6 {
			t.Errorf("label %d: %v, want %v", i, got[i], want)
		}
	}
	c := task.Classifier{Model: pair{}, Classes: 2}
	if got, err := c.Probabilities(x); err != nil || math.Abs(float64(got[1])-sigmoid(1)) > 1e-6 {
		t.Errorf("%v, %v: both models have 1 more for class 1", got, err)
	}
	logits, ids := tensor.From([]float32{0, 0, 0, 4}, 1, 2, 2), tensor.From([]int32{1})
	want := (math.Log(2) + math.Log(1+math.Exp(-4))) / 2
	if got := lossOf(t, task.Loss, logits, ids); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want the mean of the models', %v", got, want)
	}
	if got := lossOf(t, task.LabelsLoss, tensor.From([]float32{0, 0, 0, 4}, 1, 2, 2), tensor.From([]float32{0, 1}, 1, 2)); math.Abs(got-(3*math.Log(2)+math.Log(1+math.Exp(-4)))/4) > 1e-6 {
		t.Errorf("loss %v of labels", got)
	}
	bad := task.Regressor{Model: pair{}, Targets: 3}
	if _, err := bad.Values(x); err == nil || !strings.Contains(err.Error(), "the model gives [2 2 2] for 2 rows, want [2 3]") {
		t.Error(err)
	}
}

// TestClassWeights: 6 and 2 rows weigh 8/12 and 8/4; each class's share of the loss is then the same.
func TestClassWeights(t *testing.T) {
	w := task.ClassWeights([]int{6, 2})
	if math.Abs(float64(w[0])-2./3) > 1e-6 || w[1] != 2 {
		t.Errorf("weights %v", w)
	}
	logits, ids := tensor.From([]float32{0, 0, 0, 3}, 2, 2), tensor.From([]int32{0, 0})
	want := (math.Log(2) + math.Log(1+math.Exp(3))) / 2 // the mean is over the weights
	if got := lossOf(t, task.WeightedLoss(w), logits, ids); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want %v", got, want)
	}
	for _, c := range []struct {
		counts []int
		want   bool
	}{{[]int{90, 9}, true}, {[]int{90, 10}, false}, {[]int{5}, false}, {[]int{50, 0, 50}, true}} {
		if task.Unbalanced(c.counts) != c.want {
			t.Errorf("%v unbalanced: %v", c.counts, !c.want)
		}
	}
}
