package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// hostile is a name that would run a script, break out of an attribute, a table, a code fence or a link.
const hostile = "<script>alert(1)</script>\"'` onload=x | [a](http://evil/) *b* ]]> \x00\x1b[31m </style></svg> {{.Name}} \u202e"

// predictions are of four rows and three classes; rows 2 and 3 are wrong, 3 the surer.
func predictions() *task.Predictions {
	return &task.Predictions{
		Kind: task.Classify, Names: []string{"cat", "dog", hostile}, Rows: []int64{10, 11, 12, 13}, IDs: []int32{0, 1, 2, 2},
		Output: []float32{0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.5, 0.3, 0.2, 0.05, 0.9, 0.05},
	}
}

// example is a report with everything, each text of it hostile.
func example(t *testing.T) *Report {
	t.Helper()
	p := predictions()
	e, err := task.Measure(p, task.MeasureOptions{
		Resamples: 50, Seed: 1, Baselines: []*task.Predictions{p}, Names: []string{hostile},
		Slices: []task.SliceColumn{{Name: hostile, Values: []string{"a", hostile, "a", "a"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &Measured{Evaluation: e, Part: hostile, Mistakes: Mistakes(p, 5)}
	m.Mistakes[0].Picture = []byte("not a picture")
	return &Report{
		Measured: m, Name: hostile, Task: "classify", Model: []Pair{{hostile, hostile}}, Data: []Pair{{hostile, hostile}},
		DataFile: hostile, Config: hostile, Machine: []Pair{{hostile, hostile}},
		Run: train.Summary{State: "done", Stopped: hostile, Error: hostile, Epochs: 2, Steps: 20, History: []train.Point{
			{Epoch: 1, Step: 10, Train: train.Metrics{"loss": 1}, Val: train.Metrics{"loss": 2, "accuracy": 0.5}},
			{Epoch: 2, Step: 20, Train: train.Metrics{"loss": 0.5}, Val: train.Metrics{"loss": 1.5, "accuracy": 0.75}},
		}},
	}
}

func TestMistakes(t *testing.T) {
	got := Mistakes(predictions(), 5)
	if len(got) != 2 || got[0].Row != 13 || got[0].True != hostile || got[0].Said != "dog" || got[0].Sure < 0.89 || got[1].Row != 12 || got[1].Said != "cat" {
		t.Errorf("%+v", got)
	}
	if got := Mistakes(predictions(), 1); len(got) != 1 || got[0].Row != 13 {
		t.Errorf("of one: %+v", got)
	}
	numbers := &task.Predictions{Kind: task.Regress, Names: []string{"price"}, Rows: []int64{0, 1, 2}, Output: []float32{1, 5, 3}, Targets: []float32{1.5, 2, 3}}
	if got := Mistakes(numbers, 1); len(got) != 1 || got[0].Row != 1 || got[0].True != "2" || got[0].Said != "5" || got[0].Sure != 0 {
		t.Errorf("of numbers: %+v", got)
	}
}

func TestPageEscapes(t *testing.T) {
	r := example(t)
	var b bytes.Buffer
	if err := r.page(&b, r.plots()); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if n := strings.Count(page, "<script"); n != 0 {
		t.Errorf("%d script elements", n)
	}
	if n := strings.Count(page, "</style>"); n != 1 {
		t.Errorf("%d ends of the style sheet", n)
	}
	if strings.Count(page, "<svg") != strings.Count(page, "</svg>") {
		t.Error("a name ends a plot")
	}
	if strings.Contains(page, "ZgotmplZ") {
		t.Error("the template refused a value")
	}
	for _, m := range regexp.MustCompile(`(?i)(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "data:image/png;base64,") {
			t.Errorf("the page asks for %q", m[1])
		}
	}
	if !strings.Contains(page, `content="default-src 'none'`) || !strings.Contains(page, "prefers-color-scheme:dark") || !strings.Contains(page, "@media print") {
		t.Error("the policy, the dark colours or those of paper are missing")
	}
	for _, want := range []string{"Confusion", "Worst mistakes", "Slices", "Provenance", "said <b>dog</b> (90.00 %)", `role="img" aria-label="Loss over 2 epochs`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

func TestCardEscapes(t *testing.T) {
	var b bytes.Buffer
	if err := example(t).card(&b); err != nil {
		t.Fatal(err)
	}
	card := b.String()
	for _, bad := range []string{"<script", "[a](", " *b*", "http://evil", "\x00", "\x1b"} {
		if strings.Contains(card, bad) {
			t.Errorf("the card has %q", bad)
		}
	}
	for _, section := range []string{"Model details", "Intended use", "Factors", "Metrics", "Evaluation data", "Training data", "Quantitative analyses", "Ethical considerations", "Caveats and recommendations"} {
		if !strings.Contains(card, "\n## "+section+"\n") {
			t.Errorf("no section %s", section)
		}
	}
	for _, line := range strings.Split(card, "\n") { // each row of the table of classes has six cells
		if strings.HasPrefix(line, "| cat |") && strings.Count(line, "|") != 7 {
			t.Errorf("%q", line)
		}
	}
}

// Each plot is well-formed XML whose texts are what they were, and a PNG of twice the size that has something on it.
func TestPlots(t *testing.T) {
	plots := example(t).plots()
	var names []string
	for _, p := range plots {
		names = append(names, p.name)
		var b bytes.Buffer
		if err := writeSVG(&b, p); err != nil {
			t.Fatal(err)
		}
		d := xml.NewDecoder(&b)
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatalf("%s.svg: %v", p.name, err)
			}
		}
		b.Reset()
		if err := writePNG(&b, p); err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(&b)
		if err != nil || m.Bounds().Dx() != 2*plotWidth || m.Bounds().Dy() != 2*plotHeight {
			t.Fatalf("%s.png: %v", p.name, err)
		}
		dark := 0
		for y := range m.Bounds().Dy() {
			for x := range m.Bounds().Dx() {
				if r, g, b, _ := m.At(x, y).RGBA(); r+g+b < 3*0x4000 {
					dark++
				}
			}
		}
		if dark < 1000 || dark > m.Bounds().Dx()*m.Bounds().Dy()/10 {
			t.Errorf("%s.png has %d dark pixels: its letters and lines are some thousands", p.name, dark)
		}
	}
	if want := []string{"loss", "accuracy", "confusion", "roc", "pr", "calibration"}; !slices.Equal(names, want) {
		t.Errorf("plots %v, want %v", names, want)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		whole     bool
		want      []float64
	}{
		{0, 1, false, []float64{0, 0.2, 0.4, 0.6, 0.8, 1}},
		{1, 12, true, []float64{2, 4, 6, 8, 10, 12}},
		{1, 2, true, []float64{1, 2}},
		{0, 0.03, false, []float64{0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03}},
	} {
		got := (&axis{min: c.low, max: c.high, whole: c.whole}).ticks()
		if len(got) != len(c.want) {
			t.Errorf("%g to %g: %v, want %v", c.low, c.high, got, c.want)
			continue
		}
		for i := range got {
			if d := got[i] - c.want[i]; d > 1e-9 || d < -1e-9 {
				t.Errorf("%g to %g: %v, want %v", c.low, c.high, got, c.want)
			}
		}
	}
}

// A folder with a log and nothing else, and one with a damaged evaluation.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, train.MetricsFile), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	err = r.Write(func(string) error { return nil }, func(name string, content func(io.Writer) error) error {
		var b bytes.Buffer
		err := content(&b)
		written[name] = b.String()
		return err
	})
	if err != nil || len(written) != 2 || !strings.Contains(written[PageFile], "nothing was measured") {
		t.Errorf("%d files, %v", len(written), err)
	}
	b, err := json.Marshal(example(t).Measured)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{string(b): "", string(b[:40]): MeasuredFile, "{}": MeasuredFile} {
		if err := os.WriteFile(filepath.Join(dir, MeasuredFile), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := Read(dir)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v", text, err)
		}
		if err == nil && (r.Measured.Metrics["accuracy"] != 0.5 || len(r.Measured.Mistakes) != 2) {
			t.Errorf("read back: %+v", r.Measured)
		}
	}
}
