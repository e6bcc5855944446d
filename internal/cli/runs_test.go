package cli

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/train"
)

func TestSparkline(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		xs    []float64
		width int
		want  string
	}{
		{nil, 8, ""},
		{[]float64{1, 2}, 0, ""},
		{[]float64{3, 3, 3}, 8, "▁▁▁"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"},
		{[]float64{7, 0}, 8, "█▁"},
		{[]float64{0, 2, 6, 8}, 2, "▁█"}, // the means 1 and 7
		{[]float64{0, nan, 7}, 8, "▁ █"},
		{[]float64{nan, math.Inf(1)}, 8, "  "},
	} {
		if got := sparkline(c.xs, c.width); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.xs, c.width, got, c.want)
		}
	}
}

// makeRuns trains two short runs and lays out a third that is at work.
func makeRuns(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"train", "digits", "train.epochs=1", "tags=[short, base]"},
		{"train", "digits", "run=long", "train.epochs=4", "tags=long"},
		{"train", "chargpt", "train.steps=4", "train.eval_steps=2", "model.dim=8", "model.layers=1", "model.heads=1"},
	} {
		if code, _, stderr := ingot(append(args, "--quiet")...); code != 0 || stderr != "" {
			t.Fatalf("%v: %d %q", args, code, stderr)
		}
	}
	begun := filepath.Join("runs", "begun")
	if err := os.Mkdir(begun, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(begun, train.MetricsFile), []byte(`{"event":"epoch","epoch":1,"step":5,"train":{"loss":1.5}}`+"\n"), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestListRuns(t *testing.T) {
	makeRuns(t)
	list := func(settings ...string) []string {
		t.Helper()
		code, out, stderr := ingot(append([]string{"runs", "ls", "--json"}, settings...)...)
		if code != 0 {
			t.Fatalf("%v: %d %s", settings, code, stderr)
		}
		var o struct{ Runs []listed }
		object(t, out, &o)
		var names []string
		for _, r := range o.Runs {
			names = append(names, filepath.Base(r.Run))
		}
		return names
	}
	for _, c := range []struct{ settings, want string }{
		{"", "begun chargpt-1 digits-1 long"}, // one process began them: they are in the order of their names
		{"sort=run", "begun chargpt-1 digits-1 long"},
		{"sort=-run", "long digits-1 chargpt-1 begun"},
		{"sort=val.accuracy state=done", "long digits-1 chargpt-1"},
		{"sort=val.loss recipe=digits", "long digits-1"},
		{"sort=-val.loss recipe=digits", "digits-1 long"},
		{"tag=base", "digits-1"},
		{"tag=none", ""},
		{"state=unfinished", "begun"},
		{"train.loss=1.4..1.6 state=unfinished", "begun"},
		{"train.loss=..1.4 state=unfinished", ""},
		{"test.accuracy=0..1", "digits-1 long"},
	} {
		if got := strings.Join(list(strings.Fields(c.settings)...), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.settings, got, c.want)
		}
	}
	for setting, want := range map[string]string{
		"stat=done": `did you mean "state"?`, "state=don": `did you mean "done"?`, "sort=seconsd": `did you mean "seconds"?`,
		"val.loss=1": "want a range such as", "val.loss=a..": "want a range such as", "val.loss=..": "want a range such as",
	} {
		if code, _, stderr := ingot("runs", "ls", setting); code != exitConfig || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", setting, code, stderr)
		}
	}
	_, out, _ := ingot("runs", "ls")
	if !strings.Contains(out, "chargpt-1  done        4 steps") || !strings.Contains(out, "short,base") || !strings.Contains(out, "1 epoch ") {
		t.Errorf("the list is\n%s", out)
	}
	narrow := listText([]listed{{Summary: train.Summary{Run: "runs/a", State: "done"}, Tags: []string{strings.Repeat("x", 40)}}}, "", 60)
	if !fits(narrow, 60) || strings.Contains(narrow, "LOSS") {
		t.Errorf("in 60 columns:\n%s", narrow)
	}
}

func TestShowRun(t *testing.T) {
	makeRuns(t)
	_, out, _ := ingot("runs", "show", "runs/long", "--csv")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 5 || lines[0] != "epoch,step,seconds,train.loss,val.accuracy,val.loss" || !strings.HasPrefix(lines[4], "4,72,") {
		t.Errorf("as CSV:\n%s", out)
	}
	_, out, _ = ingot("runs", "show", "runs/long")
	for _, want := range []string{"\ntags     long\n", "\ntrain    █", "EPOCH  STEP", "VAL ACCURACY", "checkpoints/ "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	_, out, _ = ingot("runs", "show", "runs/chargpt-1")
	if strings.Contains(out, "EPOCH") || !strings.Contains(out, "STEP    TIME    LOSS  VAL LOSS\n   2 ") {
		t.Errorf("of a training in steps:\n%s", out)
	}
	for _, line := range strings.Split(out, "\n") {
		if len([]rune(line)) > screen {
			t.Errorf("%d letters: %s", len([]rune(line)), line)
		}
	}
	if code, _, _ := ingot("runs", "show", "runs/long", "--csv", "--json"); code != exitConfig {
		t.Errorf("--csv and --json: %d", code)
	}
	var points []train.Point
	for i := range 101 {
		points = append(points, train.Point{Epoch: i + 1})
	}
	h := strings.Split(strings.TrimSpace(history(points, false)), "\n")
	if len(h) != 1+maxHistory || strings.Fields(h[1])[0] != "1" || strings.Fields(h[maxHistory])[0] != "101" {
		t.Errorf("a long history has the lines\n%s", strings.Join(h, "\n"))
	}
}

func TestQuiet(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, stderr := ingot("train", "digits", "train.epochs=1", "--quiet")
	if want := filepath.Join("runs", "digits-1") + "\n"; code != 0 || out != want || stderr != "" {
		t.Errorf("%d %q %q", code, out, stderr)
	}
	if code, out, _ := ingot("resume", "runs/last", "--quiet"); code != 0 || out != "" {
		t.Errorf("%d %q", code, out)
	}
	if code, _, stderr := ingot("train", "digits", "--quite"); code != exitConfig || !strings.Contains(stderr, `did you mean "--quiet"?`) {
		t.Errorf("%d %s", code, stderr)
	}
}

func TestSamples(t *testing.T) {
	t.Chdir(t.TempDir())
	c := &call{out: &results{w: full{}}, err: full{}}
	set, err := openData(t.Context(), c, "uci-digits")
	if err != nil {
		t.Fatal(err)
	}
	s := samples(set.Train, 12) // at most two of each of ten
	tags := map[string]bool{}
	for _, x := range s {
		tags[x.Tag] = true
		if size := x.Picture.Bounds().Size(); size.X != 8 || size.Y != 8 {
			t.Errorf("%s has %v pixels", x.Tag, size)
		}
	}
	if len(s) != 12 || len(tags) != 12 || !tags["samples/0/0"] {
		t.Errorf("%d samples: %v", len(s), tags)
	}
	if m := greyPicture(set.Train, 0); !slices.Contains(m.Pix, 239) { // 15 of 16 grey levels: 15/16·255 = 239.06
		t.Errorf("grey levels %v", m.Pix)
	}
	if s := samples(set.Train, 0); s != nil {
		t.Errorf("%d samples of none", len(s))
	}
}
