package train

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/tensor"
)

// TestAccumulate: micro-batches, of equal size or not, come to the whole batch's weights but for the order of sums; 200 rows in
// batches of 16 leave one of 8, which has a row for each of 7 and of 8 micro-batches.
func TestAccumulate(t *testing.T) {
	run := func(micro int) (Result, []float32) {
		c := config(3)
		c.Accumulate = micro
		r, err := Fit(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r, tensor.Of[float32](c.Model.(*net).FC1.Weight.Data)
	}
	whole, want := run(0)
	for _, micro := range []int{1, 2, 7, 8, 40} {
		r, got := run(micro)
		if math.Abs(r.Train["loss"]-whole.Train["loss"]) > 1e-5 {
			t.Errorf("%d micro-batches: loss %v, whole %v", micro, r.Train["loss"], whole.Train["loss"])
		}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-4 {
				t.Errorf("%d micro-batches: weight %d is %v, whole %v", micro, i, got[i], want[i])
			}
		}
	}
}

// TestSteps ends within an epoch of 13 steps, with a validation.
func TestSteps(t *testing.T) {
	c := config(0)
	c.Steps, c.Best = 20, true
	seen := []int{}
	c.Validate = losses(0.5, 0.7)
	c.Hooks.Epoch = func(e Epoch) { seen = append(seen, e.Step) }
	c.Hooks.Progress = func(p Progress) {
		if p.All != 20 || p.Done < 1 || p.Done > 20 || p.Left < 0 {
			t.Errorf("progress %+v", p)
		}
	}
	r, err := Fit(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Steps != 20 || len(seen) != 2 || seen[0] != 13 || seen[1] != 20 {
		t.Errorf("%d steps, validated after %v", r.Steps, seen)
	}
	if r.Stopped != "done with all of 20 steps" || r.Weights != "best, of step 13" {
		t.Errorf("stopped %q, weights %q", r.Stopped, r.Weights)
	}
	c = config(0)
	c.Steps = -1
	if _, err := Fit(context.Background(), c); err == nil || !strings.Contains(err.Error(), "-1 steps") {
		t.Errorf("got %v", err)
	}
}
