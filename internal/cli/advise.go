package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/train"
)

var adviseVerb = verb{
	name: "advise", args: "DATA [time=10m] [key=value …]", summary: "Rank the models for a table, with the time and memory of each",
	help: `Some steps of each model are trained on this machine, at the size that the rows
and the time allow: the time is that of all epochs, which stopping early makes
shorter, and the memory is that of ` + "`ingot plan`" + `. The order is that of published
comparisons, not of accuracy on DATA: only training tells that. It says when a
network is likely the wrong choice.

Examples:
  ingot advise adult target=income
  ingot advise sales.csv target=price time=2m --json
`,
	min: 1, max: 1, settings: true, run: runAdvise,
}

// advice is `advise --json`.
type advice struct {
	Data    string      `json:"data"`
	Task    string      `json:"task"`
	Rows    int         `json:"rows"` // to train on
	Columns int         `json:"columns"`
	Classes int         `json:"classes,omitempty"`
	Budget  float64     `json:"budget_seconds"`
	Models  []candidate `json:"models"` // the best first
	Notes   []note      `json:"notes"`
}

// candidate is a model at a size.
type candidate struct {
	Model      string  `json:"model"`
	Size       string  `json:"size,omitempty"`
	Parameters int     `json:"parameters"`
	Step       float64 `json:"step_seconds"`
	Seconds    float64 `json:"seconds"` // of all epochs
	Bytes      int64   `json:"bytes"`
	Fits       bool    `json:"fits"` // the time and the memory
	Why        string  `json:"why"`
	Command    string  `json:"command"`

	rank int // the place in published comparisons
}

type note struct {
	Text   string `json:"text"`
	Source string `json:"source,omitempty"`
}

// families are the models of tables, roughly in the order that published comparisons on the same tables give them.
// Sources: Gorishniy et al. 2024, arXiv:2410.24210; Gorishniy et al. 2021, arXiv:2106.11959.
var families = []struct{ name, why string }{
	{"tabm", "an ensemble in one network, ahead of other networks on most tables (arXiv:2410.24210)"},
	{"ft_transformer", "attention between columns, slow with many (arXiv:2106.11959)"},
	{"resmlp", "residual blocks, steadier than a plain network where deep (arXiv:2106.11959)"},
	{"mlp", "the plain network, hard to beat for its time (arXiv:2106.11959)"},
	{"linear", "cannot overfit much and can be read: what any network must beat"},
}

func runAdvise(ctx context.Context, c *call) error {
	budget, err := c.budget()
	if err != nil {
		return err
	}
	k, err := openTableJob(ctx, c)
	if err != nil {
		return err
	}
	defer limit(k.recipe)()
	a := &advice{
		Data: k.name, Task: k.recipe.Task, Rows: k.train.Len(), Columns: len(k.plan.Inputs), Classes: len(k.plan.Classes()),
		Budget: budget.Seconds(), Notes: k.notes(),
	}
	for i, f := range families {
		best, err := k.largest(ctx, f.name, budget)
		if err != nil {
			return err
		}
		best.rank, best.Why, best.Command = i, f.why, c.command(best)
		if f.name == "linear" && a.Rows < fewRows {
			best.rank = -1
		}
		a.Models = append(a.Models, *best)
	}
	slices.SortStableFunc(a.Models, func(x, y candidate) int {
		if x.Fits != y.Fits {
			return map[bool]int{true: -1, false: 1}[x.Fits]
		}
		return cmp.Compare(x.rank, y.rank)
	})
	if c.json {
		return c.printJSON(a)
	}
	c.printf("%s", a)
	return nil
}

// command trains a candidate with the settings given.
func (c *call) command(m *candidate) string {
	words := []string{"ingot train"}
	for _, s := range c.settings {
		if strings.HasPrefix(s, "model.") {
			continue
		}
		if strings.ContainsFunc(s, func(r rune) bool {
			return !strings.ContainsRune("_.,=/:-+%", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			s = "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
		words = append(words, s)
	}
	words = append(words, "model.name="+m.Model)
	if m.Size != "" {
		words = append(words, "model.size="+m.Size)
	}
	return strings.Join(words, " ")
}

// budget takes time=… out of the settings.
func (c *call) budget() (time.Duration, error) {
	budget := 10 * time.Minute
	for i, s := range c.settings {
		text, ok := strings.CutPrefix(s, "time=")
		if !ok {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return 0, usagef("time: found %q, want a time such as 30s, 10m or 2h", text)
		}
		budget, c.settings = d, slices.Delete(slices.Clone(c.settings), i, i+1)
		break
	}
	return budget, nil
}

// fewRows is where a network of any kind mostly learns its rows by heart.
const fewRows = 500

// largest is the largest of the sizes that the rows warrant which fits the time and the memory, or the smallest of all.
func (k *tableJob) largest(ctx context.Context, name string, budget time.Duration) (*candidate, error) {
	sizes := []string{"m", "s", "xs"}
	switch {
	case name == "linear":
		sizes = []string{""}
	case k.train.Len() < 5000:
		sizes = sizes[1:]
	}
	var c *candidate
	for _, size := range sizes {
		var err error
		if c, err = k.candidate(ctx, name, size, budget); err != nil || c.Fits {
			return c, err
		}
	}
	return c, nil
}

// candidate probes a model on the job's rows.
func (k *tableJob) candidate(ctx context.Context, name, size string, budget time.Duration) (*candidate, error) {
	r := *k.recipe
	r.Model.Name, r.Model.Size = name, size
	j := &job{recipe: &r, config: k.config}
	other := *k
	other.job, j.kind = j, &other
	other.input.Embedding, other.input.Bins = r.Model.Embedding, nil
	if name == "linear" || name == "ft_transformer" {
		other.input.Embedding = ""
	} else if r.Model.Embedding == "ple" {
		other.input.Bins = prep.Bins(k.train, other.input.Numbers, r.Model.Bins)
	}
	if err := j.build("model", tableModel(&r.Model, other.input, k.plan.Outputs())); err != nil {
		return nil, err
	}
	if err := other.configure(); err != nil {
		return nil, err
	}
	j.config.Shards = 0
	p, err := j.plan()
	if err != nil {
		return nil, err
	}
	c := &candidate{Model: name, Size: size, Parameters: j.params.Numel(), Bytes: p.Bytes, Fits: p.Fits}
	if !c.Fits {
		return c, nil
	}
	step, err := j.probe(ctx)
	if err != nil {
		return nil, err
	}
	epochs := float64(max(r.Train.Epochs, 1))
	val := 0.0
	if k.val != nil { // a row is looked at forward only: a third of the work
		val = float64(k.val.Len()) / float64(k.train.Len()) / 3
	}
	c.Step = step.Seconds()
	c.Seconds = c.Step * float64(j.config.Loader.Steps()) * epochs * (1 + val)
	c.Fits = c.Seconds <= budget.Seconds()
	return c, nil
}

// How a probe is bounded: steps enough for Fit to find the fastest way to run them, and time.
const (
	probeSteps = 40
	probeTime  = 2 * time.Second
)

// probe is the time of a step, after the first.
func (j *job) probe(ctx context.Context) (time.Duration, error) {
	c := j.config
	c.Steps, c.Epochs, c.MaxTime = probeSteps, 0, probeTime
	c.Validate, c.Run, c.Watch, c.Best, c.Stop = nil, nil, nil, false, train.Stop{}
	c.Checkpoint = train.Checkpoint{}
	begun := time.Now()
	r, err := train.Fit(ctx, c)
	if err != nil {
		return 0, errors.Join(err, ctx.Err())
	}
	if r.Steps == 1 {
		return r.First.Sub(begun), nil
	}
	return time.Since(r.First) / time.Duration(r.Steps-1), nil
}

// notes say when not to use a network.
func (k *tableJob) notes() []note {
	const trees = "Grinsztajn et al. 2022, arXiv:2207.08815"
	n := []note{}
	rows := k.train.Len()
	switch {
	case rows < fewRows:
		n = append(n, note{fmt.Sprintf("%s rows are few: a linear model or a small forest is likely as good, and chance decides between networks; compare by intervals", count(rows)), ""})
	case rows <= 50_000:
		n = append(n, note{"on tables of this size gradient-boosted trees are likely as good or better, and train in seconds: compare with one before a network is used", trees})
	default:
		n = append(n, note{"trees stay strong on tables of mixed columns, also of this size; a network gains where columns are many and alike, or where it is part of a larger one", trees})
	}
	if counts := k.classCounts(k.train); counts != nil && slices.Min(counts) < 50 {
		n = append(n, note{fmt.Sprintf("the rarest class has %s: what is measured of it is mostly chance", plural(slices.Min(counts), "row")), ""})
	}
	return append(n, note{"the linear baseline that train measures tells whether the table is nearly linear: a network that isn't better outside the interval isn't worth its cost", "Gorishniy et al. 2021, arXiv:2106.11959, has networks and trees side by side"})
}

// String is the advice for people.
func (a *advice) String() string {
	var b strings.Builder
	what := a.Task
	if a.Classes > 0 {
		what += fmt.Sprintf(", %d classes", a.Classes)
	}
	fmt.Fprintf(&b, "%s: %s rows to train on, %d columns, %s; %s for training\n\n", a.Data, count(a.Rows), a.Columns, what, duration(asDuration(a.Budget)))
	t := table{align: "rllrrrl"}
	t.add("", "MODEL", "SIZE", "PARAMETERS", "TIME", "MEMORY", "")
	for i, m := range a.Models {
		took, fits := duration(asDuration(m.Seconds)), ""
		if !m.Fits {
			fits = "too much"
		}
		if m.Seconds == 0 {
			took = "-"
		}
		t.add(fmt.Sprint(i+1), m.Model, m.Size, count(m.Parameters), took, model.MemoryText(float64(m.Bytes)), fits)
	}
	fmt.Fprintf(&b, "%s\n", t.String())
	for _, m := range a.Models {
		b.WriteString(wrap(m.Model+": "+m.Why, 2))
	}
	b.WriteString("\n")
	for _, n := range a.Notes {
		text := n.Text
		if n.Source != "" {
			text += " (" + n.Source + ")"
		}
		b.WriteString(wrap("- "+text, 2))
	}
	fmt.Fprintf(&b, "\nnext: %s\n", a.Models[0].Command)
	return b.String()
}
