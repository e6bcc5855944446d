package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// textEvaluated is `eval --json` of a language model.
type textEvaluated struct {
	Run      string        `json:"run"`
	Data     string        `json:"data"`
	Rows     int           `json:"rows"` // tokens predicted
	Metrics  train.Metrics `json:"metrics"`
	Baseline train.Metrics `json:"baseline"`
}

// evalLanguage measures a language model on a text: all of the one given, or what its run held out of its own.
func evalLanguage(ctx context.Context, c *call, m *opened) error {
	net, ok := m.net.(*model.GPT)
	if !ok {
		return dataError(fmt.Errorf("%s: a %s can't be measured on text", m.path, m.Model.Name))
	}
	name, learnt := m.Provenance.Data.Name, ""
	var text string
	var err error
	if len(c.args) > 1 {
		name = c.args[1]
		text, err = readText(name)
		learnt = text
	} else {
		learnt, text, err = ownText(m)
	}
	if err != nil {
		return dataError(err)
	}
	set, err := encoded(m.Tokenizer, text)
	if err != nil {
		return dataError(fmt.Errorf("%s: %w", name, err))
	}
	if set.Len() < 2 {
		return dataError(fmt.Errorf("%s has %d tokens: nothing is predicted", name, set.Len()))
	}
	before, err := encoded(m.Tokenizer, learnt)
	if err != nil {
		return dataError(fmt.Errorf("%s: %w", name, err))
	}
	r, err := task.EvaluateText(ctx, net, set, net.Config.Context, 0)
	if err != nil {
		return err
	}
	base, err := task.CountNgrams(before, set)
	if err != nil {
		return err
	}
	metrics := textMetrics(r, set, text)
	if c.json {
		return c.printJSON(textEvaluated{m.name, name, r.Tokens, metrics, train.Metrics{"unigram_loss": base.Unigram, "bigram_loss": base.Bigram}})
	}
	c.printf("%s on %s, %s tokens, %s characters\n\n", m.name, name, count(r.Tokens), count(utf8.RuneCountInString(text)))
	c.printf("loss        %.4f nats a token, %.4f a character\nperplexity  %.4f\n", r.Loss, metrics["loss_per_character"], r.Perplexity)
	c.printf("baseline    %.4f nats a token by how often tokens stand alone, %.4f in pairs\n", base.Unigram, base.Bigram)
	where := "in the text that was learnt"
	if len(c.args) > 1 {
		where = "in this very text"
	}
	c.printf("            (counted %s)\n", where)
	return nil
}

// ownText returns what the model's run learnt and what it held out.
func ownText(m *opened) (learnt, held string, err error) {
	p := m.Provenance
	text, err := readText(p.Data.Name)
	if err != nil {
		return "", "", fmt.Errorf("%w; give another text: ingot eval RUN TEXT", err)
	}
	sum := sha256.Sum256([]byte(text))
	if got, want := hex.EncodeToString(sum[:]), p.Data.Files[filepath.Base(p.Data.Name)]; got != want {
		return "", "", fmt.Errorf("%s isn't the text that was learnt from: its SHA-256 is %s, that one's %s; give a text: ingot eval RUN TEXT", p.Data.Name, got, want)
	}
	r, err := recipe.Parse([]byte(p.Recipe), m.path+"'s recipe")
	if err != nil {
		return "", "", err
	}
	if r.Data.Val == 0 {
		return "", "", fmt.Errorf("%s held nothing out of %s; give another text: ingot eval RUN TEXT", m.name, p.Data.Name)
	}
	learnt, held = splitText(text, r.Data.Val)
	return learnt, held, nil
}

func encoded(t token.Tokenizer, text string) (*token.Set, error) {
	ids, err := t.Encode(text)
	return token.NewSet(ids, t.Len()), err
}
