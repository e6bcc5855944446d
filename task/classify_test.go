package task_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// scale gives the input times 4 as logits: the answer is the largest input.
type scale struct{}

func (scale) Forward(x grad.Value) grad.Value { return op.Mul(x, x.Scalar(4)) }

// rows are the corners 0, 1 and 2 of three dimensions, in turn; wrong of their labels are one too high.
func rows(n, wrong int) *data.Dataset {
	x, y := make([]float32, 3*n), make([]int32, n)
	for i := range y {
		x[3*i+i%3], y[i] = 1, int32(i%3)
		if i < wrong {
			y[i] = (y[i] + 1) % 3
		}
	}
	return &data.Dataset{X: tensor.From(x, n, 3), Y: tensor.From(y), Classes: []string{"a", "b", "c"}}
}

func TestEvaluate(t *testing.T) {
	for _, n := range []int{10, 1000, 2501} { // less than a batch, one, and a tail
		r, err := task.Evaluate(context.Background(), scale{}, rows(n, 4), 3)
		if err != nil {
			t.Fatal(err)
		}
		right := math.Exp(4) / (math.Exp(4) + 2)
		loss := -(float64(n-4)*math.Log(right) + 4*math.Log((1-right)/2)) / float64(n)
		if want := float64(n-4) / float64(n); r.Rows != n || r.Accuracy != want || math.Abs(r.LogLoss-loss) > 1e-6 {
			t.Errorf("%d rows: %+v, want accuracy %g and loss %g", n, r, want, loss)
		}
		if !(r.Interval[0] < r.Accuracy && r.Accuracy < r.Interval[1]) {
			t.Errorf("the interval %v doesn't hold %g", r.Interval, r.Accuracy)
		}
		// The wrong ones are rows 0 to 3: a b c a, labelled b c a b.
		if !slices.Equal([]int{r.Confusion[1][0], r.Confusion[2][1], r.Confusion[0][2], r.Confusion[0][1]}, []int{2, 1, 1, 0}) {
			t.Errorf("confusion %v", r.Confusion)
		}
	}
	r, err := task.Evaluate(context.Background(), scale{}, rows(10, 4), 3)
	if err != nil || r.Baseline != 0.4 || r.Scores[1].Support != 4 || r.Scores[1].Recall != 0.5 || r.Scores[1].Precision != 2./3 {
		t.Errorf("%+v, %v: of 10 rows, 4 are b", r, err)
	}
}

func TestEvaluateRefuses(t *testing.T) {
	if _, err := task.Evaluate(context.Background(), scale{}, rows(10, 0), 4); err == nil || !strings.Contains(err.Error(), "want [10 4]") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := task.Evaluate(ctx, scale{}, rows(10, 0), 3); err == nil {
		t.Error("an ended context was ignored")
	}
}

// TestRowAlone predicts rows alone and among 1,000: the same bits.
func TestRowAlone(t *testing.T) {
	r := rng.NewSource(1)
	net := nn.NewSequential(nn.NewLinear(r, 37, 50), nn.Func(op.ReLU), nn.NewLinear(r, 50, 10))
	x := make([]float32, 1000*37)
	rng.Stream{Seed: 2}.Normal(x, 0, 1)
	c := task.Classifier{Model: net, Classes: 10}
	all, err := c.Probabilities(tensor.From(x, 1000, 37))
	if err != nil {
		t.Fatal(err)
	}
	all = slices.Clone(all)
	for _, n := range []int{1, 2, 3, 7, 64} {
		for from := 0; from+n <= 1000; from += 331 {
			some, err := c.Probabilities(tensor.From(x[from*37:(from+n)*37], n, 37))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(some, all[from*10:(from+n)*10]) {
				t.Fatalf("rows %d to %d have other bits alone than among 1,000", from, from+n-1)
			}
		}
	}
}

func TestBest(t *testing.T) {
	for want, probs := range [][]float32{{0.5, 0.5}, {0.1, 0.6, 0.3}, {0, 0.1, 0.9}} {
		if got := task.Best(probs); got != want {
			t.Errorf("the best of %v is %d", probs, got)
		}
	}
}
