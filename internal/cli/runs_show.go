package cli

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/train"
)

func showRun(c *call, path string) error {
	dir, err := train.FindRun(path)
	if err != nil {
		return dataError(err)
	}
	s, err := train.ReadRun(dir)
	if err != nil {
		return dataError(err)
	}
	r := newListed(s)
	switch {
	case c.json && len(c.flags) > 0:
		return usagef("runs show prints --json or --csv, not both")
	case c.json:
		return c.printJSON(r)
	case len(c.flags) > 0:
		return printCSV(c, r.History)
	}
	c.printf("run      %s\nstate    %s\n", r.Run, r.State)
	for _, line := range [][2]string{{"ended", r.Stopped}, {"error", r.Error}, {"weights", r.Weights}, {"tags", strings.Join(r.Tags, ", ")}} {
		if line[1] != "" {
			c.printf("%s", wrap(pad(line[0], 9)+line[1], 9))
		}
	}
	c.printf("begun    %s\ntime     %s, %s steps\n", day(r.Begun), duration(asDuration(r.Seconds)), count(r.Steps))
	for i, s := range r.Sessions[min(len(r.Sessions), 1):] {
		c.printf("%s", wrap(fmt.Sprintf("resumed  %s, after step %s%s", day(s.Begun), count(s.From), was(r.Sessions[i].Stopped)), 9))
	}
	if a, ok := r.Test["accuracy"]; ok {
		c.printf("test     accuracy %s\n", percent(a))
	}
	if l, ok := r.Val["loss_per_character"]; ok {
		c.printf("val      %.4f nats a character\n", l)
	}
	if r.State == "interrupted" || r.State == "unfinished" {
		c.printf("%s", wrap(fmt.Sprintf("go on    %s resume %s", program(), r.Run), 9))
	}
	if len(r.History) > 0 {
		c.printf("\n%s\n%s", curves(r.History), history(r.History, r.inStep))
		if n := len(r.History); n > maxHistory {
			c.printf("(%d of %d; --csv prints all)\n", maxHistory, n)
		}
	}
	c.printf("\n%s", files(dir))
	return nil
}

// was says how a session ended.
func was(stopped string) string {
	if stopped == "" {
		return "; it was killed"
	}
	return "; it was " + stopped
}

// curves are the losses over the epochs, as curves.
func curves(points []train.Point) string {
	var b strings.Builder
	for _, part := range []struct {
		name string
		val  bool
	}{{"train", false}, {"val", true}} {
		xs := curve(points, part.val)
		if len(xs) < 2 {
			continue
		}
		fmt.Fprintf(&b, "%s %s %.4f → %.4f, least %.4f\n", pad(part.name, 8), sparkline(xs, 32), xs[0], xs[len(xs)-1], slices.Min(xs))
	}
	return b.String()
}

// maxHistory is how many lines of a history fit a screen.
const maxHistory = 20

// history is a line an epoch, or, of a training counted in steps, a validation; of many, some at the same distance.
func history(points []train.Point, inSteps bool) string {
	heads := []string{"EPOCH", "STEP", "TIME", "LOSS", "VAL LOSS", "VAL ACCURACY"}
	if points[0].Val == nil {
		heads = heads[:4]
	} else if _, ok := points[0].Val["accuracy"]; !ok {
		heads = heads[:5]
	}
	from := 0
	if inSteps {
		from = 1
	}
	t := table{align: strings.Repeat("r", len(heads))}
	t.add(heads[from:]...)
	n := min(len(points), maxHistory)
	for i := range n {
		p := points[i*(len(points)-1)/max(n-1, 1)]
		row := []string{fmt.Sprint(p.Epoch), count(p.Step), duration(asDuration(p.Seconds)), fmt.Sprintf("%.4f", p.Train["loss"]), fmt.Sprintf("%.4f", p.Val["loss"]), score(p.Val)}
		t.add(row[from:len(heads)]...)
	}
	return t.String()
}

// printCSV writes a line an epoch: epoch, step, seconds, then each metric that any epoch has. A metric that an epoch lacks is
// an empty field. It is made of metrics.jsonl when it is asked for, so that there is one record of a run, and it is of what a
// resume undid no more than that.
func printCSV(c *call, points []train.Point) error {
	names := map[string]bool{}
	for _, p := range points {
		for part, m := range map[string]train.Metrics{"train": p.Train, "val": p.Val} {
			for name := range m {
				names[part+"."+name] = true
			}
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	w := csv.NewWriter(c.out)
	rows := [][]string{append([]string{"epoch", "step", "seconds"}, columns...)}
	for _, p := range points {
		row := []string{strconv.Itoa(p.Epoch), strconv.Itoa(p.Step), strconv.FormatFloat(p.Seconds, 'g', -1, 64)}
		l := listed{Summary: train.Summary{Train: p.Train, Val: p.Val}}
		for _, name := range columns {
			text := ""
			if x, ok := l.metric(name); ok {
				text = strconv.FormatFloat(x, 'g', -1, 64)
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return w.WriteAll(rows)
}

// files lists the files of a run with their sizes; of a folder that is all that it holds.
func files(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error() + "\n"
	}
	t := table{align: "lr"}
	t.add("FILE", "SIZE")
	for _, e := range entries {
		name, size := e.Name(), 0
		if e.IsDir() {
			name += "/"
		}
		_ = filepath.WalkDir(filepath.Join(dir, e.Name()), func(_ string, f os.DirEntry, err error) error {
			if err == nil && f.Type().IsRegular() {
				if info, err := f.Info(); err == nil {
					size += int(info.Size())
				}
			}
			return nil
		})
		t.add(shorten(name, 60), bytesText(size))
	}
	return t.String()
}
