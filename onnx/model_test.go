package onnx_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/onnx"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// tables are small models of tables: 3 numbers and categories of 4 and 70 ids.
var tables = map[string]string{
	"linear":         `{"numbers": 3, "categories": [4, 70], "out": 3}`,
	"table_mlp":      `{"numbers": 3, "categories": [4, 70], "hidden": [8], "dropout": 0.1, "embedding": "periodic", "embedding_dim": 3, "frequencies": 4, "out": 3}`,
	"resmlp":         `{"numbers": 3, "categories": [4, 70], "dim": 8, "blocks": 1, "out": 3}`,
	"tabm":           `{"numbers": 3, "categories": [4, 70], "dim": 8, "blocks": 2, "heads": 4, "embedding": "ple", "embedding_dim": 3, "bins": [[-1, 0, 1], [], [-0.5, 0.25, 0.5, 2]], "out": 3}`,
	"tabm_mini":      `{"numbers": 3, "categories": [4, 70], "dim": 8, "blocks": 2, "heads": 4, "mini": true, "out": 3}`,
	"ft_transformer": `{"numbers": 3, "categories": [4, 70], "dim": 8, "blocks": 2, "heads": 2, "out": 3}`,
}

// forward is a model's probabilities, averaged over those of an ensemble.
func forward(m model.Model, x grad.Value) grad.Value {
	y := op.Softmax(m.Forward(x), -1)
	if y.Rank() == 3 {
		y = op.Mean(y, 1)
	}
	return y
}

// newTable builds a model whose state is all random: batch norm's statistics and zeros of first values too.
func newTable(t *testing.T, name string) model.Model {
	t.Helper()
	m, err := model.New(rng.NewSource(1), strings.TrimSuffix(strings.TrimPrefix(name, "table_"), "_mini"), []byte(tables[name]))
	if err != nil {
		t.Fatal(err)
	}
	state, err := nn.State(m)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range state {
		lo := float32(-0.5)
		if strings.HasSuffix(e.Name, "running_var") {
			lo = 0.5
		}
		rng.Stream{Seed: 7, ID: uint64(i)}.Uniform(tensor.Of[float32](e.Tensor), lo, lo+1)
	}
	return m
}

// TestTables holds the files of all models of tables to those that onnx.checker passed, and Ingot's answers to onnxruntime's.
func TestTables(t *testing.T) {
	update := flag.Lookup("update").Value.String() == "true"
	for name := range tables {
		t.Run(name, func(t *testing.T) {
			m := newTable(t, name)
			trace := func(n int) *grad.Graph {
				ps, err := nn.Params(m)
				if err != nil {
					t.Fatal(err)
				}
				g, err := grad.NewTape(grad.Config{Params: ps}).Trace(grad.Infer, func(s *grad.Step) ([]grad.Value, error) {
					return []grad.Value{forward(m, s.Input(tensor.New(tensor.F32, n, 5)))}, nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return g
			}
			var b bytes.Buffer
			if err := onnx.Export(&b, trace(2), trace(3), onnx.Options{Metadata: map[string]string{"ingot.categories": "[4, 70]"}}); err != nil {
				t.Fatal(err)
			}
			file := "testdata/" + name + ".onnx"
			if update {
				if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want, err := os.ReadFile(file); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("the file differs from %s (error %v); see -update", file, err)
			}
			compare(t, name, m)
		})
	}
}

// compare computes what onnxruntime computed.
func compare(t *testing.T, name string, m model.Model) {
	text, err := os.ReadFile("testdata/" + name + ".json")
	var run struct {
		Input, Output struct {
			Shape []int
			Data  []float32
		}
	}
	if err == nil {
		err = json.Unmarshal(text, &run)
	}
	if err != nil {
		t.Fatal(err)
	}
	var y tensor.Tensor
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(forward(m, s.Input(tensor.From(run.Input.Data, run.Input.Shape...))), &y)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y.Shape(), run.Output.Shape) || len(run.Output.Data) == 0 {
		t.Fatalf("shape %v, onnxruntime's %v", y.Shape(), run.Output.Shape)
	}
	most := 0.0
	for i, want := range run.Output.Data {
		most = max(most, math.Abs(float64(tensor.Of[float32](y)[i]-want)))
	}
	t.Logf("the largest difference from onnxruntime is %.2g", most)
	if most > 2e-6 {
		t.Errorf("the largest difference from onnxruntime is %v", most)
	}
}
