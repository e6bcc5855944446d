package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ingot-ml/ingot/train"
)

var runsVerb = verb{
	name: "runs", args: "ls [FOLDER] | show RUN", summary: "List the runs of a folder, or tell about one",
	help: `A run is a folder: config.yaml, env.json, data.json, metrics.jsonl,
model.safetensors. runs/last is the newest one.

Examples:
  ingot runs ls
  ingot runs show runs/last
  ingot runs show runs/mnist-1 --json
`,
	min: 1, max: 2, run: runRuns,
}

func runRuns(_ context.Context, c *call) error {
	switch verb, args := c.args[0], c.args[1:]; {
	case verb == "ls":
		out := "runs"
		if len(args) > 0 {
			out = args[0]
		}
		return listRuns(c, out)
	case verb == "show" && len(args) == 1:
		return showRun(c, args[0])
	}
	return c.usage()
}

func listRuns(c *call, out string) error {
	runs, err := train.ListRuns(out)
	if errors.Is(err, fs.ErrNotExist) {
		return dataError(fmt.Errorf("there is no folder %s; `ingot train mnist` makes a first run", out))
	} else if err != nil {
		return dataError(err)
	}
	if c.json {
		return c.printJSON(map[string]any{"runs": runs})
	}
	t := table{align: "lllrrrr"}
	t.add("RUN", "BEGUN", "STATE", "EPOCHS", "TIME", "VAL", "TEST")
	for _, r := range runs {
		t.add(filepath.Base(r.Run), r.Begun.Local().Format("Jan _2 15:04"), r.State, fmt.Sprint(r.Epochs), duration(asDuration(r.Seconds)), score(r.Val), score(r.Test))
	}
	c.printf("%s", t.String())
	return nil
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

func showRun(c *call, path string) error {
	dir, err := train.FindRun(path)
	if err != nil {
		return dataError(err)
	}
	r, err := train.ReadRun(dir)
	if err != nil {
		return dataError(err)
	}
	if c.json {
		return c.printJSON(r)
	}
	c.printf("run      %s\nstate    %s\n", r.Run, r.State)
	for _, line := range [][2]string{{"ended", r.Stopped}, {"error", r.Error}, {"weights", r.Weights}} {
		if line[1] != "" {
			c.printf("%s", wrap(pad(line[0], 9)+line[1], 9))
		}
	}
	c.printf("begun    %s\ntime     %s, %s steps\n", r.Begun.Local().Format("2006-01-02 15:04:05"), duration(asDuration(r.Seconds)), count(r.Steps))
	if a, ok := r.Test["accuracy"]; ok {
		c.printf("test     accuracy %s\n", percent(a))
	}
	if l, ok := r.Val["loss_per_character"]; ok {
		c.printf("val      %.4f nats a character\n", l)
	}
	if len(r.History) > 0 {
		c.printf("\n%s", history(r.History))
	}
	c.printf("\n%s", files(dir))
	return nil
}

func history(points []train.Point) string {
	t := table{align: "rrrrrr"}
	head := []string{"EPOCH", "STEP", "TIME", "LOSS", "VAL LOSS", "VAL ACCURACY"}
	columns := len(head)
	if points[0].Val == nil {
		columns -= 2
	} else if _, ok := points[0].Val["accuracy"]; !ok {
		columns--
	}
	t.add(head[:columns]...)
	for _, p := range points {
		row := []string{fmt.Sprint(p.Epoch), count(p.Step), duration(asDuration(p.Seconds)), fmt.Sprintf("%.4f", p.Train["loss"]), fmt.Sprintf("%.4f", p.Val["loss"]), score(p.Val)}
		t.add(row[:columns]...)
	}
	return t.String()
}

// files lists the files of a run, with their sizes.
func files(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error() + "\n"
	}
	t := table{align: "lr"}
	t.add("FILE", "SIZE")
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			t.add(e.Name(), bytesText(int(info.Size())))
		}
	}
	return t.String()
}
