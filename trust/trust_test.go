package trust

import (
	"context"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

func network(t *testing.T, in int, hidden []int, out int) *model.MLP {
	t.Helper()
	m, err := model.NewMLP(rng.NewSource(3), model.MLPConfig{In: in, Hidden: hidden, Out: out, Activation: "tanh"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func drawn(seed uint64, n int) []float32 {
	x := make([]float32, n)
	rng.Stream{Seed: seed}.Normal(x, 0, 1)
	return x
}

// TestLinearModel: of F(x) = w·x + b the gradient is w and the attributions are w·(x − x₀).
func TestLinearModel(t *testing.T) {
	m := network(t, 6, nil, 3)
	w := tensor.Of[float32](m.Layers[0].Weight.Data)[6:12] // output 1
	e := &Explainer{Model: m, RowShape: []int{6}}
	x, from := drawn(1, 6), drawn(2, 6)
	g, err := e.Saliency(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, err := e.IntegratedGradients(x, from, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i := range w {
		if g[i] != w[i] {
			t.Errorf("gradient %d is %v, want %v", i, g[i], w[i])
		}
		if want := float64(w[i]) * (float64(x[i]) - float64(from[i])); math.Abs(a.Values[i]-want) > 1e-12*math.Abs(want) {
			t.Errorf("attribution %d is %v, want %v", i, a.Values[i], want)
		}
	}
	if a.Steps != firstSteps || a.Error() > 1e-6 { // F itself is rounded to float32
		t.Errorf("%d steps, error %v", a.Steps, a.Error())
	}
}

// TestCompleteness trains a network that bends, and wants the attributions to add up.
func TestCompleteness(t *testing.T) {
	m, set := bent(t)
	e := &Explainer{Model: m, RowShape: []int{5}}
	rows := tensor.Of[float32](set.X)
	for i := range 5 {
		a, err := e.IntegratedGradients(rows[i*5:][:5], make([]float32, 5), 1)
		if err != nil {
			t.Fatal(err)
		}
		if a.Error() > closeTo*math.Abs(a.Change()) || a.Change() == 0 {
			t.Errorf("row %d: the score changes by %v, the error is %v after %d steps", i, a.Change(), a.Error(), a.Steps)
		}
	}
}

// bent is a network that learnt whether x₀·x₁ + x₂ > 0; columns 3 and 4 are noise.
func bent(t *testing.T) (*model.MLP, *data.Dataset) {
	t.Helper()
	const n = 2000
	x, y := drawn(7, n*5), make([]int32, n)
	for i := range y {
		if r := x[i*5:]; r[0]*r[1]+r[2] > 0 {
			y[i] = 1
		}
	}
	set := &data.Dataset{X: tensor.From(x, n, 5), Y: tensor.From(y), Classes: []string{"no", "yes"}}
	m := network(t, 5, []int{32}, 2)
	parts, err := set.Split(1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	_, err = train.Fit(context.Background(), train.Config{
		Model: m, Loss: func(out, ids grad.Value) grad.Value { return op.CrossEntropy(out, ids) }, Optimizer: &optim.Adam{LR: 1e-2}, Epochs: 30,
		Loader: &data.Loader{Data: parts[0], Batch: 50, Shuffle: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m, parts[1]
}

// gathered are all rows and labels of a part.
func gathered(t *testing.T, d *data.Dataset) (x []float32, y []int32) {
	t.Helper()
	rows := make([]int, d.Len())
	for i := range rows {
		rows[i] = i
	}
	bx, by := tensor.New(tensor.F32, len(rows), 5), tensor.New(tensor.I32, len(rows))
	if err := d.Gather(bx, by, rows); err != nil {
		t.Fatal(err)
	}
	return tensor.Of[float32](bx), tensor.Of[int32](by)
}

// logLosses are −ln of the true class's probability, of two classes.
func logLosses(t *testing.T, m Model, y []int32) func(x []float32) ([]float64, error) {
	e := &Explainer{Model: m, RowShape: []int{5}}
	return func(x []float32) ([]float64, error) {
		no, err := e.Scores(x, 0)
		if err != nil {
			return nil, err
		}
		yes, err := e.Scores(x, 1)
		r := make([]float64, len(no))
		for i := range r {
			d := float64(yes[i]) - float64(no[i])
			if y[i] == 1 {
				d = -d
			}
			r[i] = math.Log1p(math.Exp(d))
		}
		return r, err
	}
}

// TestPermutation: three columns tell the class, two are noise, which has 0 in its interval or next to it.
func TestPermutation(t *testing.T) {
	m, test := bent(t)
	x, y := gathered(t, test)
	features := []Feature{{"a", []int{0}}, {"b", []int{1}}, {"c", []int{2}}, {"noise", []int{3}}, {"both", []int{0, 1}}, {"more noise", []int{4}}}
	r, err := Permutation(x, 5, features, 5, 1, logLosses(t, m, y))
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range r {
		noise := i.Column == "noise" || i.Column == "more noise"
		width := i.Interval[1] - i.Interval[0]
		if noise && (math.Abs(i.Mean) > 0.05 || i.Interval[0] > width || i.Interval[1] < -width) || !noise && i.Interval[0] < 0.2 {
			t.Errorf("%+v", i)
		}
	}
	again, _ := Permutation(x, 5, features, 5, 1, logLosses(t, m, y))
	for k := range r {
		if r[k] != again[k] {
			t.Errorf("%+v and %+v", r[k], again[k])
		}
	}
	// A model that looks at nothing has importance 0 exactly.
	r, err = Permutation(x, 5, features, 2, 1, func(x []float32) ([]float64, error) { return make([]float64, len(x)/5), nil })
	if err != nil || r[0].Mean != 0 || r[0].Interval != [2]float64{} {
		t.Errorf("%+v %v", r, err)
	}
	if _, err := Permutation(x[:5], 5, features, 1, 1, nil); err == nil {
		t.Error("one row can't be shuffled")
	}
}

// TestPartialDependence: of the mean of 2a + b, a is a line of slope 2, whatever b is.
func TestPartialDependence(t *testing.T) {
	x := []float32{1, 10, 2, 20, 3, 60}
	d, err := PartialDependence(x, 2, Feature{"a", []int{0}}, []string{"0", "5"}, [][]float32{{0}, {5}}, func(x []float32) ([]float64, error) {
		var r []float64
		for i := 0; i < len(x); i += 2 {
			r = append(r, 2*float64(x[i])+float64(x[i+1]))
		}
		return r, nil
	})
	if err != nil || d.Answer[0] != 30 || d.Answer[1] != 40 || d.At[1] != "5" { // (10 + 20 + 60)/3, and 2·5 more
		t.Errorf("%+v %v", d, err)
	}
}

// TestOcclusion: F is the sum of the pixels: a square filled with 0 takes away what it covers.
func TestOcclusion(t *testing.T) {
	e := &Explainer{Model: sum{}, RowShape: []int{24}}
	row := make([]float32, 24) // [3 4 2]: the value of pixel (1, 2) is 5, in its channel 1
	row[(1*4+2)*2+1] = 5
	heat, err := e.Occlusion(row, 3, 4, 2, 1, 1, []float32{0, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range heat {
		if want := map[bool]float64{true: 5}[i == 6]; v != want {
			t.Errorf("squares of 1: pixel %d is %v, want %v", i, v, want)
		}
	}
	// Squares of 2 × 2 begin at rows 0, 1 and columns 0, 2: those with columns 2 … 3 cover the pixel; each pixel of these is
	// covered by none but them.
	heat, err = e.Occlusion(row, 3, 4, 2, 2, 2, []float32{0, 0}, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range heat {
		if want := map[bool]float64{true: 5}[i%4 >= 2]; v != want {
			t.Errorf("squares of 2: pixel %d is %v, want %v", i, v, want)
		}
	}
	for _, bad := range [][2]int{{0, 1}, {4, 1}, {1, 0}} {
		if _, err := e.Occlusion(row, 3, 4, 2, bad[0], bad[1], []float32{0, 0}, 0); err == nil {
			t.Errorf("no error for %v", bad)
		}
	}
}

type sum struct{}

func (sum) Forward(x grad.Value) grad.Value { return op.Reshape(op.Sum(x, 1), x.Dim(0), 1) }

func TestRefuses(t *testing.T) {
	e := &Explainer{Model: network(t, 4, nil, 2), RowShape: []int{4}}
	if _, err := e.Saliency(make([]float32, 4), 2); err == nil {
		t.Error("there is no output 2")
	}
	if _, err := e.Scores(make([]float32, 5), 0); err == nil {
		t.Error("5 values aren't rows of 4")
	}
	if _, err := e.IntegratedGradients(make([]float32, 4), make([]float32, 3), 0); err == nil {
		t.Error("the baseline has 3 values")
	}
}
