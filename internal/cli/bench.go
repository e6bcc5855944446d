package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/kernel/gemm"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/recipe"
)

var benchVerb = verb{
	name: "bench", args: "[group|row …]", summary: "Measure the engine on this machine, against the machine's limits",
	help: `Groups: machine, gemm, ops, nets, optim; none: all of them. A row's name, or the
beginning of one, measures that alone. Numbers are medians. "OF PEAK" is the
share of the multiply-add peak, or of the memory bandwidth for rows in GB/s,
both measured in the same run. For quiet numbers, let nothing else run.

  machine  fma/<threads>, copy/<threads>: the limits
  gemm     gemm/<n>/<threads>, gemm/<MxKxN>/<threads>; gemm/<n>-nt/<threads>
           has its right side transposed, -tn its left, -tt both
  ops      forward passes of single ops on [4096 1024]
  nets     step/mlp-784-500-10, step/gpt-4l-128 and step/gpt-6l-384, with where
           their time goes and the bytes that a step takes; step/lstm-256 with
           1 and all threads: one layer, 64 sequences of 128 steps;
           epoch/reference: 60,000 rows in batches of 64; generate/gpt-4l-128
  optim    adam-397510 (in cache), adam-100M (in memory), 28 bytes a parameter;
           <optimizer>-gpt-6l-384/<threads>: an update of 10.7 M parameters

Examples:
  ingot bench
  ingot bench gemm --json
  ingot bench epoch/reference gemm/1024
  INGOT_CPU=avx2 ingot bench nets
`,
	max: -1, run: runBench,
}

// measured is one row.
type measured struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	OfPeak float64 `json:"of_peak,omitempty"`
	Bytes  int     `json:"bytes,omitempty"` // that an op reads and writes
	Note   string  `json:"note,omitempty"`
}

// bench is one run of the verb.
type bench struct {
	ctx   context.Context
	only  []string // names, or beginnings of them; empty: all
	rows  []measured
	peaks map[int]float64 // FLOP/s by threads
	band  map[int]float64 // bytes/s by threads
	show  *progress
}

var benchGroups = []struct {
	name string
	run  func(*bench) error
}{
	{"machine", (*bench).machine}, {"gemm", (*bench).gemm}, {"ops", (*bench).ops}, {"nets", (*bench).nets}, {"optim", (*bench).optim},
}

func runBench(ctx context.Context, c *call) error {
	b := &bench{ctx: ctx, peaks: map[int]float64{}, band: map[int]float64{}, show: newProgress(c.err)}
	groups, err := b.choose(c.args)
	if err != nil {
		return err
	}
	for _, g := range benchGroups {
		if !slices.Contains(groups, g.name) {
			continue
		}
		if err := g.run(b); err != nil {
			b.show.clear()
			return err
		}
	}
	b.show.clear()
	if len(b.rows) == 0 && ctx.Err() == nil {
		return usagef("no row is called %s; see `ingot bench --help`", strings.Join(c.args, " or "))
	}
	machine := map[string]any{"cpu": cpu.ModelName(), "level": cpu.Active().String(), "best_level": cpu.Best().String(), "cores": cpu.Cores(), "workers": parallel.Workers()}
	switch {
	case ctx.Err() != nil && c.json:
	case c.json:
		return c.printJSON(map[string]any{"machine": machine, "rows": b.rows})
	default:
		c.printf("%s, %d cores, %s\n\n%s", cpu.ModelName(), cpu.Cores(), cpu.Active(), benchTable(b.rows))
	}
	return ctx.Err()
}

// choose sorts the arguments into groups and rows; rows choose their groups.
func (b *bench) choose(args []string) ([]string, error) {
	var groups []string
	prefixes := map[string]string{"fma": "machine", "copy": "machine", "gemm/": "gemm", "op": "ops", "step": "nets", "epoch": "nets", "generate": "nets", "adam": "optim"}
	for _, g := range benchGroups {
		prefixes[g.name+"/"] = g.name
		if len(args) == 0 {
			groups = append(groups, g.name)
		}
	}
	for _, a := range args {
		if slices.ContainsFunc(benchGroups, func(g struct {
			name string
			run  func(*bench) error
		}) bool {
			return g.name == a
		}) {
			groups = append(groups, a)
			b.only = append(b.only, groupRows[a]...)
			continue
		}
		found := false
		for p, g := range prefixes {
			if strings.HasPrefix(a, p) {
				groups, found = append(groups, g), true
			}
		}
		if !found {
			var names []string
			for _, g := range benchGroups {
				names = append(names, g.name)
			}
			return nil, usagef("bench has no group or row %q%s; the groups are %s", a, recipe.DidYouMean(a, names), strings.Join(names, ", "))
		}
		b.only = append(b.only, a)
	}
	return groups, nil
}

// groupRows are the beginnings of each group's rows.
var groupRows = map[string][]string{
	"machine": {"machine/"}, "gemm": {"gemm/"}, "ops": {"ops/"}, "nets": {"step/", "epoch/", "generate/"}, "optim": {"optim/"},
}

// wants reports whether a row is asked for.
func (b *bench) wants(name string) bool {
	if b.ctx.Err() != nil {
		return false
	}
	return len(b.only) == 0 || slices.ContainsFunc(b.only, func(p string) bool { return strings.HasPrefix(name, p) })
}

func (b *bench) add(r measured) {
	b.rows = append(b.rows, r)
	b.show.draw(fmt.Sprintf("%s  %s %s", r.Name, significant(r.Value), r.Unit))
}

// benchTable is the rows, then what there is to say of some.
func benchTable(rows []measured) string {
	t := table{align: "lrlrr"}
	t.add("ROW", "VALUE", "UNIT", "OF PEAK", "BYTES")
	notes := ""
	for _, r := range rows {
		peak, bytes := "", ""
		if r.OfPeak > 0 {
			peak = fmt.Sprintf("%.1f %%", 100*r.OfPeak)
		}
		if r.Bytes > 0 {
			bytes = bytesText(r.Bytes)
		}
		t.add(r.Name, significant(r.Value), r.Unit, peak, bytes)
		if r.Note != "" {
			notes += wrap(r.Name+": "+r.Note, 2)
		}
	}
	if notes != "" {
		notes = "\n" + notes
	}
	return t.String() + notes
}

// significant writes a number with three digits that count.
func significant(x float64) string {
	switch {
	case x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	case x >= 1:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.3g", x)
}

// threadCounts are 1 and, where there are more, all.
func threadCounts() []int {
	if n := parallel.Workers(); n > 1 {
		return []int{1, n}
	}
	return []int{1}
}

// onThreads runs f with so many workers.
func onThreads(n int, f func()) {
	old := parallel.SetWorkers(n)
	defer parallel.SetWorkers(old)
	f()
}

// peak is the multiply-add peak, measured once.
func (b *bench) peak(threads int) float64 {
	if _, ok := b.peaks[threads]; !ok {
		onThreads(threads, func() { b.peaks[threads] = gemm.PeakFLOPS(threads) })
	}
	return b.peaks[threads]
}

// ofLimit is rate over limit, 0 where the limit isn't known: without assembly there is no peak to measure.
func ofLimit(rate, limit float64) float64 {
	if limit == 0 {
		return 0
	}
	return rate / limit
}

// How a time is measured: the median of rounds, each of as many calls as fill round.
const (
	rounds = 7
	round  = 30 * time.Millisecond
)

// timed returns the median time of one call of f, which has been called before.
func timed(f func()) time.Duration {
	f()
	calls := 1
	start := time.Now()
	f()
	if once := time.Since(start); once < round {
		calls = max(int(round/max(once, 1)), 1)
	}
	samples := make([]time.Duration, rounds)
	for i := range samples {
		start := time.Now()
		for range calls {
			f()
		}
		samples[i] = time.Since(start) / time.Duration(calls)
	}
	return median(samples)
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
