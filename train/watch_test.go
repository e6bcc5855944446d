package train

import (
	"context"
	"errors"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/train/events"
)

// eventsOf reads a run's event files, in the order of their names.
func eventsOf(t *testing.T, dir string) [][]events.Event {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, EventFiles))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]events.Event
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		var list []events.Event
		r := events.NewReader(f)
		for {
			e, err := r.Next()
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			list = append(list, e)
		}
		all = append(all, list)
	}
	return all
}

// values are those of a tag, by step.
func values(list []events.Event, tag string) map[int64]events.Data {
	m := map[int64]events.Data{}
	for _, e := range list {
		for _, v := range e.Values {
			if v.Tag == tag {
				m[e.Step] = v.Data
			}
		}
	}
	return m
}

func TestWatch(t *testing.T) {
	run, err := CreateRun(filepath.Join(t.TempDir(), "run"))
	if err != nil {
		t.Fatal(err)
	}
	c := config(4) // of 13 steps
	c.Run = run
	c.Watch = &Watch{Histograms: 2, Text: "# settings", Samples: []Image{{"samples/one", image.NewGray(image.Rect(0, 0, 3, 2))}}}
	c.Validate = func() (Metrics, error) { return Metrics{"loss": 0.5}, nil }
	r, err := Fit(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(run.Test(10, Metrics{"accuracy": 0.75}), run.Close()); err != nil {
		t.Fatal(err)
	}
	files := eventsOf(t, run.Dir)
	if len(files) != 1 {
		t.Fatalf("%d event files", len(files))
	}
	e := files[0]
	if e[0].Version != events.Version || !e[1].Start || e[1].Step != 1 {
		t.Errorf("it begins with %+v", e[:2])
	}
	if got := values(e, "config")[0]; got != events.Text("# settings") {
		t.Errorf("the text is %v", got)
	}
	if got, ok := values(e, "samples/one")[0].(events.Image); !ok || got.Width != 3 || got.Height != 2 || got.Channels != 1 || string(got.Encoded[1:4]) != "PNG" {
		t.Errorf("the sample is %+v", got)
	}
	for tag, want := range map[string]map[int64]events.Data{
		"val/loss":      {13: events.Scalar(0.5), 26: events.Scalar(0.5), 39: events.Scalar(0.5), 52: events.Scalar(0.5)},
		"test/accuracy": {52: events.Scalar(0.75)},
	} {
		got := values(e, tag)
		if len(got) != len(want) {
			t.Errorf("%s: %v", tag, got)
		}
		for step, x := range want {
			if got[step] != x {
				t.Errorf("%s at step %d is %v, want %v", tag, step, got[step], x)
			}
		}
	}
	if got := values(e, "train/epoch_loss")[52]; got != events.Scalar(r.Train["loss"]) {
		t.Errorf("the last epoch's loss is %v, want %g", got, r.Train["loss"])
	}
	for tag, n := range map[string]float64{"weights/fc1.weight": 16, "gradients/fc1.weight": 16, "weights/fc2.bias": 2} {
		h := values(e, tag)
		if len(h) != 2 || h[26].(events.Histogram).Num != n || h[52].(events.Histogram).Num != n {
			t.Errorf("%s: %v", tag, h)
		}
	}
	if h := values(e, "gradients/fc2.weight")[52].(events.Histogram); h.SumSquares == 0 {
		t.Error("the gradients are all 0")
	}
}

// What a watched run computes is what an unwatched one does.
func TestWatchChangesNothing(t *testing.T) {
	var weights [2][]byte
	for i, watch := range []*Watch{nil, {Histograms: 1}} {
		run, err := CreateRun(filepath.Join(t.TempDir(), "run"))
		if err != nil {
			t.Fatal(err)
		}
		defer run.Close()
		c := config(2)
		c.Run, c.Watch = run, watch
		if _, err := Fit(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		weights[i] = weightsOf(t, c.Model)
	}
	if !slices.Equal(weights[0], weights[1]) {
		t.Error("the weights differ")
	}
}

func TestGraph(t *testing.T) {
	f := &fit{Config: config(1)}
	f.watch.fit = f
	for b, err := range f.Loader.Batches(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		f.batch = data.Batch{X: b.X}
		break
	}
	f.grads = gradsOf(t, f.Model)
	g, err := f.watch.graph()
	if err != nil {
		t.Fatal(err)
	}
	in := map[string][]string{}
	for _, n := range g.Nodes {
		in[n.Name] = n.In
	}
	for name, want := range map[string][]string{
		"fc1/weight": nil, "input": nil, "fc1/linear": {"input", "fc1/weight", "fc1/bias"}, "fc1/tanh": {"fc1/linear"},
		"fc2/linear": {"fc1/tanh", "fc2/weight", "fc2/bias"}, "output": {"fc2/linear"},
	} {
		if got, ok := in[name]; !ok || !slices.Equal(got, want) {
			t.Errorf("%s takes %v, want %v", name, got, want)
		}
	}
	if len(in) != 9 || len(g.Nodes) != 9 { // four parameters, the input, three ops, the output
		t.Errorf("%d nodes of %d names: %v", len(g.Nodes), len(in), in)
	}
}

func gradsOf(t *testing.T, model any) *grad.Grads {
	t.Helper()
	ps, err := nn.Params(model)
	if err != nil {
		t.Fatal(err)
	}
	return grad.NewGrads(ps)
}
