package optest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Attrs are the attributes of a golden case: PyTorch's names in lower snake case. A missing or misshapen one panics.
type Attrs map[string]any

// Int returns an integer.
func (a Attrs) Int(name string) int { return int(a.Float(name)) }

// Float returns a number.
func (a Attrs) Float(name string) float64 { return attr[float64](a, name) }

// Bool returns a truth value.
func (a Attrs) Bool(name string) bool { return attr[bool](a, name) }

// String returns a word.
func (a Attrs) String(name string) string { return attr[string](a, name) }

// Ints returns a list of integers.
func (a Attrs) Ints(name string) []int {
	var r []int
	for _, v := range attr[[]any](a, name) {
		r = append(r, int(v.(float64)))
	}
	return r
}

func attr[T any](a Attrs, name string) T {
	v, ok := a[name].(T)
	if !ok {
		panic(fmt.Sprintf("optest: the golden case has no %T attribute %q: %v", v, name, map[string]any(a)))
	}
	return v
}

// The format is tools/golden/README.md's.
type goldenFile struct {
	Op    string       `json:"op"`
	Cases []goldenCase `json:"cases"`
}

type goldenCase struct {
	Attrs      Attrs           `json:"attrs"`
	Inputs     []*goldenTensor `json:"inputs"`
	Outputs    []*goldenTensor `json:"outputs"`
	GradOutput []*goldenTensor `json:"grad_output"`
	Grads      []*goldenTensor `json:"grads"`
}

type goldenTensor struct {
	Shape []int     `json:"shape"`
	DType string    `json:"dtype"`
	Data  []float64 `json:"data"`
}

func (g *goldenTensor) array() Array {
	a := NewArray(g.Shape...)
	copy(a.Data, g.Data)
	return a
}

// tensor is what the op gets: f32, i32 for ids, or u8 for masks.
func (g *goldenTensor) tensor() tensor.Tensor {
	if g.DType == "i64" {
		x := tensor.New(tensor.I32, g.Shape...)
		for i, v := range g.Data {
			tensor.Of[int32](x)[i] = int32(v)
		}
		return x
	}
	if g.DType == "u8" {
		x := tensor.New(tensor.U8, g.Shape...)
		for i, v := range g.Data {
			tensor.Of[uint8](x)[i] = uint8(v)
		}
		return x
	}
	x := tensor.New(tensor.F32, g.Shape...)
	for i, v := range g.Data {
		tensor.Of[float32](x)[i] = float32(v)
	}
	return x
}

// golden holds the op to testdata/Name.json, where it exists.
func (c *Case) golden(t *testing.T) {
	path := filepath.Join("testdata", c.Name+".json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && c.Golden == nil {
		t.Skip("no " + path)
	}
	if err != nil {
		t.Fatal(err)
	}
	var f goldenFile
	if err := json.Unmarshal(text, &f); err != nil || len(f.Cases) == 0 {
		t.Fatalf("%s: %d cases, %v", path, len(f.Cases), err)
	}
	for i, g := range f.Cases {
		t.Run(fmt.Sprint(i), func(t *testing.T) { c.goldenCase(t, g) })
	}
}

func (c *Case) goldenCase(t *testing.T, g goldenCase) {
	if c.Output >= len(g.Outputs) {
		t.Skipf("the case has %d outputs", len(g.Outputs))
	}
	k := *c
	if c.Golden != nil {
		k.Op = func(in ...grad.Value) grad.Value { return c.Golden(g.Attrs, in...) }
	}
	tr := &trial{c: &k}
	want := outcome{y: exact(g.Outputs[c.Output].array()), grads: make([]tensor.Tensor, len(g.Inputs))}
	for i, in := range g.Inputs {
		tr.x = append(tr.x, in.tensor())
		given := i < len(g.Grads) && g.Grads[i] != nil && !(i < len(c.Inputs[0]) && c.Inputs[0][i].Constant)
		tr.in = append(tr.in, Input{Shape: in.Shape, DType: tr.x[i].DType(), Constant: !given})
		if given {
			want.grads[i] = exact(g.Grads[i].array())
		}
	}
	if seed := g.GradOutput[c.Output]; seed != nil {
		tr.seed = seed.tensor()
	} else {
		k.NoGrad = true
	}
	if k.NoGrad {
		want.grads = nil
	}
	tr.compare(t, "golden", tr.run(t, setup{}), want)
}
