// Package report tells what a run came to, for people: report.html, a page that is one file and asks the network for nothing,
// card.md, a model card, and the page's plots as SVG and PNG files. All of it is made of what the run's folder holds.
package report

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// The files of a run's folder that belong to a report.
const (
	MeasuredFile = "evaluation.json" // what was measured on the test part: a Measured
	PageFile     = "report.html"
	CardFile     = "card.md"
	PlotsFolder  = "plots" // a .svg and a .png file of each plot
)

// Measured is what was measured of a model, and the rows that it was most wrong about.
type Measured struct {
	*task.Evaluation
	Part     string    `json:"part"` // what was measured on: "the test part of mnist"
	Mistakes []Mistake `json:"mistakes,omitempty"`
}

// Mistake is a row whose answer is wrong.
type Mistake struct {
	Row     int64   `json:"row"`
	True    string  `json:"true"`
	Said    string  `json:"said"`
	Sure    float64 `json:"sure,omitempty"`    // the probability of what was said; of numbers 0
	Picture []byte  `json:"picture,omitempty"` // PNG
}

// Mistakes are at most so many wrong answers: of classes those that the model was surest of, of numbers the farthest off.
// There are none of labels. Of equal ones the first rows come first.
func Mistakes(p *task.Predictions, most int) []Mistake {
	type wrong struct {
		i   int
		far float64
	}
	var list []wrong
	c := len(p.Names)
	for i := range p.Rows {
		switch {
		case p.Kind == task.Classify && p.Decide(i) != int(p.IDs[i]):
			list = append(list, wrong{i, float64(p.Output[i*c+p.Decide(i)])})
		case p.Kind == task.Regress && c == 1:
			list = append(list, wrong{i, max(float64(p.Output[i]-p.Targets[i]), float64(p.Targets[i]-p.Output[i]))})
		}
	}
	slices.SortStableFunc(list, func(a, b wrong) int { return cmp.Compare(b.far, a.far) })
	var r []Mistake
	for _, w := range list[:min(len(list), most)] {
		m := Mistake{Row: p.Rows[w.i]}
		if p.Kind == task.Classify {
			m.True, m.Said, m.Sure = p.Names[p.IDs[w.i]], p.Names[p.Decide(w.i)], w.far
		} else {
			m.True, m.Said = fmt.Sprintf("%.6g", p.Targets[w.i]), fmt.Sprintf("%.6g", p.Output[w.i])
		}
		r = append(r, m)
	}
	return r
}

// Pair is a fact with its name.
type Pair struct{ Name, Value string }

// Report is all that a page and a card tell.
type Report struct {
	Run      train.Summary
	Measured *Measured // nil: nothing was measured
	Name     string    // of the run
	Task     string    // classify, regress, lm
	Model    []Pair
	Data     []Pair
	DataFile string // data.json
	Config   string // config.yaml
	Machine  []Pair
}

// Read reads a run's folder. What a run that died or is at work lacks is left out.
func Read(dir string) (*Report, error) {
	run, err := train.ReadRun(dir)
	if err != nil {
		return nil, err
	}
	r := &Report{Run: run, Name: filepath.Base(dir)}
	var config, data, env []byte
	for name, to := range map[string]*[]byte{train.ConfigFile: &config, train.DataFile: &data, train.EnvFile: &env} {
		if *to, err = read(dir, name); err != nil {
			return nil, err
		}
	}
	r.Config, r.DataFile = string(config), string(data)
	if err := r.addData(data); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, train.DataFile), err)
	}
	if err := r.addMachine(env); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, train.EnvFile), err)
	}
	measured, err := read(dir, MeasuredFile)
	if err != nil {
		return nil, err
	}
	if measured != nil {
		r.Measured = &Measured{}
		if err := json.Unmarshal(measured, r.Measured); err != nil || r.Measured.Evaluation == nil {
			return nil, fmt.Errorf("%s isn't an evaluation: %w", filepath.Join(dir, MeasuredFile), cmp.Or(err, errors.New("it has no metrics")))
		}
	}
	return r, r.addModel(filepath.Join(dir, train.ModelFile))
}

// read returns a file of the folder, or nil where it isn't there.
func read(dir, name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// addData takes the facts at the top of data.json and the rows of its parts.
func (r *Report) addData(b []byte) error {
	if b == nil {
		return nil
	}
	var d struct {
		Name             string
		From             string
		Classes          []string
		Train, Val, Test struct{ Rows, Characters, Tokens int }
	}
	if err := json.Unmarshal(b, &d); err != nil {
		return err
	}
	r.Data = append(r.Data, Pair{"name", d.Name})
	if d.From != "" {
		r.Data = append(r.Data, Pair{"from", d.From})
	}
	for i, p := range []struct{ Rows, Characters, Tokens int }{d.Train, d.Val, d.Test} {
		name := []string{"to train on", "to validate on", "to test on"}[i]
		switch {
		case p.Rows > 0:
			r.Data = append(r.Data, Pair{name, count(p.Rows) + " rows"})
		case p.Tokens > 0:
			r.Data = append(r.Data, Pair{name, fmt.Sprintf("%s tokens of %s letters", count(p.Tokens), count(p.Characters))})
		}
	}
	if n := len(d.Classes); n > 0 {
		const most = 20
		text := strings.Join(d.Classes[:min(n, most)], ", ")
		if n > most {
			text += ", …"
		}
		r.Data = append(r.Data, Pair{"classes", fmt.Sprintf("%d: %s", n, text)})
	}
	return nil
}

func (r *Report) addMachine(b []byte) error {
	if b == nil {
		return nil
	}
	var e struct {
		Command []string
		CPU     string
		Level   string
		Cores   int
		Build   struct{ Ingot, Go, OS, Arch string }
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return err
	}
	r.Machine = []Pair{
		{"begun", r.Run.Begun.UTC().Format("2006-01-02 15:04:05 MST")}, {"command", strings.Join(e.Command, " ")},
		{"ingot", fmt.Sprintf("%s, %s, %s/%s", e.Build.Ingot, e.Build.Go, e.Build.OS, e.Build.Arch)}, {"machine", fmt.Sprintf("%s, %d cores, %s", e.CPU, e.Cores, e.Level)},
	}
	if r.Run.Finished != "" {
		r.Machine = append(r.Machine, Pair{"SHA-256 of the weights", r.Run.Finished})
	}
	return nil
}

// settings are a model's without the bins of its numbers, which are pages of figures.
func settings(config json.RawMessage) string {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(config, &m); err != nil {
		return string(config)
	}
	if _, ok := m["bins"]; !ok {
		return string(config)
	}
	delete(m, "bins")
	b, err := json.Marshal(m)
	if err != nil {
		return string(config)
	}
	return string(b)
}

// addModel takes what the model file says of itself.
func (r *Report) addModel(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	b, err := bundle.Open(path)
	if err != nil {
		return err
	}
	defer b.Close()
	r.Task = b.Task
	weights, err := b.Weights()
	if err != nil {
		return err
	}
	n := 0
	for _, w := range weights {
		n += w.Tensor.Numel()
	}
	r.Model = []Pair{{"network", b.Model.Name}, {"settings", settings(b.Model.Config)}, {"parameters", count(n)}, {"weights", b.Provenance.Weights}}
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for k := range b.Provenance.Data.Files {
			if !yield(k) {
				return
			}
		}
	}) {
		r.Data = append(r.Data, Pair{"SHA-256 of " + name, b.Provenance.Data.Files[name]})
	}
	return nil
}

// Write writes page, card and plots by write, which gets the path of each within the run's folder; mkdir makes a folder of it.
func (r *Report) Write(mkdir func(name string) error, write func(name string, content func(io.Writer) error) error) error {
	plots := r.plots()
	if err := write(PageFile, func(w io.Writer) error { return r.page(w, plots) }); err != nil {
		return err
	}
	if err := write(CardFile, r.card); err != nil || len(plots) == 0 {
		return err
	}
	if err := mkdir(PlotsFolder); err != nil {
		return err
	}
	for _, p := range plots {
		name := filepath.Join(PlotsFolder, p.name)
		if err := write(name+".svg", func(w io.Writer) error { return writeSVG(w, p) }); err != nil {
			return err
		}
		if err := write(name+".png", func(w io.Writer) error { return writePNG(w, p) }); err != nil {
			return err
		}
	}
	return nil
}

// count is 60,000.
func count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
