package nn_test

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/tensor"
)

func param() *grad.Param   { return grad.NewParam("weight", tensor.New(tensor.F32, 2)) }
func buffer() *grad.Buffer { return grad.NewBuffer("mean", tensor.New(tensor.F32, 2)) }

type dense struct{ Weight, Bias *grad.Param }

type base struct{ Shared *grad.Param }

// Base is exported, so that a tag on it as an embedded field counts.
type Base struct{ Gain *grad.Param }

type everything struct {
	base
	*Base      `nn:"plain"`
	FC1, FC2   *dense
	LMHead     dense
	Proj       *dense            `nn:"c_proj"`
	Blocks     []*dense          `nn:"h"`
	Layers     [2]dense          `nn:"layer#1"`
	Ends       []*grad.Param     `nn:"w_l#0_reverse"`
	ByName     map[string]*dense // in the order of the keys
	ByNumber   map[int]*grad.Param
	Any        any
	RunningVar *grad.Buffer
	Ignored    *dense `nn:"-"`
	Missing    *dense
	Width      int
	Next       *everything
	mu         sync.Mutex
	scratch    []float32
}

func TestNames(t *testing.T) {
	d := func() *dense { return &dense{Weight: param()} }
	m := &everything{
		base: base{param()}, Base: &Base{param()}, FC1: &dense{param(), param()}, FC2: d(), LMHead: *d(), Proj: d(),
		Blocks: []*dense{d(), nil, d()}, Layers: [2]dense{*d(), *d()}, Ends: []*grad.Param{param(), param()},
		ByName: map[string]*dense{"b": d(), "a": d()}, ByNumber: map[int]*grad.Param{10: param(), 9: param()},
		Any: d(), RunningVar: buffer(), Ignored: d(),
	}
	m.mu.Lock() // read, so that the fields aren't unused
	m.scratch = append(m.scratch, 1)
	m.mu.Unlock()
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(`shared plain.gain fc1.weight fc1.bias fc2.weight lm_head.weight c_proj.weight
		h.0.weight h.2.weight layer1.weight layer2.weight w_l0_reverse w_l1_reverse by_name.a.weight by_name.b.weight by_number.9 by_number.10 any.weight`)
	if got := names(ps); !slices.Equal(got, want) {
		t.Errorf("parameters\n%v, want\n%v", got, want)
	}
	bs, err := nn.Buffers(m)
	if err != nil || len(bs) != 1 || bs[0].Name != "running_var" || bs[0].Buffer != m.RunningVar {
		t.Errorf("buffers %v, %v", bs, err)
	}
}

func names(ps grad.Params) []string {
	var r []string
	for _, p := range ps {
		r = append(r, p.Name)
	}
	return r
}

func TestSnake(t *testing.T) {
	type fields struct {
		FC1, Conv2D, BatchNorm1D, QKVProj, LMHead, X, Layer1Norm, RunningMean, W_Q *grad.Param
	}
	ps, err := nn.Params(&fields{param(), param(), param(), param(), param(), param(), param(), param(), param()})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields("fc1 conv2d batch_norm1d qkv_proj lm_head x layer1_norm running_mean w_q")
	if got := names(ps); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestTied(t *testing.T) {
	m := &struct{ Tok, Head *dense }{&dense{Weight: param()}, &dense{Bias: param()}}
	m.Head.Weight = m.Tok.Weight
	ps, err := nn.Params(m)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(ps), []string{"tok.weight", "head.bias"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

type hides struct{ inner *dense }

type deep struct{ m map[string]any }

type ring struct {
	W    *grad.Param
	Next *ring
}

func TestWalkRefuses(t *testing.T) {
	loop := &ring{W: param()}
	loop.Next = loop
	for want, m := range map[string]any{
		"nn.Params of nil":              nil,
		"no name":                       param(),
		"in its unexported field inner": &hides{&dense{Weight: param()}},
		"in its unexported field m":     &struct{ D deep }{deep{map[string]any{"x": []any{param()}}}},
		"called fc1.weight":             &struct{ FC1, Fc1 *dense }{&dense{Weight: param()}, &dense{Weight: param()}},
		"called a.b": &struct {
			X, Y *grad.Param `nn:"a.b"`
		}{param(), param()},
		"cycle":                         &struct{ R *ring }{loop},
		"w holds a grad.Param by value": &struct{ W grad.Param }{},
		"keys are bool":                 &struct{ M map[bool]*grad.Param }{map[bool]*grad.Param{true: param()}},
		`the key "a.b"`:                 &struct{ M map[string]*grad.Param }{map[string]*grad.Param{"a.b": param()}},
		"is for a slice": &struct {
			W *grad.Param `nn:"fc#1"`
		}{param()},
		"wants a number after #": &struct {
			W []*grad.Param `nn:"fc#_1"`
		}{},
		"w has no data": &struct{ W *grad.Param }{&grad.Param{}},
		"1 has no data": []*grad.Param{param(), {}},
	} {
		if _, err := nn.Params(m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestWalkPrunes: what leads to no parameter isn't refused for its unexported fields, even in circles.
func TestWalkPrunes(t *testing.T) {
	m := &struct {
		W    *grad.Param
		F    func()
		Any  any
		more any
		list []any
	}{W: param(), Any: new(sync.Mutex)}
	m.more, m.list = m.F, []any{&m.list, 3, "x"}
	if m.more == nil {
		t.Fatal("unreachable")
	}
	ps, err := nn.Params(m)
	if err != nil || len(ps) != 1 {
		t.Errorf("%v, %v", names(ps), err)
	}
}

type left struct{ R *right }

type right struct {
	L *left
	W *grad.Param
}

// TestWalkMutual: types that hold each other are walked whichever comes first.
func TestWalkMutual(t *testing.T) {
	ps, err := nn.Params(&struct {
		A *right
		B *left
	}{&right{L: &left{}}, &left{&right{W: param()}}})
	if err != nil || !slices.Equal(names(ps), []string{"b.r.w"}) {
		t.Errorf("%v, %v", names(ps), err)
	}
}
