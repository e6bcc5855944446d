package task_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

const alphabet = "abcdefghij é"

// untrained is a network whose logits are far apart, so that what it writes varies.
func untrained(t *testing.T, c model.GPTConfig) *task.Generator {
	t.Helper()
	chars, err := token.NewChars(alphabet)
	if err != nil {
		t.Fatal(err)
	}
	c.Vocab, c.Layers, c.Heads, c.Dim, c.Untied = chars.Len(), 2, 2, 16, true
	m, err := model.NewGPT(rng.NewSource(3), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []tensor.Tensor{m.LMHead.Weight.Data, m.H[0].MLP.CProj.Weight.Data, m.H[1].Attn.CProj.Weight.Data} {
		rng.Stream{Seed: 5}.Normal(tensor.Of[float32](w), 0, 0.5)
	}
	return &task.Generator{Model: m, Tokenizer: chars}
}

// again is what Generate writes, computed anew for each token: the window is the last of the text that fits, and half of it when
// it has been full.
func again(t *testing.T, g *task.Generator, prompt string, s task.Sampling, tokens int) string {
	t.Helper()
	ids, err := g.Tokenizer.Encode(prompt)
	if err != nil {
		t.Fatal(err)
	}
	n, context := len(ids), g.Model.Config.Context
	from := max(n-context, 0)
	for len(ids) < n+tokens {
		if len(ids)-from > context {
			from = len(ids) - context/2
		}
		var logits tensor.Tensor
		if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			y := g.Model.Forward(s.Input(tensor.From(ids[from:], 1, len(ids)-from)))
			s.ReadTensor(op.Slice(y, 1, y.Dim(1)-1, y.Dim(1)), &logits)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		id, err := task.Draw(tensor.Of[float32](logits), ids, s)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	text, err := token.Decode(g.Tokenizer, ids[n:])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestGenerate: what is kept changes nothing, within the context and beyond, for a prompt that fits and one that doesn't. The
// packed weights of a generator's tape and the plain ones here give the same bits, or the draws would soon differ.
func TestGenerate(t *testing.T) {
	for name, c := range map[string]model.GPTConfig{
		"learned": {Context: 10}, "rotary": {Context: 9, Positions: "rotary", Activation: "swiglu"}, "one": {Context: 2},
	} {
		t.Run(name, func(t *testing.T) {
			g := untrained(t, c)
			for _, s := range []task.Sampling{{}, {Temperature: 1.5, Seed: 1}, {Temperature: 1, TopK: 4, TopP: 0.9, Repetition: 1.3, Seed: 2}} {
				for _, prompt := range []string{"a", "abé", "abcdefghij abcdefghij"} {
					var streamed strings.Builder
					r, err := g.Generate(context.Background(), prompt, s, task.Limits{Tokens: 40}, func(s string) error {
						streamed.WriteString(s)
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
					want := again(t, g, prompt, s, 40)
					if r.Text != want || streamed.String() != want || r.Tokens != 40 || r.Stopped != "tokens" {
						t.Errorf("%q by %+v: %+v, streamed %q, anew %q", prompt, s, r, streamed.String(), want)
					}
				}
			}
		})
	}
}

func TestStopWords(t *testing.T) {
	g := untrained(t, model.GPTConfig{Context: 16})
	s := task.Sampling{Temperature: 2, Seed: 4}
	r, err := g.Generate(context.Background(), "a", s, task.Limits{Tokens: 60}, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := r.Text
	for _, stop := range [][]string{{whole[20:21]}, {whole[20:23]}, {"zz", whole[30:35], whole[10:14]}, {"zz"}, {whole[50:] + "x", whole[:3]}} {
		want := whole
		for _, w := range stop {
			if i := strings.Index(whole, w); i >= 0 {
				want = want[:min(len(want), i)]
			}
		}
		streamed := ""
		r, err := g.Generate(context.Background(), "a", s, task.Limits{Tokens: 60, Stop: stop}, func(s string) error {
			streamed += s
			return nil
		})
		if err != nil || r.Text != want || streamed != want || (r.Stopped == "stop") != (want != whole) {
			t.Errorf("stop words %q: %+v, streamed %q, want %q; %v", stop, r, streamed, want, err)
		}
	}
}

// TestDraw draws of tokens whose probabilities are 0.5, 0.3, 0.15 and 0.05.
func TestDraw(t *testing.T) {
	logits := []float32{}
	for _, p := range []float64{0.3, 0.5, 0.05, 0.15} {
		logits = append(logits, float32(math.Log(p)+1))
	}
	for _, c := range []struct {
		s    task.Sampling
		want []float64
	}{
		{task.Sampling{}, []float64{0, 1, 0, 0}},
		{task.Sampling{Temperature: 1}, []float64{0.3, 0.5, 0.05, 0.15}},
		{task.Sampling{Temperature: 0.5}, []float64{0.09 / 0.365, 0.25 / 0.365, 0.0025 / 0.365, 0.0225 / 0.365}}, // squares
		{task.Sampling{Temperature: 1, TopK: 2}, []float64{0.3 / 0.8, 0.5 / 0.8, 0, 0}},
		{task.Sampling{Temperature: 1, TopK: 9}, []float64{0.3, 0.5, 0.05, 0.15}},
		{task.Sampling{Temperature: 1, TopP: 0.4}, []float64{0, 1, 0, 0}},
		{task.Sampling{Temperature: 1, TopP: 0.9}, []float64{0.3 / 0.95, 0.5 / 0.95, 0, 0.15 / 0.95}},
		{task.Sampling{Temperature: 1, TopK: 3, TopP: 0.8}, []float64{0.3 / 0.8, 0.5 / 0.8, 0, 0}}, // 0.8 of 0.95 is 0.76
	} {
		const n = 20000
		counts := make([]float64, 4)
		for seed := range uint64(n) {
			c.s.Seed = seed
			id, err := task.Draw(logits, nil, c.s)
			if err != nil {
				t.Fatal(err)
			}
			counts[id]++
		}
		for i, p := range c.want {
			// Five standard deviations of a share of n.
			if math.Abs(counts[i]/n-p) > 5*math.Sqrt(p*(1-p)/n) {
				t.Errorf("%+v: token %d was drawn %.4f times, want %.4f", c.s, i, counts[i]/n, p)
			}
		}
	}
	// The penalty halves the positive logit of the first and doubles the negative one of the second.
	if id, err := task.Draw([]float32{2, -1, 1.5, -1.5}, []int32{0, 1}, task.Sampling{Repetition: 2}); err != nil || id != 2 {
		t.Errorf("drew %d, %v", id, err)
	}
	if id, err := task.Draw([]float32{-3, -1, -1.5}, []int32{1}, task.Sampling{Repetition: 2}); err != nil || id != 2 {
		t.Errorf("drew %d, %v", id, err)
	}
	none := float32(math.Inf(-1))
	if id, err := task.Draw([]float32{none, 0, none}, nil, task.Sampling{Temperature: 1}); err != nil || id != 1 {
		t.Errorf("drew %d, %v; all but token 1 are ruled out", id, err)
	}
	for _, temperature := range []float64{0, 1} {
		if id, err := task.Draw([]float32{none, none}, nil, task.Sampling{Temperature: temperature}); err == nil {
			t.Errorf("drew %d where every token is ruled out", id)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		if _, err := task.Draw([]float32{0, float32(bad)}, nil, task.Sampling{}); err == nil || !strings.Contains(err.Error(), "the logit of token 1") {
			t.Errorf("error %v", err)
		}
	}
}

// TestEnd: the tokenizer's <|endoftext|> ends a text.
func TestEnd(t *testing.T) {
	bpe, err := token.Train("ab", token.TrainConfig{Vocab: 257, Special: []string{"<|endoftext|>"}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.NewGPT(rng.NewSource(1), model.GPTConfig{Vocab: 300, Context: 4, Layers: 1, Heads: 1, Dim: 4, Untied: true})
	if err != nil {
		t.Fatal(err)
	}
	end, _ := bpe.Special("<|endoftext|>")
	m.LNF.Bias.Data, m.LMHead.Weight.Data = tensor.From([]float32{9, 9, 9, 9}), tensor.New(tensor.F32, 300, 4)
	copy(tensor.Of[float32](m.LMHead.Weight.Data)[end*4:], []float32{1, 1, 1, 1})
	copy(tensor.Of[float32](m.LMHead.Weight.Data)[299*4:], []float32{2, 2, 2, 2}) // of no token: never drawn
	r, err := (&task.Generator{Model: m, Tokenizer: bpe}).Generate(context.Background(), "x", task.Sampling{}, task.Limits{Tokens: 5}, nil)
	if err != nil || r.Stopped != "end" || r.Text != "" || r.Tokens != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestGenerateRefuses(t *testing.T) {
	g := untrained(t, model.GPTConfig{Context: 8})
	ok := task.Limits{Tokens: 3}
	for _, c := range []struct {
		prompt string
		s      task.Sampling
		end    task.Limits
		want   string
	}{
		{"", task.Sampling{}, ok, "an empty prompt"},
		{"abc\xff", task.Sampling{}, ok, "byte 3 of the text: 0xff is not UTF-8"},
		{"abX", task.Sampling{}, ok, "byte 2 of the text: 'X' (U+0058) is not among the 12 characters known"},
		{"a", task.Sampling{}, task.Limits{}, "0 tokens"},
		{"a", task.Sampling{}, task.Limits{Tokens: 1, Stop: []string{"b", ""}}, "an empty stop word"},
		{"a", task.Sampling{Temperature: -1}, ok, "a temperature of -1"},
		{"a", task.Sampling{Temperature: math.NaN()}, ok, "a temperature of NaN"},
		{"a", task.Sampling{TopK: -1}, ok, "top-k of -1"},
		{"a", task.Sampling{TopP: 1.1}, ok, "top-p of 1.1"},
		{"a", task.Sampling{Repetition: -2}, ok, "a repetition penalty of -2"},
	} {
		r, err := g.Generate(context.Background(), c.prompt, c.s, c.end, nil)
		if r != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %+v, error %v, want %q", c.prompt, r, err, c.want)
		}
	}
	chars, err := token.NewChars(alphabet + "xyz")
	if err != nil {
		t.Fatal(err)
	}
	other := task.Generator{Model: g.Model, Tokenizer: chars}
	if _, err := other.Generate(context.Background(), "a", task.Sampling{}, ok, nil); err == nil || !strings.Contains(err.Error(), "the tokenizer has 15 ids and the model 12") {
		t.Errorf("error %v", err)
	}
	full := errors.New("no more paper")
	calls := 0
	r, err := g.Generate(context.Background(), "a", task.Sampling{}, task.Limits{Tokens: 5}, func(string) error { calls++; return full })
	if !errors.Is(err, full) || calls != 1 || r.Tokens != 1 {
		t.Errorf("%+v after %d calls, %v", r, calls, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r, err = g.Generate(ctx, "a", task.Sampling{}, task.Limits{Tokens: 5}, func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || r.Tokens != 1 || r.Text == "" {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestGenerateAllocates: a token that repeats the shapes of those before it costs few allocations.
func TestGenerateAllocates(t *testing.T) {
	g := untrained(t, model.GPTConfig{Context: 64})
	count := func(tokens int) float64 {
		return testing.AllocsPerRun(5, func() {
			if _, err := g.Generate(context.Background(), "a", task.Sampling{Temperature: 1}, task.Limits{Tokens: tokens}, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	if each := (count(60) - count(20)) / 40; each > 30 {
		t.Errorf("%.1f allocations a token", each)
	}
}

func ExampleGenerator() {
	chars, err := token.NewChars("abc")
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := model.NewGPT(rng.NewSource(1), model.GPTConfig{Vocab: chars.Len(), Context: 8, Layers: 1, Heads: 2, Dim: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	g := task.Generator{Model: m, Tokenizer: chars}
	r, err := g.Generate(context.Background(), "ab", task.Sampling{Temperature: 1}, task.Limits{Tokens: 5}, nil)
	fmt.Println(r.Tokens, r.Stopped, len(r.Text), slices.Contains([]string{"tokens", "stop", "end"}, r.Stopped), err)
	// Output: 5 tokens 5 true <nil>
}
