package task_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// guesser says of every place in a window how likely each of 3 tokens is to follow: the logits are the place's row.
type guesser struct {
	logits []float32 // [context 3]
	rows   []int     // windows of each call
}

func (g *guesser) Forward(ids grad.Value) grad.Value {
	n, t := ids.Dim(0), ids.Dim(1)
	g.rows = append(g.rows, n)
	x := ids.Step().Input(tensor.From(g.logits[:3*t], 1, t, 3))
	return op.Add(op.Expand(x, n, t, 3), ids.Scalar(0))
}

// nats is −ln of the softmax of a row at id.
func nats(row []float32, id int32) float64 {
	sum := 0.0
	for _, x := range row {
		sum += math.Exp(float64(x))
	}
	return math.Log(sum) - float64(row[id])
}

// TestEvaluateText: every token but the first is predicted once, at its place in its window, and the last window is short.
func TestEvaluateText(t *testing.T) {
	g := &guesser{logits: []float32{0, 1, 2, 2, 0, 1, -1, 3, 0, 0, 0, 5}}
	ids := make([]int32, 3000)
	for i := range ids {
		ids[i] = int32(i * i % 3)
	}
	for _, n := range []int{2, 4, 5, 6, 3000} {
		want := 0.0
		for i := 1; i < n; i++ {
			place := (i - 1) % 4
			want += nats(g.logits[3*place:][:3], ids[i])
		}
		want /= float64(n - 1)
		r, err := task.EvaluateText(context.Background(), g, token.NewSet(ids[:n], 3), 4, 0)
		if err != nil || r.Tokens != n-1 || math.Abs(r.Loss-want) > 1e-5 || math.Abs(r.Perplexity-math.Exp(want)) > 1e-4 {
			t.Errorf("%d tokens: %+v, want a loss of %g; %v", n, r, want, err)
		}
	}
	g.rows = nil
	if r, err := task.EvaluateText(context.Background(), g, token.NewSet(ids, 3), 4, 10); err != nil || r.Tokens != 40 || len(g.rows) != 1 || g.rows[0] != 10 {
		t.Errorf("10 of the windows: %+v of %v, %v", r, g.rows, err)
	}
}

func TestEvaluateTextRefuses(t *testing.T) {
	g := &guesser{logits: make([]float32, 12)}
	if _, err := task.EvaluateText(context.Background(), g, token.NewSet([]int32{1}, 3), 4, 0); err == nil || !strings.Contains(err.Error(), "a text of 1 tokens") {
		t.Errorf("error %v", err)
	}
	if _, err := task.EvaluateText(context.Background(), g, token.NewSet([]int32{1, 5, 1}, 3), 4, 0); err == nil || !strings.Contains(err.Error(), "position 1 is 5") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := task.EvaluateText(ctx, g, token.NewSet(make([]int32, 9), 3), 4, 0); err == nil {
		t.Error("an ended context was ignored")
	}
}

// TestNgrams: of aab, n(a) = 2, n(b) = 1, n(aa) = n(ab) = 1 with a before two tokens and b before none. Then a follows in aba
// after b, and b after a.
func TestNgrams(t *testing.T) {
	r, err := task.CountNgrams(token.NewSet([]int32{0, 0, 1}, 2), token.NewSet([]int32{0, 1, 0}, 2))
	if err != nil {
		t.Fatal(err)
	}
	uni := -(math.Log(2./5) + math.Log(3./5)) / 2
	bi := -(math.Log(2./4) + math.Log(1./2)) / 2
	if math.Abs(r.Unigram-uni) > 1e-12 || math.Abs(r.Bigram-bi) > 1e-12 {
		t.Errorf("%+v, want %g and %g", r, uni, bi)
	}
	for _, bad := range [][2]*token.Set{
		{token.NewSet([]int32{0}, 2), token.NewSet([]int32{0, 1}, 2)},
		{token.NewSet([]int32{0, 1}, 2), token.NewSet([]int32{0, 1}, 3)},
		{token.NewSet([]int32{0, 4}, 2), token.NewSet([]int32{0, 1}, 2)},
	} {
		if _, err := task.CountNgrams(bad[0], bad[1]); err == nil {
			t.Error("counted in a text that is too short, or with other tokens")
		}
	}
}
