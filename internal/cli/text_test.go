package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/train"
)

// rhyme is a text of 18 kinds of characters, one of them of two bytes, that a small network learns by heart.
var rhyme = strings.Repeat("the café by the sea has tea for you and me\n", 40)

// trainedText is a short training on the rhyme in a folder of its own.
func trainedText(t *testing.T, args ...string) trained {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("rhyme.txt", []byte(rhyme), 0o666); err != nil {
		t.Fatal(err)
	}
	small := []string{"train", "chargpt", "data=rhyme.txt", "train.steps=150", "train.eval_steps=60", "train.lr=5e-3", "model={layers: 2, heads: 2, dim: 32, context: 16}", "--json"}
	code, out, stderr := ingot(append(small, args...)...)
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	var o trained
	object(t, out, &o)
	return o
}

func TestTrainEvalGenerate(t *testing.T) {
	o := trainedText(t)
	val := o.Metrics["val"]
	if o.Run != filepath.Join("runs", "chargpt-1") || o.Task != "lm" || o.Steps != 150 || o.Stopped != "done with all of 150 steps" ||
		o.Weights != "last, after 150 steps" || val["loss"] > 0.5 || val["loss"] != val["loss_per_character"] || o.Baseline["bigram_loss"] < val["loss"] ||
		o.Baseline["unigram_loss"] < o.Baseline["bigram_loss"] {
		t.Errorf("%+v", o)
	}
	for _, name := range []string{train.ConfigFile, train.EnvFile, train.DataFile, train.MetricsFile, train.ModelFile, train.LastFile} {
		if _, err := os.Stat(filepath.Join(o.Run, name)); err != nil {
			t.Error(err)
		}
	}
	var e textEvaluated
	_, out, stderr := ingot("eval", "runs/last", "--json")
	object(t, out, &e)
	if e.Metrics["loss"] != val["loss"] || e.Rows != 171 || e.Data != "rhyme.txt" || e.Baseline["bigram_loss"] != o.Baseline["bigram_loss"] {
		t.Errorf("%+v, trained %+v %s", e, o, stderr)
	}
	var g generated
	_, out, stderr = ingot("generate", "runs/last", "the café", "temperature=0", "max_tokens=60", "--json")
	object(t, out, &g)
	if !strings.HasPrefix(g.Text, " by the sea has tea for you and me\nthe café by") || g.Tokens != 60 || utf8.RuneCountInString(g.Text) != 60 || g.Stopped != "tokens" || g.Run != o.Run {
		t.Errorf("%+v %s", g, stderr)
	}
	code, text, stderr := ingot("generate", o.Model, "the café", "temperature=0", "max_tokens=60", "stop=\n")
	if code != 0 || text != "the café by the sea has tea for you and me\n" || !strings.Contains(stderr, "tokens in ") {
		t.Errorf("%d: %q %s", code, text, stderr)
	}
	if code, text, stderr := ingot("generate", o.Model, "the café", "temperature=0", "stop= by"); code != 0 || text != "the café\n" {
		t.Errorf("a stop word at once: %d: %q %s", code, text, stderr)
	}
	// The same settings give the same text; a setting changes it; and = in a prompt is no setting.
	_, a, _ := ingot("generate", o.Model, "sea", "temperature=3")
	_, b, _ := ingot("generate", o.Model, "sea", "temperature=3")
	_, c, _ := ingot("generate", o.Model, "sea", "temperature=3", "seed=7")
	if a != b || a == c {
		t.Errorf("twice %q and %q, by another seed %q", a, b, c)
	}
	if code, _, stderr := ingot("runs", "show", "runs/last"); code != 0 {
		t.Errorf("%d: %s", code, stderr)
	}
	textErrors(t, o)
}

// textErrors gives a language model what it can't take.
func textErrors(t *testing.T, o trained) {
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("latin1.txt", "caf\xe9 au lait")
	write("empty.txt", "")
	write("short.txt", strings.Repeat("tea for you", 5))
	write("other.txt", "the café\nby Q")
	write("one.txt", "t")
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"train", "chargpt", "data=none.txt"}, 3, `text "none.txt" is neither a file nor known; known are moby-dick`},
		{[]string{"train", "chargpt", "data=moby-dock"}, 3, `(did you mean "moby-dick"?)`},
		{[]string{"train", "chargpt", "data=latin1.txt"}, 3, "latin1.txt: byte 3, 0xe9, is not UTF-8"},
		{[]string{"train", "chargpt", "data=empty.txt"}, 3, "empty.txt is empty"},
		{[]string{"train", "chargpt", "data=short.txt"}, 2, "no window of 64"},
		{[]string{"train", "chargpt", "data=short.txt", "data.split.val=0.1%"}, 3, "holds out 0 tokens"},
		{[]string{"train", "chargpt", "data=runs"}, 3, "directory"},
		{[]string{"train", "chargpt", "model.heads=3"}, 2, "dim is 128 and heads 3"},
		{[]string{"train", "chargpt", "model.dim=1000000000"}, 2, "in training"},
		{[]string{"train", "chargpt", "model.activation=tanh"}, 2, `unknown activation "tanh"`},
		{[]string{"train", "mnist", "data=moby-dick"}, 3, "ingot train chargpt data=moby-dick"},
		{[]string{"generate", o.Model}, 2, "usage: ingot generate"},
		{[]string{"generate", "runs/none", "x"}, 3, "the runs in runs are chargpt-1"},
		{[]string{"generate", o.Model, "the Cafe"}, 3, "the prompt, byte 4: 'C' (U+0043) is not among the 18 characters known"},
		{[]string{"generate", o.Model, "the \xe9"}, 3, "the prompt, byte 4: 0xe9 is not UTF-8"},
		{[]string{"generate", o.Model, ""}, 3, "an empty prompt"},
		{[]string{"generate", o.Model, "a=b"}, 3, "the prompt, byte 1: '='"},
		{[]string{"generate", o.Model, "the", "temprature=1"}, 2, `no key "temprature" (did you mean "temperature"?)`},
		{[]string{"generate", o.Model, "the", "temperature=hot"}, 2, `temperature: found "hot", want a number`},
		{[]string{"generate", o.Model, "the", "temperature=-1"}, 2, "temperature: -1 is out of range"},
		{[]string{"generate", o.Model, "the", "top_k=1.5"}, 2, `top_k: found "1.5", want a whole number`},
		{[]string{"generate", o.Model, "the", "top_p=2"}, 2, "top_p: 2 is out of range"},
		{[]string{"generate", o.Model, "the", "max_tokens=0"}, 2, "max_tokens: 0 is out of range"},
		{[]string{"generate", o.Model, "the", "seed=-1"}, 2, "seed: found"},
		{[]string{"eval", o.Model, "other.txt"}, 3, "other.txt: token: byte 13 of the text: 'Q'"},
		{[]string{"eval", o.Model, "one.txt"}, 3, "nothing is predicted"},
		{[]string{"predict", o.Model, "x.png"}, 3, "is a language model: ingot generate"},
	} {
		code, out, stderr := ingot(append(slices.Clone(tt.args), "--json")...)
		if code != tt.code || !strings.Contains(stderr, tt.want) || !strings.Contains(out, `"error"`) {
			t.Errorf("%v: exit code %d, want %d; %q, want %q", tt.args, code, tt.code, stderr, tt.want)
		}
	}
	write("rhyme.txt", rhyme+"!")
	if code, _, stderr := ingot("eval", o.Model); code != 3 || !strings.Contains(stderr, "rhyme.txt isn't the text that was learnt from") {
		t.Errorf("%d: %s", code, stderr)
	}
}

// TestTrainTokens trains on pairs of letters, in micro-batches, and goes on with a text whose characters training never saw.
func TestTrainTokens(t *testing.T) {
	o := trainedText(t, "data.tokenizer=bpe", "data.vocab=280", "train={steps: 20, accumulate: 4}", "model.positions=rotary", "model.activation=swiglu")
	if val := o.Metrics["val"]; !(val["loss_per_character"] < val["loss"]) || o.Steps != 20 {
		t.Errorf("%+v", o)
	}
	configReads(t, o)
	var g generated
	_, out, stderr := ingot("generate", o.Run, "Ω!", "max_tokens=5", "--json")
	if object(t, out, &g); g.Tokens != 5 {
		t.Errorf("%+v %s", g, stderr)
	}
	if code, _, stderr := ingot("generate", o.Model, strings.Repeat("Ω", 20), "max_tokens=5"); code != 0 || !strings.Contains(stderr, "the prompt has 40 tokens; the model sees the last 16") {
		t.Errorf("%d: %s", code, stderr)
	}
}

// TestMobyDick trains on the text that is in the program: the recipe needs nothing but the program.
func TestMobyDick(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("INGOT_DATA", "")
	code, out, stderr := ingot("train", "chargpt", "train.steps=30", "model={layers: 1, heads: 1, dim: 8}")
	if code != 0 || !strings.Contains(stderr, "1,071,286 tokens of 83 kinds (and 119,031 for validation)") ||
		!strings.Contains(out, "generate "+filepath.Join("runs", "chargpt-1")+` "Call me"`) {
		t.Errorf("%d: %s %s", code, out, stderr)
	}
	if code, out, _ := ingot("data", "describe", "moby-dick"); code != 0 || !strings.Contains(out, "1,190,317 characters") {
		t.Errorf("%d: %s", code, out)
	}
}

func TestSplitText(t *testing.T) {
	for _, c := range []struct {
		share     float64
		head, end string
	}{{0, "aéîøu", ""}, {0.2, "aéîø", "u"}, {0.5, "aéî", "øu"}, {0.9, "a", "éîøu"}} {
		if head, end := splitText("aéîøu", c.share); head != c.head || end != c.end {
			t.Errorf("%g: %q and %q, want %q and %q", c.share, head, end, c.head, c.end)
		}
	}
}
