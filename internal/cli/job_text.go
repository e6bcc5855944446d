package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// textJob is what a job that learns a language adds.
type textJob struct {
	*job
	file      dataset.File // the text
	head, end string       // what is learnt, and what is held out
	tokenizer token.Tokenizer
	train     *token.Set
	val       *token.Set // nil: nothing is held out
	context   int
}

// validWindows is how many windows of the held-out part are looked at in training; in the end all are.
const validWindows = 256

// unheldWindows is how many windows of what was learnt are measured in the end where nothing was held out.
const unheldWindows = 2048

// setText makes j a job that learns a language.
func (j *job) setText() error {
	r := j.recipe
	text, err := readText(r.Data.Train)
	if err != nil {
		return dataError(err)
	}
	sum := sha256.Sum256([]byte(text))
	k := &textJob{job: j, context: r.Model.Context, file: dataset.File{Name: filepath.Base(r.Data.Train), Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}}
	k.head, k.end = splitText(text, r.Data.Val)
	if err := k.encode(text); err != nil {
		return dataError(fmt.Errorf("%s: %w", r.Data.Train, err))
	}
	m := r.Model
	err = j.build("model", model.GPTConfig{
		Vocab: k.tokenizer.Len(), Context: m.Context, Layers: m.Layers, Heads: m.Heads, Dim: m.Dim,
		Activation: m.Activation, Positions: m.Positions, Dropout: m.Dropout,
	})
	if err != nil {
		return err
	}
	if j.config.Steps == 0 {
		perStep := r.Train.Batch * m.Context
		j.config.Steps = r.Train.Epochs * ((k.train.Len() + perStep - 1) / perStep)
	}
	j.rowTokens = m.Context
	j.config.Loader = &token.Loader{Set: k.train, Batch: r.Train.Batch, Context: m.Context, Epoch: r.Train.EvalSteps, Seed: r.Seed}
	j.config.Optimizer = decayMatrices(&r.Train, j.params, j.config.Steps)
	if k.val != nil {
		j.config.Validate = k.validate
	}
	j.kind = k
	return nil
}

// readText returns a text we know, or a file's.
func readText(name string) (string, error) {
	if t := dataset.LookupText(name); t != nil {
		return t.Read()
	}
	if info, err := os.Stat(name); err == nil && !info.IsDir() {
		if !info.Mode().IsRegular() { // reading a pipe would wait for who writes to it
			return "", fmt.Errorf("%s is not a regular file", name)
		}
		if need := saturating(programBytes, textBytes*min(info.Size(), math.MaxInt64/textBytes)); need > memoryLimit() {
			return "", configError(fmt.Errorf("limits.memory: %s of %s and its tokens need %s, and %s is there: a part of the text needs less",
				name, model.MemoryText(float64(info.Size())), model.MemoryText(float64(need)), model.MemoryText(float64(memoryLimit()))))
		}
	}
	b, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("text %q is neither a file nor known%s; known are %s", name, recipe.DidYouMean(name, dataset.TextNames()), strings.Join(dataset.TextNames(), ", "))
	case err != nil:
		return "", err
	case len(b) == 0:
		return "", fmt.Errorf("%s is empty", name)
	case !utf8.Valid(b):
		at := 0
		for r, n := utf8.DecodeRune(b); r != utf8.RuneError || n > 1; r, n = utf8.DecodeRune(b[at:]) {
			at += n
		}
		return "", fmt.Errorf("%s: byte %d, 0x%02x, is not UTF-8: a text in another encoding is to be converted first", name, at, b[at])
	}
	return string(b), nil
}

// textBytes is what a byte of a text takes while it becomes tokens: a copy as it was read, one to learn from, and an id of 4 bytes.
const textBytes = 6

// splitText holds out the last share of the characters.
func splitText(text string, share float64) (head, end string) {
	n := utf8.RuneCountInString(text)
	left := n - int(share*float64(n))
	for i := range text {
		if left == 0 {
			return text[:i], text[i:]
		}
		left--
	}
	return text, ""
}

// encode makes the tokenizer, of the whole text's characters or of pairs in what is learnt, and the two parts' tokens.
func (k *textJob) encode(text string) error {
	var err error
	if k.recipe.Data.Tokenizer == "bpe" {
		k.tokenizer, err = token.Train(k.head, token.TrainConfig{Vocab: k.recipe.Data.Vocab})
	} else {
		k.tokenizer, err = token.NewChars(text)
	}
	if err != nil {
		return err
	}
	ids, err := k.tokenizer.Encode(k.head)
	if err != nil {
		return err
	}
	k.train = token.NewSet(ids, k.tokenizer.Len())
	if k.recipe.Data.Val == 0 {
		return nil
	}
	if ids, err = k.tokenizer.Encode(k.end); err != nil {
		return err
	}
	k.val = token.NewSet(ids, k.tokenizer.Len())
	if k.val.Len() < 2 {
		return fmt.Errorf("data.split.val of %g holds out %d tokens of %d: at least 2 are wanted", k.recipe.Data.Val, k.val.Len(), k.train.Len()+k.val.Len())
	}
	return nil
}

// decayMatrices gives weight decay to matrices only: a bias or a norm's scale has no reason to be small.
func decayMatrices(t *recipe.Train, ps grad.Params, steps int) optim.Optimizer {
	matrix := func(p grad.Named) bool { return p.Data.Rank() > 1 }
	return clipped(t, optim.Groups{
		{Params: ps.Filter(matrix), Opt: optimizer(t, steps, t.WeightDecay)},
		{Params: ps.Filter(func(p grad.Named) bool { return !matrix(p) }), Opt: optimizer(t, steps, 0)},
	})
}

func (k *textJob) validate() (train.Metrics, error) {
	r, err := task.EvaluateText(context.Background(), k.net, k.val, k.context, validWindows)
	if err != nil {
		return nil, err
	}
	return train.Metrics{"loss": r.Loss, "perplexity": r.Perplexity}, nil
}

func (k *textJob) settle() error { return nil }

func (k *textJob) data() map[string]any {
	d := map[string]any{
		"name": k.recipe.Data.Train, "files": []dataset.File{k.file}, "tokenizer": k.recipe.Data.Tokenizer, "vocab": k.tokenizer.Len(),
		"train": textPart(k.head, k.train),
	}
	if k.val != nil {
		d["val"] = textPart(k.end, k.val)
	}
	return d
}

func (k *textJob) memory() (int64, data.Spec) {
	held := int64(len(k.head)+len(k.end)) + tokenBytes*int64(k.train.Len())
	if k.val != nil {
		held += tokenBytes * int64(k.val.Len())
	}
	return held, task.EvalTextSpec(k.context)
}

// tokenBytes is what an id takes.
const tokenBytes = 4

func textPart(text string, s *token.Set) map[string]any {
	return map[string]any{"characters": utf8.RuneCountInString(text), "tokens": s.Len()}
}

// describe is "1,071,286 tokens of 83 kinds (and 119,031 for validation), 4 layers of 128, 64 tokens seen, 812,800 parameters".
func (k *textJob) describe() string {
	s := fmt.Sprintf("%s tokens of %s kinds", count(k.train.Len()), count(k.tokenizer.Len()))
	if k.val != nil {
		s += fmt.Sprintf(" (and %s for validation)", count(k.val.Len()))
	}
	m := k.recipe.Model
	return s + fmt.Sprintf(", %d layers of %d, %d tokens seen, %s", m.Layers, m.Dim, m.Context, k.parameters())
}

func (k *textJob) header() bundle.Header {
	h := bundle.Header{Tokenizer: k.tokenizer}
	h.Provenance.Data = bundle.DataInfo{Name: k.recipe.Data.Train, Train: k.train.Len(), Files: map[string]string{k.file.Name: k.file.SHA256}}
	if k.val != nil {
		h.Provenance.Data.Val = k.val.Len()
	}
	return h
}

// finish measures the model on all that was held out, and as much of what was learnt.
func (k *textJob) finish(c *call, run *train.Run, o *trained) error {
	most := unheldWindows
	if k.val != nil {
		most = max((k.val.Len()-1)/k.context, 1)
	}
	learnt, err := k.measure(k.train, k.head, most)
	if err != nil {
		return err
	}
	measured, set, what := learnt, k.train, "train"
	o.Metrics["train"] = learnt
	if k.val != nil {
		if measured, err = k.measure(k.val, k.end, 0); err != nil {
			return err
		}
		set, what = k.val, "val"
		o.Metrics["val"] = measured
		if err := run.Val(k.val.Len()-1, measured); err != nil {
			return err
		}
	}
	base, err := task.CountNgrams(k.train, set)
	if err != nil {
		return err
	}
	characters := measured["loss"] / measured["loss_per_character"] // of a token
	o.Baseline = train.Metrics{"unigram_loss": base.Unigram, "bigram_loss": base.Bigram}
	if c.json {
		return c.printJSON(o)
	}
	c.printf("%s %.4f nats a character (perplexity %.2f)", pad(what+":", 8), measured["loss_per_character"], measured["perplexity"])
	if k.val != nil {
		c.printf(" on %s tokens", count(set.Len()-1))
	}
	c.printf("\n")
	if k.val != nil {
		c.printf("train:   %.4f\n", learnt["loss_per_character"])
	}
	c.printf("         by how often tokens stand alone: %.4f, in pairs: %.4f\n", base.Unigram/characters, base.Bigram/characters)
	o.print(c)
	me := program()
	c.printf("next:    %s generate %s %s\n         %s eval %s OTHER.txt\n", me, run.Dir, strconv.Quote(beginning(k.head)), me, run.Dir)
	return nil
}

// measure is a part's loss in nats a token and a character.
func (k *textJob) measure(s *token.Set, text string, most int) (train.Metrics, error) {
	r, err := task.EvaluateText(context.Background(), k.net, s, k.context, most)
	if err != nil {
		return nil, err
	}
	return textMetrics(r, s, text), nil
}

// textMetrics gives a loss a character, too: those of a whole text and its tokens.
func textMetrics(r *task.TextReport, s *token.Set, text string) train.Metrics {
	perCharacter := r.Loss * float64(s.Len()) / float64(utf8.RuneCountInString(text))
	return train.Metrics{"loss": r.Loss, "perplexity": r.Perplexity, "loss_per_character": perCharacter}
}

// beginning is the first two words of a text that begin a long line, for an example of a prompt: of Moby-Dick, "Call me".
func beginning(text string) string {
	const most = 24
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) > 5 && len(words[0])+len(words[1]) < most && !strings.ContainsAny(words[0]+words[1], "\"'`$\\!") {
			return words[0] + " " + words[1]
		}
	}
	r, _ := utf8.DecodeRuneInString(text)
	return string(r)
}
