package onnx

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// After -update, run tools/golden/onnx_check.py: it has onnx and onnxruntime judge the new files, and writes what
// onnxruntime computes beside them.
var update = flag.Bool("update", false, "write testdata/*.onnx")

func param(name string, seed uint64, shape ...int) *grad.Param {
	x := tensor.New(tensor.F32, shape...)
	rng.Stream{Seed: seed}.Uniform(tensor.Of[float32](x), -1, 1)
	return grad.NewParam(name, x)
}

// program is a function to trace; input makes its operand for n rows.
type program struct {
	name   string
	ps     grad.Params
	input  func(n int) tensor.Tensor
	fn     func(s *grad.Step, x grad.Value) []grad.Value
	nodes  []string // the op types of the file
	inputs []any    // the input's shape in the file
}

func listed(ps ...*grad.Param) grad.Params {
	var r grad.Params
	for _, p := range ps {
		r = append(r, grad.Named{Name: p.Name, Param: p})
	}
	return r
}

func rows(shape ...int) func(int) tensor.Tensor {
	return func(n int) tensor.Tensor { return param("", 99, append([]int{n}, shape...)...).Data }
}

// mlp is the network that the readers have: two layers with a fused activation, probabilities.
func mlp() program {
	w1, b1 := param("fc1.weight", 1, 7, 5), param("fc1.bias", 2, 7)
	w2, b2 := param("fc2.weight", 3, 3, 7), param("fc2.bias", 4, 3)
	return program{
		name: "mlp", ps: listed(w1, b1, w2, b2), input: rows(5),
		fn: func(s *grad.Step, x grad.Value) []grad.Value {
			h := op.Linear(x, s.Use(w1), s.Use(b1), op.ActReLU)
			return []grad.Value{op.Softmax(op.Linear(h, s.Use(w2), s.Use(b2), op.ActNone), 1)}
		},
		nodes:  []string{"Gemm", "Relu", "Gemm", "Softmax"},
		inputs: []any{"N", 5},
	}
}

// vocabulary uses every other form: images flattened, an input of three dimensions, both sides of a product transposed.
func vocabulary() program {
	w, b, v := param("w", 1, 6, 4), param("b", 2, 6), param("v", 3, 2, 6)
	return program{
		name: "vocabulary", ps: listed(w, b, v), input: rows(3, 4),
		fn: func(s *grad.Step, x grad.Value) []grad.Value {
			h := op.Linear(x, s.Use(w), s.Use(b), op.ActSigmoid)          // [N 3 6]
			h = op.Add(op.Tanh(h), op.Mul(op.ReLU(h), s.Scalar(0.5)))     // [N 3 6]
			y := op.MatMul(h, op.Permute(s.Use(v), 1, 0))                 // [N 3 2]
			y = op.Sub(y, op.Neg(op.Sqrt(op.Exp(op.Detach(y)))))          // [N 3 2]
			y = op.Maximum(op.Reshape(y, -1, 6), s.Scalar(0.1))           // [N 6]
			y = op.Linear(y, s.Use(v), grad.Value{}, op.ActTanh)          // [N 2]
			y = op.MatMulNT(op.LogSoftmax(op.Div(y, s.Scalar(3)), -1), y) // [N N]
			return []grad.Value{op.Detach(y)}
		},
		nodes: []string{
			"Transpose", "MatMul", "Add", "Sigmoid", "Tanh", "Relu", "Mul", "Add", "Transpose", "MatMul", "Exp", "Sqrt",
			"Neg", "Sub", "Reshape", "Max", "Gemm", "Tanh", "Div", "LogSoftmax", "Transpose",
			"MatMul", "Identity",
		},
		inputs: []any{"N", 3, 4},
	}
}

// trace traces the program at two batch sizes.
func (p program) trace(t *testing.T) (small, large *grad.Graph) {
	t.Helper()
	tape := grad.NewTape(grad.Config{Params: p.ps})
	at := func(n int) *grad.Graph {
		g, err := tape.Trace(grad.Infer, func(s *grad.Step) ([]grad.Value, error) { return p.fn(s, s.Input(p.input(n))), nil })
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	return at(2), at(3)
}

func (p program) export(t *testing.T) []byte {
	t.Helper()
	small, large := p.trace(t)
	var b bytes.Buffer
	if err := Export(&b, small, large, Options{Name: p.name}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestExport holds the files to those that onnx.checker passed, and Ingot's results to onnxruntime's.
func TestExport(t *testing.T) {
	for _, p := range []program{mlp(), vocabulary()} {
		t.Run(p.name, func(t *testing.T) {
			file := filepath.Join("testdata", p.name+".onnx")
			got := p.export(t)
			if *update {
				if err := os.WriteFile(file, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("the file differs from %s (error %v); see -update", file, err)
			}
			if *update {
				return
			}
			p.compare(t)
		})
	}
}

// compare computes what onnxruntime computed.
func (p program) compare(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", p.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var run struct {
		Input, Output struct {
			Shape []int
			Data  []float32
		}
	}
	if err := json.Unmarshal(b, &run); err != nil {
		t.Fatal(err)
	}
	var y tensor.Tensor
	if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
		s.ReadTensor(p.fn(s, s.Input(tensor.From(run.Input.Data, run.Input.Shape...)))[0], &y)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(y.Shape(), run.Output.Shape) || len(run.Output.Data) == 0 {
		t.Fatalf("shape %v, onnxruntime's %v", y.Shape(), run.Output.Shape)
	}
	for i, want := range run.Output.Data {
		if got := tensor.Of[float32](y)[i]; math.Abs(float64(got-want)) > 2e-6 {
			t.Errorf("element %d: %v, onnxruntime's %v", i, got, want)
		}
	}
}

// TestStructure reads the file back: op types, symbolic dimensions, weights.
func TestStructure(t *testing.T) {
	for _, p := range []program{mlp(), vocabulary()} {
		m := decode(t, p.export(t))
		if v := m.ints(1); !slices.Equal(v, []int{irVersion}) {
			t.Errorf("IR version %v", v)
		}
		if v := m.message(t, 8).ints(2); !slices.Equal(v, []int{opset}) {
			t.Errorf("operator set %v", v)
		}
		g := m.message(t, 7)
		var ops []string
		for _, n := range g[1] {
			ops = append(ops, string(decode(t, n.([]byte))[4][0].([]byte)))
		}
		if !slices.Equal(ops, p.nodes) {
			t.Errorf("%s: nodes %v, want %v", p.name, ops, p.nodes)
		}
		if got := shapeOf(t, g.message(t, 11)); !reflect.DeepEqual(got, p.inputs) {
			t.Errorf("%s: input %v, want %v", p.name, got, p.inputs)
		}
		weights := map[string][]byte{}
		for _, w := range g[5] {
			f := decode(t, w.([]byte))
			weights[string(f[8][0].([]byte))] = f[9][0].([]byte)
		}
		for _, w := range p.ps {
			if !bytes.Equal(weights[w.Name], w.Data.Bytes()) {
				t.Errorf("%s: the weight %s isn't in the file as it is", p.name, w.Name)
			}
		}
	}
}

// fields are a message's, by number: ints as int, the rest as bytes.
type fields map[protowire.Number][]any

func decode(t *testing.T, b []byte) fields {
	t.Helper()
	f := fields{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch typ {
		case protowire.VarintType:
			var u uint64
			u, n = protowire.ConsumeVarint(b)
			v = int(u)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(num, typ, b)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f[num] = append(f[num], v)
		b = b[n:]
	}
	return f
}

func (f fields) message(t *testing.T, num protowire.Number) fields {
	t.Helper()
	if len(f[num]) != 1 {
		t.Fatalf("%d fields %d, one wanted", len(f[num]), num)
	}
	return decode(t, f[num][0].([]byte))
}

func (f fields) ints(num protowire.Number) (r []int) {
	for _, v := range f[num] {
		r = append(r, v.(int))
	}
	return r
}

// shapeOf reads a ValueInfoProto's dimensions.
func shapeOf(t *testing.T, info fields) (r []any) {
	t.Helper()
	for _, d := range info.message(t, 2).message(t, 1).message(t, 2)[1] {
		dim := decode(t, d.([]byte))
		if s := dim[2]; s != nil {
			r = append(r, string(s[0].([]byte)))
		} else {
			r = append(r, dim[1][0])
		}
	}
	return r
}

func TestRefused(t *testing.T) {
	p := mlp()
	small, large := p.trace(t)
	refused := func(what string, want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", what, err, want)
		}
	}
	other := vocabulary()
	otherSmall, _ := other.trace(t)
	var w bytes.Buffer
	refused("two programs", "traces differ", Export(&w, small, otherSmall, Options{}))
	refused("too many names", "2 names for 1 inputs", Export(&w, small, large, Options{Inputs: []string{"a", "b"}}))

	none := program{input: rows(4), fn: func(s *grad.Step, x grad.Value) []grad.Value { return []grad.Value{op.Sum(x)} }}
	a, b := none.trace(t)
	refused("an op without a form", "sum has no ONNX form here", Export(&w, a, b, Options{}))

	twice := program{input: rows(4), fn: func(s *grad.Step, x grad.Value) []grad.Value {
		return []grad.Value{op.Reshape(op.MatMul(x, op.Permute(x, 1, 0)), x.Dim(0), 1, x.Dim(0))}
	}}
	a, b = twice.trace(t)
	refused("two dimensions of the batch", "at most one dimension may depend on the batch", Export(&w, a, b, Options{}))

	same := program{input: rows(4), fn: func(s *grad.Step, x grad.Value) []grad.Value { return []grad.Value{x} }}
	a, b = same.trace(t)
	refused("an output that is the input", "a value has one name", Export(&w, a, b, Options{}))
	refused("a writer that fails", "no room", Export(full{}, small, large, Options{}))
	if w.Len() != 0 {
		t.Errorf("%d bytes were written by exports that failed", w.Len())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no room") }

// TestFixed: one trace given twice makes the batch's size fixed.
func TestFixed(t *testing.T) {
	p := mlp()
	small, _ := p.trace(t)
	var b bytes.Buffer
	if err := Export(&b, small, small, Options{Inputs: []string{"x"}, Outputs: []string{"p"}}); err != nil {
		t.Fatal(err)
	}
	g := decode(t, b.Bytes()).message(t, 7)
	in := g.message(t, 11)
	if got := shapeOf(t, in); !reflect.DeepEqual(got, []any{2, 5}) || string(in[1][0].([]byte)) != "x" {
		t.Errorf("input %s %v, want x [2 5]", in[1][0], got)
	}
}
