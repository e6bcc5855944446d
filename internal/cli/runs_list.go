package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/train"
)

// listed is a run in `runs ls --json`.
type listed struct {
	train.Summary
	Recipe string   `json:"recipe,omitempty"`
	Tags   []string `json:"tags,omitempty"`
	inStep bool     // its length was given in steps: an epoch is a validation
}

// newListed adds what a run's settings tell; of a run without them, or with those of another version of Ingot, that is nothing.
func newListed(s train.Summary) listed {
	l := listed{Summary: s}
	path := filepath.Join(s.Run, train.ConfigFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return l
	}
	if r, err := recipe.Parse(b, path); err == nil {
		l.Recipe, l.Tags, l.inStep = r.Name, r.Tags, r.Task == "lm" || r.Train.Steps > 0
	}
	return l
}

// length is "10 epochs" or "2,000 steps".
func (l *listed) length() string {
	switch {
	case l.inStep && l.Steps == 1:
		return "1 step"
	case l.inStep:
		return count(l.Steps) + " steps"
	case l.Epochs == 1:
		return "1 epoch"
	}
	return count(l.Epochs) + " epochs"
}

func listRuns(c *call, out string) error {
	runs, err := train.ListRuns(out)
	if errors.Is(err, fs.ErrNotExist) {
		return dataError(fmt.Errorf("there is no folder %s; `ingot train mnist` makes a first run", out))
	} else if err != nil {
		return dataError(err)
	}
	list := make([]listed, len(runs))
	for i, r := range runs {
		list[i] = newListed(r)
	}
	metric, list, err := choose(list, c.settings)
	if err != nil {
		return err
	}
	if c.json {
		for i := range list {
			list[i].History = nil
		}
		return c.printJSON(map[string]any{"runs": list})
	}
	width := 0
	if f, ok := c.out.(*results).w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		width = screen
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			width = w
		}
	}
	c.printf("%s", listText(list, metric, width))
	return nil
}

// listText is the table of runs. Of one that is too wide for the screen columns are left out, in this order: the curve, the
// time, when it began, the tags. A width of 0 has no bound.
func listText(list []listed, metric string, width int) string {
	heads := []string{"RUN", "STATE", "LENGTH", "SCORE", "TAGS", "BEGUN", "TIME", "LOSS"}
	for columns := len(heads); ; columns-- {
		t := table{align: "llllllrl"[:columns]}
		t.add(heads[:columns]...)
		for i := range list {
			r := &list[i]
			points := curve(r.History, true)
			if points == nil {
				points = curve(r.History, false)
			}
			row := []string{
				filepath.Base(r.Run), r.State, r.length(), r.score(metric), shorten(strings.Join(r.Tags, ","), 16),
				r.Begun.Local().Format("Jan _2 15:04"), duration(asDuration(r.Seconds)), sparkline(points, 8),
			}
			t.add(row[:columns]...)
		}
		s := t.String()
		if width == 0 || columns <= 4 || fits(s, width) {
			return s
		}
	}
}

func fits(text string, width int) bool {
	for line := range strings.Lines(text) {
		if len([]rune(strings.TrimSuffix(line, "\n"))) > width {
			return false
		}
	}
	return true
}

// score is the metric that the list is sorted by, or else the test part's or the validation's accuracy or loss.
func (l *listed) score(metric string) string {
	if metric != "" {
		x, ok := l.metric(metric)
		if !ok {
			return "-"
		}
		return fmt.Sprintf("%s %.4g", metric, x)
	}
	if l.Test != nil {
		return "test " + score(l.Test)
	}
	if l.Val != nil {
		return "val " + score(l.Val)
	}
	return score(l.Train)
}

// metric is a value such as val.accuracy.
func (l *listed) metric(name string) (float64, bool) {
	part, key, _ := strings.Cut(name, ".")
	x, ok := map[string]train.Metrics{"train": l.Train, "val": l.Val, "test": l.Test}[part][key]
	return x, ok
}

// isMetric reports whether a name can be a metric's.
func isMetric(name string) bool {
	part, key, ok := strings.Cut(name, ".")
	return ok && key != "" && slices.Contains([]string{"train", "val", "test"}, part)
}

// states are what a run's may be.
var states = []string{"done", "interrupted", "failed", "unfinished", "unreadable"}

// choose keeps the runs that the settings choose, and sorts them; metric is the one that they are sorted by, if any.
func choose(list []listed, settings []string) (metric string, _ []listed, err error) {
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		keep := func(*listed) bool { return true }
		switch {
		case key == "sort":
			if metric, err = sortRuns(list, value); err != nil {
				return "", nil, err
			}
		case key == "state" && slices.Contains(states, value):
			keep = func(l *listed) bool { return l.State == value }
		case key == "state":
			return "", nil, usagef("state: %q%s; want one of %s", value, recipe.DidYouMean(value, states), strings.Join(states, ", "))
		case key == "tag":
			keep = func(l *listed) bool { return slices.Contains(l.Tags, value) }
		case key == "recipe":
			keep = func(l *listed) bool { return l.Recipe == value }
		case isMetric(key):
			low, high, err := parseRange(key, value)
			if err != nil {
				return "", nil, err
			}
			keep = func(l *listed) bool {
				x, ok := l.metric(key)
				return ok && low <= x && x <= high
			}
		default:
			return "", nil, usagef("runs can't be chosen by %q%s; there are sort, state, tag, recipe and metrics such as val.accuracy", key, recipe.DidYouMean(key, []string{"sort", "state", "tag", "recipe"}))
		}
		list = slices.DeleteFunc(list, func(l listed) bool { return !keep(&l) })
	}
	return metric, list, nil
}

// parseRange reads 0.9..0.95, 0.9.. or ..0.95.
func parseRange(key, value string) (low, high float64, err error) {
	a, b, ok := strings.Cut(value, "..")
	low, high = math.Inf(-1), math.Inf(1)
	var errs [2]error
	if a != "" {
		low, errs[0] = strconv.ParseFloat(a, 64)
	}
	if b != "" {
		high, errs[1] = strconv.ParseFloat(b, 64)
	}
	if !ok || errors.Join(errs[:]...) != nil || a == "" && b == "" {
		return 0, 0, usagef("%s: found %q, want a range such as 0.9..0.95, 0.9.. or ..0.95", key, value)
	}
	return low, high, nil
}

// lowerIsBetter are the metrics of which a small value is a good one.
var lowerIsBetter = []string{"loss", "log_loss", "loss_per_character", "perplexity", "brier", "ece", "rmse", "mse", "mae", "mape", "pinball"}

// sortRuns sorts by a key; of a metric the best come first, and runs without it last.
func sortRuns(list []listed, by string) (metric string, err error) {
	key, back := strings.CutPrefix(by, "-")
	keys := map[string]func(a, b *listed) int{
		"run":     func(a, b *listed) int { return strings.Compare(a.Run, b.Run) },
		"begun":   func(a, b *listed) int { return a.Begun.Compare(b.Begun) },
		"state":   func(a, b *listed) int { return strings.Compare(a.State, b.State) },
		"epochs":  func(a, b *listed) int { return cmp.Compare(a.Epochs, b.Epochs) },
		"steps":   func(a, b *listed) int { return cmp.Compare(a.Steps, b.Steps) },
		"seconds": func(a, b *listed) int { return cmp.Compare(a.Seconds, b.Seconds) },
	}
	sign := 1
	if back {
		sign = -1
	}
	compare, ok := keys[key]
	switch {
	case ok:
		slices.SortStableFunc(list, func(a, b listed) int { return sign * compare(&a, &b) })
		return "", nil
	case !isMetric(key):
		return "", usagef("sort: %q%s; want run, begun, state, epochs, steps, seconds or a metric such as val.accuracy", key, recipe.DidYouMean(key, []string{"run", "begun", "state", "epochs", "steps", "seconds"}))
	}
	_, name, _ := strings.Cut(key, ".")
	if !slices.Contains(lowerIsBetter, name) {
		sign = -sign
	}
	slices.SortStableFunc(list, func(a, b listed) int {
		x, hasX := a.metric(key)
		y, hasY := b.metric(key)
		switch {
		case !hasX && !hasY:
			return 0
		case !hasY:
			return -1
		case !hasX:
			return 1
		}
		return sign * cmp.Compare(x, y)
	})
	return key, nil
}

// score is the accuracy, or the loss of what has none.
func score(m train.Metrics) string {
	if a, ok := m["accuracy"]; ok {
		return percent(a)
	}
	if l, ok := m["loss"]; ok {
		return fmt.Sprintf("loss %.4f", l)
	}
	return "-"
}

// day is when a run began, for people.
func day(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
