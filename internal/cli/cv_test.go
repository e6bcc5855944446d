package cli

import (
	"math"
	"strings"
	"testing"
)

func TestCrossValidation(t *testing.T) {
	writeShop(t, 200)
	var o crossValidated
	code, out, stderr := ingot("cv", "data=shop.csv", "target=sold", "folds=4", "repeat=2", "model.hidden=[16]", "train.epochs=5", "train.lr=1e-2", "--json")
	if object(t, out, &o); code != 0 || len(o.Folds) != 8 || o.Rows != 200 || o.Mean["accuracy"] < 0.6 || o.SD["accuracy"] <= 0 {
		t.Errorf("%d %+v %s", code, o, stderr)
	}
	if code, _, stderr := ingot("cv", "data=shop.csv", "target=sold", "folds=0"); code != exitConfig || !strings.Contains(stderr, "folds") {
		t.Errorf("0 folds: %d %s", code, stderr)
	}
}

func TestLearningCurve(t *testing.T) {
	writeShop(t, 400)
	var o learningCurve
	code, out, stderr := ingot("curve", "data=shop.csv", "target=price", "repeat=2", "model.hidden=[16]", "train.epochs=5", "train.lr=1e-2", "--json")
	if object(t, out, &o); code != 0 || o.Metric != "rmse" || len(o.Points) != 4 || o.Points[0].Rows != 40 || o.Points[3].Rows != 320 || len(o.Points[1].Errors) != 2 ||
		o.Exponent <= 0 || !(o.Doubling[1] > o.Doubling[0] && o.Doubling[0] > o.Doubling[2]) {
		t.Errorf("%d %+v %s", code, o, stderr)
	}
}

// TestSlope: a line with errors +1 −1 −1 +1 around slope 2: the residuals' squares are 4, over 2 degrees and Σ(x−1.5)² = 5.
func TestSlope(t *testing.T) {
	b, se := slope([]float64{0, 1, 2, 3}, []float64{1, 1, 3, 7})
	if math.Abs(b-2) > 1e-12 || math.Abs(se-math.Sqrt(4./2/5)) > 1e-12 {
		t.Errorf("slope %v ± %v, want 2 ± %v", b, se, math.Sqrt(0.4))
	}
	for n, want := range map[int]float64{3: 3.182, 10: 2.228, 30: 2.042} { // any table of Student's t
		if got := student(n); math.Abs(got-want) > 0.01*want {
			t.Errorf("t of %d degrees is %v, want %v", n, got, want)
		}
	}
}
