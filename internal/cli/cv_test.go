package cli

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/task"
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

// TestCompareCrossValidations: two models in the same folds of a table we know, by the t-test of which the test shows the formula.
func TestCompareCrossValidations(t *testing.T) {
	t.Chdir(t.TempDir())
	var a, b crossValidated
	for _, x := range []struct {
		o    *crossValidated
		more []string
	}{{&a, []string{"model.name=linear"}}, {&b, []string{"model.hidden=[8]", "model.dropout=0", "run=small"}}} {
		code, out, stderr := ingot(append([]string{"cv", "data=heart-disease", "folds=3", "train.epochs=3", "--json"}, x.more...)...)
		if object(t, out, x.o); code != 0 {
			t.Fatal(code, stderr)
		}
	}
	if a.Run != filepath.Join("runs", "heart-disease-cv-1") || b.Run != filepath.Join("runs", "small") {
		t.Fatal(a.Run, b.Run)
	}
	var o compared
	code, out, stderr := ingot("compare", a.Run, b.Run, "--json")
	if object(t, out, &o); code != 0 || len(o.Pairs) != 1 || len(o.Pairs[0].Comparisons) != 0 {
		t.Fatalf("%d %+v %s", code, o, stderr)
	}
	at := slices.IndexFunc(o.Pairs[0].Folds, func(c *task.Comparison) bool { return c.Metric == "log_loss" })
	got := o.Pairs[0].Folds[at]
	var d []float64
	for i := range a.Folds {
		d = append(d, b.Folds[i]["log_loss"]-a.Folds[i]["log_loss"])
	}
	// t = mean/(sd·√(1/3 + 1/2)); of 2 degrees of freedom p = 1 − t/√(2 + t²). Folds of 303 rows are 101, and stratified ones about that.
	m, sd := spread(d)
	x := math.Abs(m) / (sd * math.Sqrt(1./3+1./2))
	if want := 1 - x/math.Sqrt(2+x*x); got.Test != "t" || math.Abs(got.Difference-m) > 1e-9 || math.Abs(got.P-want) > 0.01*want {
		t.Errorf("%+v, want a difference of %v and p %v", got, m, want)
	}
	if code, out, _ := ingot("compare", a.Run, b.Run); code != 0 || !strings.Contains(out, "in the 3 folds") || strings.Contains(out, "test rows") {
		t.Errorf("%d %s", code, out)
	}
	if code, out, _ := ingot("runs", "ls"); code != 0 || !strings.Contains(out, "heart-disease-cv-1  done") {
		t.Errorf("%d %s", code, out)
	}
	if code, _, stderr := ingot("resume", a.Run); code != exitData || !strings.Contains(stderr, "is a finished cross-validation") {
		t.Errorf("%d %s", code, stderr)
	}
	if code, _, stderr := ingot("cv", "data=heart-disease", "folds=3", "train.epochs=1", "seed=7", "run=seed"); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := ingot("compare", a.Run, "runs/seed"); code != exitData || !strings.Contains(stderr, "the folds differ") {
		t.Errorf("%d %s", code, stderr)
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
