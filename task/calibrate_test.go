package task_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/metric"
	"github.com/ingot-ml/ingot/task"
)

// fits is testdata/calibration.json: see tools/golden/task.py.
type fits struct {
	Temperatures []struct {
		Classes     int
		Probs       []float32
		Target      []int32
		Temperature float64
		Loss        float64
	}
	Thresholds []struct {
		Probs  []float32
		Target []int32
		Best   map[string]float64
	}
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestTemperature: as scipy's minimiser, and the log loss after it is the least.
func TestTemperature(t *testing.T) {
	var f fits
	readJSON(t, "testdata/calibration.json", &f)
	for i, c := range f.Temperatures {
		got, err := task.FitTemperature(c.Probs, c.Classes, c.Target)
		if err != nil || math.Abs(got-c.Temperature) > 1e-5*c.Temperature {
			t.Errorf("case %d: temperature %v, scipy's %v; %v", i, got, c.Temperature, err)
		}
		probs, loss := slices.Clone(c.Probs), metric.LogLoss{}
		task.Calibrate(&bundle.Calibration{Temperature: got}, probs, c.Classes)
		if err := loss.Add(probs, c.Classes, c.Target); err != nil || math.Abs(loss.Value()-c.Loss) > 1e-6 {
			t.Errorf("case %d: the loss is %v, scipy's %v; %v", i, loss.Value(), c.Loss, err)
		}
	}
	// Every row is right: the surer the better, up to the end.
	if got, err := task.FitTemperature([]float32{0.25, 0.75, 0.75, 0.25}, 2, []int32{1, 0}); err != nil || math.Abs(got-0.05) > 1e-6 {
		t.Errorf("temperature %v, want the least, 0.05; %v", got, err)
	}
	if got, err := task.FitTemperature([]float32{0, 1, 1, 0}, 2, []int32{0, 0}); err != nil || !(got > 1) {
		t.Errorf("temperature %v of a row that was surely wrong; %v", got, err)
	}
}

// TestThreshold: no threshold scores better, by scikit-learn's count.
func TestThreshold(t *testing.T) {
	var f fits
	readJSON(t, "testdata/calibration.json", &f)
	for i, c := range f.Thresholds {
		for by, want := range c.Best {
			at, err := task.TuneThreshold(c.Probs, c.Target, by)
			if err != nil {
				t.Fatal(err)
			}
			said, m := make([]int32, len(c.Target)), metric.NewConfusion(2)
			for j, p := range c.Probs {
				said[j] = int32(task.Decide(&bundle.Calibration{Threshold: at}, []float32{1 - p, p}))
			}
			if err := m.Add(said, c.Target); err != nil {
				t.Fatal(err)
			}
			got := m.BalancedAccuracy()
			if by == "f1" {
				got = m.FBeta(1, metric.Binary)
			}
			if math.Abs(got-want) > 1e-12 {
				t.Errorf("case %d: threshold %v has %s %v, the best is %v", i, at, by, got, want)
			}
		}
	}
	for _, c := range []struct {
		target []int32
		by     string
		want   string
	}{{[]int32{1, 1}, "f1", "rows of both classes"}, {[]int32{1, 0}, "recall", "there are f1 and balanced_accuracy"}, {[]int32{1}, "f1", "2 probabilities for 1 rows"}} {
		if _, err := task.TuneThreshold([]float32{0.5, 0.25}, c.target, c.by); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// TestCalibrate: weights of 3 and 1 are taken out of 0.6 and 0.4: 0.2 to 0.4, a third; at temperature 0.5 the squares, 1 to 4.
func TestCalibrate(t *testing.T) {
	for _, c := range []struct {
		c    *bundle.Calibration
		want [2]float64
	}{
		{nil, [2]float64{0.6, 0.4}},
		{&bundle.Calibration{ClassWeights: []float64{3, 1}}, [2]float64{1. / 3, 2. / 3}},
		{&bundle.Calibration{ClassWeights: []float64{3, 1}, Temperature: 0.5}, [2]float64{0.2, 0.8}},
	} {
		p := []float32{0.6, 0.4, 0, 1}
		task.Calibrate(c.c, p, 2)
		for k, want := range append(c.want[:], 0, 1) {
			if math.Abs(float64(p[k])-want) > 1e-6 {
				t.Errorf("%+v: %v, want %v", c.c, p, c.want)
			}
		}
	}
	if task.Decide(nil, []float32{0.5, 0.5}) != 0 || task.Decide(&bundle.Calibration{Threshold: 0.5}, []float32{0.5, 0.5}) != 1 {
		t.Error("at the threshold class 1 is said, and of equal ones the first without it")
	}
}

// TestFitCalibration: weights of 1 change nothing, and the threshold is of what the temperature made.
func TestFitCalibration(t *testing.T) {
	var f fits
	readJSON(t, "testdata/calibration.json", &f)
	c := f.Temperatures[1]
	got, err := task.FitCalibration(c.Probs, 2, c.Target, []float32{1, 1}, "f1")
	if err != nil || math.Abs(got.Temperature-c.Temperature) > 1e-5 || got.ThresholdBy != "f1" || !(got.Threshold > 0 && got.Threshold < 1) {
		t.Errorf("%+v, %v; the temperature is %v", got, err, c.Temperature)
	}
	if _, err := task.FitCalibration(f.Temperatures[0].Probs, 3, f.Temperatures[0].Target, nil, "f1"); err == nil {
		t.Error("a threshold for three classes was made")
	}
}
