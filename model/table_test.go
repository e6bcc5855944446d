package model_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TestLinear: 2 numbers and a category of 3 ids. Row (1, 2, id 2): 0.5·1 − 1·2 + 7 + 0.25 = 5.75.
func TestLinear(t *testing.T) {
	m, err := model.New(rng.NewSource(1), "linear", []byte(`{"numbers": 2, "categories": [3], "out": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string][]float32{"weight": {0.5, -1}, "cat.0.weight": {5, 6, 7}, "bias": {0.25}}
	for _, p := range ps {
		copy(tensor.Of[float32](p.Data), values[p.Name])
		delete(values, p.Name)
	}
	if len(values) > 0 {
		t.Errorf("no parameters called %v", values)
	}
	x := tensor.From([]float32{1, 2, 2, 0, 0, 0}, 2, 3)
	y := tensor.Of[float32](infer(t, func(s *grad.Step) grad.Value { return m.Forward(s.Input(x)) }))
	if y[0] != 5.75 || y[1] != 5.25 {
		t.Errorf("%v, want 5.75 and 5 + 0.25", y)
	}
}

// TestTableRefused: ids that aren't, rows of another width, configs that can't be.
func TestTableRefused(t *testing.T) {
	m, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{TableInput: model.TableInput{Numbers: 1, Categories: []int{3, 100}}, Hidden: []int{4}, Out: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		row  []float32
		want string
	}{
		{[]float32{1, 3, 0}, "there are 3 classes"},
		{[]float32{1, 0, 100}, "there are 100 rows"},
		{[]float32{1, 0.5, 0}, "element 0 is 0.5"},
		{[]float32{1, float32(math.NaN()), 0}, "element 0 is NaN"},
		{[]float32{1, 2}, "[N 3] wanted: 1 numbers and 2 categories"},
	} {
		err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			m.Forward(s.Input(tensor.From(c.row, 1, len(c.row))))
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want %q", c.row, err, c.want)
		}
	}
	for _, c := range []struct{ name, config, want string }{
		{"linear", `{"out": 1}`, "neither numbers nor categories"},
		{"linear", `{"numbers": -1, "categories": [1, 1], "out": 1}`, "numbers is -1"},
		{"linear", `{"numbers": 1, "categories": [0], "out": 1}`, "categories[0] is 0"},
		{"linear", `{"numbers": 1}`, "out is 0"},
		{"linear", `{"numbers": 1, "bins": [[0, 1]], "embedding": "ple", "out": 1}`, "takes numbers as they are"},
		{"mlp", `{"numbers": 1, "embedding": "ple", "out": 1}`, "bins of 0 numbers for 1"},
		{"mlp", `{"numbers": 1, "embedding": "ple", "bins": [[0, 1, 1]], "out": 1}`, "bins[0][2] is 1"},
		{"mlp", `{"numbers": 1, "embedding": "rope", "out": 1}`, `unknown embedding "rope"`},
		{"mlp", `{"numbers": 1, "in": 1, "out": 1}`, "in is 1 beside 1 numbers"},
		{"mlp", `{"numbers": 1, "size": "xxl", "out": 1}`, `unknown size "xxl"; there are xs, s, m, l, xl`},
		{"mlp", `{"numbers": 1, "size": "s", "hidden": [3], "out": 1}`, "one of them"},
		{"mlp", `{"numbers": 1, "dropout": 1, "out": 1}`, "dropout is 1"},
		{"mlp", `{"numbers": 2147483647, "embedding": "periodic", "embedding_dim": 2147483647, "out": 1}`, "the columns become"},
		{"mlp", `{"numbers": 20000000, "embedding": "periodic", "out": 1}`, "parameters need"},
	} {
		if _, err := model.New(rng.NewSource(1), c.name, []byte(c.config)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %v, want %q", c.name, c.config, err, c.want)
		}
	}
}

// tables are small configs of each model, with all kinds of columns.
var tables = map[string]string{
	"linear":         `{"numbers": 3, "categories": [4, 90], "out": 2}`,
	"mlp":            `{"numbers": 3, "categories": [4, 90], "size": "xs", "embedding": "ple", "bins": [[0, 1, 2], [], [-1, 1]], "out": 2}`,
	"resmlp":         `{"numbers": 3, "categories": [4, 90], "size": "xs", "embedding": "periodic", "out": 2}`,
	"tabm":           `{"numbers": 3, "categories": [4, 90], "size": "xs", "embedding": "ple", "bins": [[0, 1, 2], [], [-1, 1]], "out": 2}`,
	"ft_transformer": `{"numbers": 3, "categories": [4, 90], "size": "xs", "embedding": "ple", "bins": [[0, 1, 2], [], [-1, 1]], "out": 2}`,
}

// TestRowsAlone: a row's answer has the same bits alone as in a batch, and every size of every model can be built.
func TestRowsAlone(t *testing.T) {
	const n = 7
	x := tensor.New(tensor.F32, n, 5)
	rng.Stream{Seed: 1}.Normal(tensor.Of[float32](x), 0, 1)
	for i := range n {
		copy(tensor.Of[float32](x)[i*5+3:], []float32{float32(i % 4), float32(13 * i)})
	}
	for name, config := range tables {
		m, err := model.New(rng.NewSource(1), name, []byte(config))
		if err != nil {
			t.Fatal(name, err)
		}
		of := func(x tensor.Tensor) []float32 {
			return tensor.Of[float32](infer(t, func(s *grad.Step) grad.Value { return m.Forward(s.Input(x)) }))
		}
		all := of(x)
		for i := range n {
			row := of(x.Slice(0, i, i+1, 1))
			if !slices.Equal(row, all[i*len(row):][:len(row)]) {
				t.Errorf("%s: row %d alone gives %v", name, i, row)
			}
		}
		for _, size := range []string{"s", "m", "l", "xl"} {
			if name == "linear" {
				continue
			}
			if _, err := model.New(rng.NewSource(1), name, []byte(`{"numbers": 3, "out": 1, "size": "`+size+`"}`)); err != nil {
				t.Errorf("%s %s: %v", name, size, err)
			}
		}
	}
}

// TestTabMStart: the models start with different first products, one number a column: signs, or normal where numbers are embedded.
func TestTabMStart(t *testing.T) {
	for _, c := range []struct {
		embedding string
		width     int // of a number
	}{{"none", 1}, {"periodic", 3}} {
		m, err := model.NewTabM(rng.NewSource(1), model.TabMConfig{
			TableInput: model.TableInput{Numbers: 2, Categories: []int{4}, Embedding: c.embedding, EmbeddingDim: c.width}, Dim: 5, Heads: 16, Out: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
		r, width := tensor.Of[float32](m.Blocks[0].R.Data), 2*c.width+4
		signs, distinct := true, map[float32]bool{}
		for i, v := range r {
			signs = signs && math.Abs(float64(v)) == 1
			distinct[v] = true
			if j := i % width; j > 2*c.width && v != r[i-1] || j < 2*c.width && j%c.width > 0 && v != r[i-1] {
				t.Errorf("%s: value %d of R is %v, the one before it, of the same column, %v", c.embedding, i, v, r[i-1])
			}
		}
		if signs != (c.embedding == "none") || len(distinct) < 2 {
			t.Errorf("%s: R starts with %v", c.embedding, r)
		}
		if tensor.Of[float32](m.Blocks[1].R.Data)[0] != 1 {
			t.Errorf("R of the second layer starts with %v", m.Blocks[1].R.Data)
		}
	}
}
