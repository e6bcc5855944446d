package task_test

import (
	"context"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// TestFitLinear: what it says of its rows is what scikit-learn's LogisticRegression and Ridge say.
func TestFitLinear(t *testing.T) {
	var f struct {
		Cases []struct {
			Kind   task.Kind
			Out    int
			X, Y   []float32
			Answer []float64
		}
	}
	readJSON(t, "testdata/linear_baseline.json", &f)
	for i, c := range f.Cases {
		n := len(c.X) / 3
		d := &data.Dataset{X: tensor.From(c.X, n, 3)}
		names := []string{"a", "b", "c"}[:c.Out]
		if c.Kind == task.Classify {
			d.Classes, d.Y = names, tensor.New(tensor.I32, n)
			for j, v := range c.Y {
				tensor.Of[int32](d.Y)[j] = int32(v)
			}
		} else {
			d.Y = tensor.From(c.Y, n, c.Out)
		}
		m, err := task.FitLinear(c.Kind, c.Out, model.TableInput{Numbers: 2, Categories: []int{3}}, d)
		if err != nil {
			t.Fatal(err)
		}
		p, err := task.Predict(context.Background(), c.Kind, names, m, nil, d, nil)
		if err != nil {
			t.Fatal(err)
		}
		for j, want := range c.Answer {
			if got := float64(p.Output[j]); math.Abs(got-want) > 5e-4 {
				t.Fatalf("case %d: answer %d is %v, scikit-learn's %v", i, j, got, want)
			}
		}
	}
}

// TestConstant: the shares of 4 rows of three classes, and the means of two targets.
func TestConstant(t *testing.T) {
	d := &data.Dataset{X: tensor.New(tensor.F32, 4, 1), Y: tensor.From([]int32{0, 2, 2, 1}), Classes: []string{"a", "b", "c"}}
	shares, err := task.Shares(task.Classify, 3, d)
	if err != nil || shares[0] != 0.25 || shares[2] != 0.5 {
		t.Fatal(shares, err)
	}
	p := &task.Predictions{Kind: task.Classify, Names: d.Classes, Rows: []int64{0, 1}, Output: make([]float32, 6), IDs: []int32{2, 0}, Threshold: 0.9}
	b := task.Constant(p, shares)
	e, err := task.Measure(p, task.MeasureOptions{Baselines: []*task.Predictions{b}, Names: []string{"majority"}})
	if err != nil || e.Baselines[0].Name != "majority" || e.Baselines[0].Metrics["accuracy"] != 0.5 || math.Abs(e.Baselines[0].Metrics["log_loss"]-1.5*math.Ln2) > 1e-6 {
		t.Errorf("%+v, %v: class c is said, with 0.5; a has 0.25", e.Baselines, err)
	}
	d.Y = tensor.From([]float32{1, 10, 2, 20, 3, 30, 4, 40}, 4, 2)
	if means, err := task.Shares(task.Regress, 2, d); err != nil || means[0] != 2.5 || means[1] != 25 {
		t.Error(means, err)
	}
}
