package bundle

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
)

func sample() (Header, []safetensors.Entry) {
	h := Header{
		Task:        "classify",
		Model:       Architecture{"mlp", json.RawMessage(`{"in":4,"hidden":[3],"out":2,"activation":"relu"}`)},
		Input:       data.Input{Kind: "image", Height: 2, Width: 2, Channels: 1, Scale: 1. / 255},
		Classes:     []string{"cat", "dog <&> \"café\""},
		Calibration: Calibration{ClassWeights: []float64{0.5, 2}, Temperature: 1.5, Threshold: 0.25, ThresholdBy: "f1"},
		Provenance: Provenance{
			Ingot: "v0", Recipe: "version: 1\n", Weights: "last, after 1 epochs",
			Data: DataInfo{Name: "pets", Train: 10, Files: map[string]string{"b": "2", "a": "1"}},
		},
	}
	w := func(n int, shape ...int) tensor.Tensor {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i) - 0.5
		}
		return tensor.From(x, shape...)
	}
	return h, []safetensors.Entry{
		{Name: "fc1.weight", Tensor: w(12, 3, 4)}, {Name: "fc1.bias", Tensor: w(3)}, {Name: "fc2.weight", Tensor: w(6, 2, 3)}, {Name: "fc2.bias", Tensor: w(2)},
	}
}

func written(t *testing.T, h Header, weights []safetensors.Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, h, weights); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadsBack(t *testing.T) {
	h, weights := sample()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(path, written(t, h, weights), 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !reflect.DeepEqual(b.Header, h) {
		t.Errorf("header is %+v, want %+v", b.Header, h)
	}
	got, err := b.Weights()
	if err != nil || len(got) != len(weights) {
		t.Fatalf("%d weights, %v", len(got), err)
	}
	for i, w := range weights {
		if got[i].Name != w.Name || !bytes.Equal(got[i].Tensor.Bytes(), w.Tensor.Bytes()) {
			t.Errorf("%s isn't as it was written", w.Name)
		}
	}
}

// TestTokenizer: a language model's file has the tokenizer in place of input and classes.
func TestTokenizer(t *testing.T) {
	h, weights := sample()
	h.Calibration = Calibration{}
	chars, err := token.NewChars("Call me <&> é")
	if err != nil {
		t.Fatal(err)
	}
	h.Task, h.Input, h.Classes, h.Tokenizer = "lm", data.Input{}, nil, chars
	b, err := Parse(written(t, h, weights), "m")
	if err != nil || !reflect.DeepEqual(b.Header, h) {
		t.Errorf("header is %+v, want %+v; %v", b.Header, h, err)
	}
	m, err := h.metadata()
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string]string{"no ingot.tokenizer": "", `kind "words"`: `{"kind":"words"}`, "text after": `{"kind":"chars","chars":"ab"} {}`, "goes on after": `{"kind":"chars","chars":"ab"}}`} {
		m[keyTokenizer] = text
		if text == "" {
			delete(m, keyTokenizer)
		}
		if err := new(Bundle).read(m); err == nil || !strings.Contains(err.Error(), want) && !strings.Contains(err.Error(), "goes on after") {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// TestTable: a model of a table has its plan in place of input and classes.
func TestTable(t *testing.T) {
	h, weights := sample()
	h.Input, h.Classes = data.Input{}, []string{"no", "yes"}
	h.Table = &prep.Plan{
		Inputs: []prep.Input{
			{Name: "age", Kind: table.Number, Numbers: []prep.Number{{Fill: 30, Scale: prep.Scale{Method: "standard", Shift: 31.5, Width: 7}}}, Flag: true},
			{Name: "city <&>", Kind: table.Category, Levels: []string{"Oslo", "Rome"}},
		},
		Targets: []prep.Target{{Name: "buys", Kind: table.Binary, Levels: h.Classes}},
		Ignored: []prep.Ignored{{Name: "note", Kind: table.Text, Reason: "text"}},
	}
	b, err := Parse(written(t, h, weights), "m")
	if err != nil || !reflect.DeepEqual(b.Header, h) {
		t.Fatalf("header is %+v, want %+v; %v", b.Header, h, err)
	}
	h.Task = "regress"
	refused(t, written(t, h, weights), "isn't made for")
	h.Task, h.Table.Inputs[0].Numbers[0].Scale.Width = "classify", 0
	refused(t, written(t, h, weights), "width 0")
	h.Table.Inputs = nil
	refused(t, written(t, h, weights), "no input")
	h.Table.Targets = nil
	if m, err := h.metadata(); err != nil || new(Bundle).read(m) == nil {
		t.Errorf("a plan without a target is read; %v", err)
	}
}

func TestSameBytes(t *testing.T) {
	h, weights := sample()
	if a, b := written(t, h, weights), written(t, h, weights); !bytes.Equal(a, b) {
		t.Error("two files of one run differ")
	}
}

// TestEveryBitCounts flips one bit of each byte: none goes unnoticed.
func TestEveryBitCounts(t *testing.T) {
	h, weights := sample()
	whole := written(t, h, weights)
	if _, err := Parse(whole, "m"); err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 1 << (i % 8)
		if _, err := Parse(damaged, "m"); err == nil {
			t.Fatalf("bit %d of byte %d of %d (%q) was flipped and nothing was said", i%8, i, len(whole), whole[max(i-20, 0):i+1])
		}
	}
	for n := range len(whole) {
		if _, err := Parse(whole[:n], "m"); err == nil {
			t.Fatalf("cut to %d of %d bytes and nothing was said", n, len(whole))
		}
	}
}

func TestRefused(t *testing.T) {
	_, weights := sample()
	tests := []struct {
		name string
		with func(h *Header, m map[string]string)
		want string
	}{
		{"weights alone", func(_ *Header, m map[string]string) { clear(m) }, "weights without the rest"},
		{"another format", func(_ *Header, m map[string]string) { m[keyFormat] = "2" }, `format "2"; this ingot reads "1"`},
		{"no hash", func(_ *Header, m map[string]string) { delete(m, keySHA256) }, "want 64 hex digits"},
		{"a wrong hash", func(_ *Header, m map[string]string) { m[keySHA256] = strings.Repeat("ab", 32) }, "the file is damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := sample()
			m, err := h.metadata()
			if err != nil {
				t.Fatal(err)
			}
			tt.with(&h, m)
			var b bytes.Buffer
			if err := safetensors.Write(&b, m, weights); err != nil {
				t.Fatal(err)
			}
			refused(t, b.Bytes(), tt.want)
		})
	}
	for _, tt := range []struct {
		name string
		with func(h *Header)
		want string
	}{
		{"another task", func(h *Header) { h.Task = "paint" }, `task is "paint"`},
		{"regress without a table", func(h *Header) { h.Task = "regress" }, "no ingot.table"},
		{"no size", func(h *Header) { h.Input.Width = 0 }, "want an image of some size"},
		{"an overflowing size", func(h *Header) { h.Input.Width = math.MaxInt }, "no side may be over"},
		{"a box larger than the image", func(h *Header) { h.Input.Box = 3 }, "a box that fits"},
		{"white above a byte", func(h *Header) { h.Input.White = 256 }, "want white of 0 to 255"},
		{"another resize", func(h *Header) { h.Input.Resize = "squeeze" }, "this ingot knows crop, pad and stretch"},
		{"no classes", func(h *Header) { h.Classes = nil }, "no classes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, _ := sample()
			tt.with(&h)
			refused(t, written(t, h, weights), tt.want)
		})
	}
	refused(t, []byte("no safetensors"), "model.safetensors: ")
}

func refused(t *testing.T, content []byte, want string) {
	t.Helper()
	_, err := Parse(content, "model.safetensors")
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestSumIsOfTheWeights(t *testing.T) {
	_, weights := sample()
	a, err := Sum(weights)
	if err != nil {
		t.Fatal(err)
	}
	tensor.Of[float32](weights[2].Tensor)[4]++
	b, err := Sum(weights)
	if err != nil || a == b || len(a) != 64 {
		t.Errorf("sums %s and %s, %v", a, b, err)
	}
}

// TestCalibrationRefused: what can't be of a calibration.
func TestCalibrationRefused(t *testing.T) {
	for _, c := range []struct {
		c    Calibration
		want string
	}{
		{Calibration{ClassWeights: []float64{1}}, "1 class weights for 2 classes"},
		{Calibration{ClassWeights: []float64{1, 0}}, "class weight 1 is 0"},
		{Calibration{Temperature: -1}, "the temperature is -1"},
		{Calibration{Threshold: 1.5}, "the threshold is 1.5"},
	} {
		h, weights := sample()
		h.Calibration = c.c
		if _, err := Parse(written(t, h, weights), "m"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.c, err, c.want)
		}
	}
}

// TestFileWrittenBefore is the input of files that say nothing of how pictures are prepared: they read, and are written as they were.
func TestFileWrittenBefore(t *testing.T) {
	h, weights := sample()
	m, err := h.metadata()
	if err != nil {
		t.Fatal(err)
	}
	before := `{"kind":"image","height":2,"width":2,"channels":1,"scale":0.003921569,"shift":0}`
	if m[keyInput] != before {
		t.Errorf("its input is %s, want %s", m[keyInput], before)
	}
	h.Input.White, h.Input.Dark, h.Input.Box, h.Input.Resize = 16, true, 2, "pad"
	if b, err := Parse(written(t, h, weights), "m"); err != nil || b.Input != h.Input {
		t.Errorf("%+v %v", b, err)
	}
}
