package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// An op with a golden file, one whose Def is made by a function and has its VJP from init, one that is composed, a loss with its
// short form, and one that no test mentions.
var files = map[string]string{
	"op/pointwise.go": `package op

// Add computes a + b. It broadcasts.
//
// Source: Ada 1843, arXiv:1. Note G.
func Add(a, b grad.Value) grad.Value { return add.Apply(grad.None{}, a, b) }

var add = grad.Def[grad.None]{Name: "add", VJP: func() {}}

// Sin is the sine; see [Add].
func Sin(x grad.Value) grad.Value { return apply(&sine, x) }

func apply(d *grad.Def[grad.None], x grad.Value) grad.Value { return d.Apply(grad.None{}, x) }

var sine = unary("sin")

func unary(name string) grad.Def[grad.None] { return grad.Def[grad.None]{Name: name} }

// Twice gives x + x [N].
func Twice(x grad.Value) grad.Value { return Add(x, x) }

// Lost is proven by nothing.
func Lost(x grad.Value) grad.Value { return x }

// Size gives no value.
func Size(x grad.Value) int { return 1 }
`,
	"op/loss_l1.go": `package op

// L1 is short.
func L1(x, y grad.Value) grad.Value { return L1Loss{}.Of(x, y) }

// L1Loss is the mean difference.
type L1Loss struct{}

// Of returns the loss.
func (l L1Loss) Of(x, y grad.Value) grad.Value { return l.of(x, y) }

func (l L1Loss) of(x, y grad.Value) grad.Value { return l1.Apply(grad.None{}, x, y) }

var l1 = grad.Def[grad.None]{Name: "l1"}

func init() { l1.VJP = nil }
`,
	"op/op_test.go": `package op_test

func TestAdd(t *testing.T) { prove(t, "add", op.Add) }

func prove(t *testing.T, name string, f any) { optest.Run(t, optest.Case{Name: name, VJP: true}) }

func TestSin(t *testing.T) { prove(t, "sin", op.Sin) }

func TestTwice(t *testing.T) { _ = op.Twice }

func TestL1(t *testing.T) {
	c := optest.Case{Name: "loss_l1", VJP: false}
	c.VJP = true
	optest.Run(t, c)
	_ = op.L1Loss{}
}
`,
	"op/testdata/add.json":     `{"source": "PyTorch 2"}`,
	"op/testdata/loss_l1.json": `{"source": "Mine in a script"}`,
	"op/testdata/odd.json":     `{"source": "PyTorch 2"}`,
}

func written(t *testing.T) string {
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestProofs(t *testing.T) {
	c, err := read(written(t), "op")
	if err != nil {
		t.Fatal(err)
	}
	es := c.entries()
	problems, err := c.prove(es)
	if err != nil || len(problems) != 2 || !strings.Contains(problems[0], "odd.json proves nothing") || !strings.Contains(problems[1], "odd.json isn't named") {
		t.Errorf("problems %v %v", problems, err)
	}
	if p := c.unlisted(); len(p) != 1 || !strings.Contains(p[0], "op.Size") {
		t.Errorf("unlisted: %v", p)
	}
	want := map[string]struct {
		kind             kind
		sentence, source string
		proofs           []string
	}{
		"Add":    {opKind, "a + b", "Ada 1843, arXiv:1", []string{"PyTorch: [add](../op/testdata/add.json)", "float64 reference", "double differences"}},
		"Sin":    {opKind, "the sine; see Add", "", []string{"float64 reference"}},
		"Twice":  {opKind, "gives x + x [N]", "", []string{"[TestTwice](../op/op_test.go)"}},
		"Lost":   {opKind, "proven by nothing", "", nil},
		"L1":     {lossKind, "short", "", []string{"a plain reference: [loss_l1](../op/testdata/loss_l1.json)", "float64 reference", "double differences"}},
		"L1Loss": {lossKind, "the mean difference", "", []string{"a plain reference: [loss_l1](../op/testdata/loss_l1.json)", "float64 reference", "double differences"}},
	}
	if len(es) != len(want) {
		t.Errorf("%d entries, want %d", len(es), len(want))
	}
	for _, e := range es {
		w := want[e.id]
		if e.kind != w.kind || e.sentence != w.sentence || e.source != w.source || !slices.Equal(e.proofs, w.proofs) {
			t.Errorf("%+v, want %+v", *e, w)
		}
	}
}

func TestEveryNameOnce(t *testing.T) {
	var es []*entry
	for name := range elsewhere {
		es = append(es, &entry{name: name})
	}
	if p := nameElsewhere(es); p != nil {
		t.Error(p)
	}
	if p := nameElsewhere(append(es[1:], &entry{name: "op.New"})); len(p) != 2 {
		t.Errorf("one too few and one too many: %v", p)
	}
}

// TestPage: the committed page is what the program writes, and lacks nothing.
func TestPage(t *testing.T) {
	text, problems, err := vocabulary("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if b, err := os.ReadFile(filepath.Join("../..", document)); err != nil || string(b) != text {
		t.Errorf("%s isn't what the program writes (error %v): go run ./tools/vocabulary", document, err)
	}
}
