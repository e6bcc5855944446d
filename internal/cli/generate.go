package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
)

var generateVerb = verb{
	name: "generate", args: "RUN PROMPT [key=value …]", summary: "Go on with a text by a language model",
	help: generateHelp(),
	min:  2, max: 2, settings: true, run: runGenerate,
}

func generateHelp() string {
	var b strings.Builder
	b.WriteString(`RUN is a run's folder, runs/last or a model file. The prompt and what follows it
are printed as they come; with --json one object is, in the end. The same
settings give the same text.

The model sees the last tokens that fit its context. Where that is full, the
older half is let go and the younger half computed anew.

Keys and their defaults, in the order they apply:
`)
	for _, k := range generateKeys {
		text := k.def
		if text == "" {
			text = `""`
		}
		b.WriteString(wrap("  "+pad(k.name, 20)+pad(text, 5)+k.doc, 27))
	}
	b.WriteString(`
Examples:
  ingot generate runs/last "Call me"
  ingot generate runs/chargpt-1 "The whale" temperature=0.5 max_tokens=999
  ingot generate runs/last "Call me" top_k=20 stop=. --json
`)
	return b.String()
}

// generating is what the keys set.
type generating struct {
	task.Sampling
	task.Limits
}

// generateKeys are the settings, in the order they apply.
var generateKeys = []struct {
	name, def, doc string
	set            func(g *generating, text string) error
}{
	{"repetition_penalty", "1", "divides the logits of what the text has; 1: none", func(g *generating, s string) error { return setFloat(&g.Repetition, s, 0.01, 100) }},
	{"temperature", "0.8", "divides the logits; 0: always the likeliest token", func(g *generating, s string) error { return setFloat(&g.Temperature, s, 0, 100) }},
	{"top_k", "0", "draw from the so many likeliest tokens; 0: from all", func(g *generating, s string) error { return setInt(&g.TopK, s, 0) }},
	{"top_p", "1", "draw from the likeliest that have this probability together", func(g *generating, s string) error { return setFloat(&g.TopP, s, 0.001, 1) }},
	{"seed", "42", "of the draws", func(g *generating, s string) error {
		u, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return fmt.Errorf("found %q, want a whole number from 0 to 2⁶⁴−1", s)
		}
		g.Seed = u
		return nil
	}},
	{"max_tokens", "200", "end after so many", func(g *generating, s string) error { return setInt(&g.Tokens, s, 1) }},
	{"stop", "", "end before this word; may be given more than once", func(g *generating, s string) error {
		if s != "" {
			g.Stop = append(g.Stop, s)
		}
		return nil
	}},
}

func setFloat(to *float64, text string, lo, hi float64) error {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) {
		return fmt.Errorf("found %q, want a number", text)
	}
	if x < lo || x > hi {
		return fmt.Errorf("%g is out of range; want %g to %g", x, lo, hi)
	}
	*to = x
	return nil
}

func setInt(to *int, text string, lo int) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("found %q, want a whole number", text)
	}
	if n < lo {
		return fmt.Errorf("%d is out of range; want at least %d", n, lo)
	}
	*to = n
	return nil
}

// generateSettings reads key=value arguments over the defaults.
func generateSettings(args []string) (*generating, error) {
	g := &generating{}
	var names []string
	for _, k := range generateKeys {
		names = append(names, k.name)
		if err := k.set(g, k.def); err != nil {
			return nil, err
		}
	}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		known := false
		for _, k := range generateKeys {
			if k.name != name {
				continue
			}
			known = true
			if err := k.set(g, value); err != nil {
				return nil, usagef("%s: %w", name, err)
			}
		}
		if !known {
			return nil, usagef("generate has no key %q%s; the keys are %s", name, recipe.DidYouMean(name, names), strings.Join(names, ", "))
		}
	}
	return g, nil
}

// generated is `generate --json`.
type generated struct {
	Run       string  `json:"run"`
	Prompt    string  `json:"prompt"`
	Text      string  `json:"text"` // that follows the prompt
	Tokens    int     `json:"tokens"`
	Stopped   string  `json:"stopped"` // "tokens", "stop" or "end"
	Seconds   float64 `json:"seconds"`
	PerSecond float64 `json:"tokens_per_second"`
	Seed      uint64  `json:"seed"`
}

func runGenerate(ctx context.Context, c *call) error {
	g, err := generateSettings(c.settings)
	if err != nil {
		return err
	}
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if err := m.want("lm"); err != nil {
		return err
	}
	net, ok := m.net.(*model.GPT)
	if !ok {
		return dataError(fmt.Errorf("%s: a %s writes no text", m.path, m.Model.Name))
	}
	prompt := c.args[1]
	out := generator{call: c, prompt: prompt}
	start := time.Now()
	r, err := (&task.Generator{Model: net, Tokenizer: m.Tokenizer}).Generate(ctx, prompt, g.Sampling, g.Limits, out.emit)
	seconds := time.Since(start).Seconds()
	if r == nil {
		if bad := (*token.TextError)(nil); errors.As(err, &bad) {
			return dataError(fmt.Errorf("the prompt, byte %d: %s", bad.Offset, bad.Msg))
		}
		return dataError(err)
	}
	if err == nil || out.begun {
		out.emit("\n") // after the prompt, where nothing came
	}
	if err != nil {
		return err
	}
	rate := float64(r.Tokens) / max(seconds, 1e-9)
	if c.json {
		return c.printJSON(generated{m.name, prompt, r.Text, r.Tokens, r.Stopped, seconds, rate, g.Seed})
	}
	if n := net.Config.Context; r.Prompt > n {
		c.note("the prompt has %s tokens; the model sees the last %s\n", count(r.Prompt), count(n))
	}
	c.note("%s tokens in %s, %s/s\n", count(r.Tokens), duration(asDuration(seconds)), count(int(rate)))
	return nil
}

// generator prints the text as it comes.
type generator struct {
	call   *call
	prompt string
	begun  bool
}

func (g *generator) emit(text string) error {
	if g.call.json {
		return nil
	}
	if !g.begun {
		text, g.begun = g.prompt+text, true
	}
	g.call.printf("%s", text)
	return nil
}
