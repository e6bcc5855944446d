// Package recipe reads the YAML files that describe one run: which data, which model, how it is trained. The recipes for
// the data sets we know are embedded.
//
// A value comes from the defaults, then from a recipe or a file, then from the command line; each remembers where it came
// from. Nothing is guessed: an unknown key, a wrong type or a size out of range is an error that names the file, the line,
// what was found and what is wanted.
package recipe

import (
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Recipe describes one run. Its keys, types, defaults and bounds are in the table in fields.go.
type Recipe struct {
	Version    int
	Name       string
	Tags       []string
	Task       string
	Seed       uint64
	Data       Data
	Model      Model
	Train      Train
	Eval       Eval
	Checkpoint Checkpoint
	Watch      Watch
	Limits     Limits
	Out        string
	Run        string

	origins map[string]Origin
}

// Data says what is learnt from.
type Data struct {
	Train       string
	Target      []string
	By          string  // data.split.by
	SplitColumn string  // data.split.column
	Val         float64 // data.split.val
	Test        float64 // data.split.test
	Gap         string  // data.split.gap
	Columns     Columns
	Scale       string
	Impute      string
	TargetScale string
	Missing     []string
	CSV         CSV
	BadRows     float64 // data.limits.bad_rows
	Image       Image
	Augment     Augment
	Tokenizer   string
	Vocab       int
}

// CSV says how a CSV file is written; auto is found from its beginning.
type CSV struct {
	Delimiter string
	Header    string
	Encoding  string
}

// Image says what a folder's pictures become.
type Image struct {
	Size   int
	Colour string
	Resize string
}

// Augment says how pictures are changed in training.
type Augment struct {
	Flip   string
	Shift  float64
	Rotate float64
	Zoom   float64
	Colour float64
	CutOut float64
	MixUp  float64
}

// Any reports whether anything is changed.
func (a *Augment) Any() bool { return *a != Augment{Flip: "none"} }

// Model says what is trained.
type Model struct {
	Name       string
	Size       string
	Embedding  string
	Bins       int
	Hidden     []int
	Activation string
	Layers     int
	Heads      int
	Dim        int
	Context    int
	Positions  string
	Dropout    float64
}

// Train says how.
type Train struct {
	Epochs      int
	Steps       int
	EvalSteps   int
	Batch       int
	Accumulate  int
	Shards      Count
	LR          float64
	Optimizer   string
	Momentum    float64
	Betas       []float64
	WeightDecay float64
	Clip        float64
	Schedule    Schedule
	Stop        Stop
	MaxTime     time.Duration
	Weights     string

	ClassWeights string
}

// Eval says how what was learnt is used and measured.
type Eval struct {
	Baseline  bool
	CI        int
	Threshold string
}

// Checkpoint is when the state of a training is saved, so that it can be resumed.
type Checkpoint struct {
	Steps       int
	Minutes     float64
	Keep        int
	MaxFailures int
	CPU         string
}

// Watch is what the run's TensorBoard event file holds besides the metrics.
type Watch struct {
	Histograms int
	Samples    int
}

// Limits is what a run may take of the machine.
type Limits struct {
	Memory  Bytes
	Threads Count
}

// Schedule is how the learning rate changes over the run.
type Schedule struct {
	Type   string
	Warmup float64
	Min    float64
}

// Stop is when training ends before its epochs do.
type Stop struct {
	Patience int
	On       string
	MinDelta float64
}

// Origin is where a value comes from.
type Origin struct {
	Source string // "default", a recipe's or file's name, or "command line"
	Line   int    // in the file; 0 where there is none
}

// String returns "default", "mnist.yaml:7" or "command line".
func (o Origin) String() string {
	if o.Line > 0 {
		return fmt.Sprintf("%s:%d", o.Source, o.Line)
	}
	return o.Source
}

const (
	fromDefault = "default"
	fromArgs    = "command line"
)

// Error is a bad configuration.
type Error struct {
	File   string // empty for the command line
	Line   int    // 1 is the first; 0 where there is none
	Column int
	Msg    string
}

// Error returns "my.yaml:5:3: …" or "command line: …".
func (e *Error) Error() string {
	switch {
	case e.File == "":
		return fromArgs + ": " + e.Msg
	case e.Line == 0:
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

//go:embed *.yaml
var embedded embed.FS

// TableRecipe is the recipe of a table that none is named for.
const TableRecipe = "table"

// Names returns the names of the embedded recipes that name their data, in alphabetical order: all but TableRecipe.
func Names() []string {
	files, err := fs.Glob(embedded, "*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, f := range files {
		files[i] = strings.TrimSuffix(f, ".yaml")
	}
	files = slices.DeleteFunc(files, func(name string) bool { return name == TableRecipe })
	slices.Sort(files)
	return files
}

// Load returns the recipe of an embedded name or of a file (any name with a dot or a slash), changed by the key=value
// arguments, and checked. An empty name starts from the defaults.
func Load(name string, args []string) (*Recipe, error) {
	r, err := base(name)
	if err != nil {
		return nil, err
	}
	if err := r.Set(args); err != nil {
		return nil, err
	}
	switch {
	case r.Name == "" && (name == TableRecipe || name == ""): // named by its data, where that is given
		r.Name = fileTitle(r.Data.Train)
	case r.Name == "":
		r.Name = fileTitle(name)
	}
	return r, r.check()
}

// fileTitle is what a run of a file or folder is called that doesn't say it: my of conf/my.yaml.
func fileTitle(file string) string {
	title := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	if file == "" || title == "" || folderName(title) != nil {
		return "run"
	}
	return title
}

func base(name string) (*Recipe, error) {
	if name == "" {
		return Default(), nil
	}
	if strings.ContainsAny(name, `./\`) {
		text, err := readFile(name)
		if err != nil {
			return nil, err
		}
		return Parse(text, name)
	}
	text, err := embedded.ReadFile(name + ".yaml")
	if err != nil {
		return nil, &Error{Msg: fmt.Sprintf("no recipe %q%s; there are %s, or give a file such as my.yaml",
			name, DidYouMean(name, Names()), strings.Join(Names(), ", "))}
	}
	return Parse(text, name+".yaml")
}

// Parse returns the defaults changed by a YAML text. file is for errors and origins. Bounds are checked, what a run needs
// as a whole isn't: see Load.
func Parse(text []byte, file string) (*Recipe, error) {
	r := Default()
	d := decoder{r: r, file: file}
	if err := d.document(text); err != nil {
		return nil, err
	}
	return r, nil
}

// Default returns the defaults.
func Default() *Recipe {
	r := &Recipe{origins: map[string]Origin{}}
	for _, f := range fields {
		f.set(r)
		r.origins[f.key] = Origin{Source: fromDefault}
	}
	return r
}

// Set changes values by key=value arguments: a key is the YAML path, a value is YAML. data= is short for data.train=, target= for
// data.target=.
func (r *Recipe) Set(args []string) error {
	for _, a := range args {
		key, value, ok := strings.Cut(a, "=")
		if !ok || key == "" {
			return &Error{Msg: fmt.Sprintf("%q isn't key=value", a)}
		}
		switch key {
		case "data":
			key = "data.train"
		case "target":
			key = "data.target"
		}
		d := decoder{r: r}
		if err := d.argument(key, value); err != nil {
			return err
		}
	}
	return nil
}

// Derive sets a value that follows from others, as its argument on the command line would; source says from what.
func (r *Recipe) Derive(key, value, source string) error {
	if err := r.Set([]string{key + "=" + value}); err != nil {
		return err
	}
	r.origins[key] = Origin{Source: source}
	return nil
}

// Origin returns where the value of a key comes from.
func (r *Recipe) Origin(key string) Origin { return r.origins[key] }

// check refuses what no single value shows: it runs when everything is set.
func (r *Recipe) check() error {
	switch {
	case r.Data.Train == "":
		return r.fail("data.train", "no data is named; give a recipe (%s) or data=NAME", strings.Join(Names(), ", "))
	case r.Train.Epochs == 0 && r.Train.Steps == 0 && r.Train.Stop.Patience == 0 && r.Train.MaxTime == 0:
		return r.fail("train.epochs", "0 epochs is training until it converges: it needs train.stop.patience or train.max_time")
	case r.Train.Epochs == 0 && r.Train.Steps == 0 && r.Train.Schedule.Type != "constant":
		return r.fail("train.schedule.type", "a %s schedule needs the number of epochs, and train.epochs is 0", r.Train.Schedule.Type)
	case r.Train.Stop.On == "val" && r.Data.Val == 0:
		return r.fail("train.stop.on", "val needs a validation part, and data.split.val is 0")
	case r.Train.Weights == "best" && r.Data.Val == 0:
		return r.fail("train.weights", "best needs a validation part, and data.split.val is 0")
	case r.Train.Schedule.Min != 0 && r.Train.Schedule.Type != "cosine":
		return r.fail("train.schedule.min", "a %s schedule has no end to leave something of the rate at; it is cosine's", r.Train.Schedule.Type)
	case r.Task == "lm" && r.Model.Name != gpt, r.Task != "lm" && r.Task != "auto" && r.Model.Name == gpt:
		return r.fail("task", "%s isn't what %s does; want task=%s, or model.name=%s", r.Task, r.Model.Name, map[bool]string{true: "classify", false: "lm"}[r.Task == "lm"], map[bool]string{true: gpt, false: "mlp"}[r.Task == "lm"])
	case r.Train.Momentum != 0 && r.Train.Optimizer != "sgd":
		return r.fail("train.momentum", "%s has no momentum setting; it is sgd's", r.Train.Optimizer)
	}
	for i := range fields {
		f := &fields[i]
		if f.of == "" || slices.Contains(strings.Fields(f.of), r.Model.Name) {
			continue
		}
		if r.Model.Name != gpt && r.origins["model.name"].Source == fromArgs && r.origins[f.key].Source != fromArgs {
			f.set(r) // the file's setting was of the model it named, and another was asked for
			r.origins[f.key] = Origin{Source: fromDefault}
			continue
		}
		if def := Default(); text(f.at(r)) != text(f.at(def)) {
			return r.fail(f.key, "%s has no such setting; it is %s's", r.Model.Name, strings.ReplaceAll(f.of, " ", ", "))
		}
	}
	if r.Model.Name == gpt {
		r.Task = "lm"
	}
	return nil
}

// fail is an error at the place a key's value comes from.
func (r *Recipe) fail(key, format string, args ...any) error {
	o := r.origins[key]
	e := &Error{Msg: key + ": " + fmt.Sprintf(format, args...)}
	if o.Source != fromArgs && o.Source != fromDefault {
		e.File, e.Line, e.Column = o.Source, o.Line, 1
	}
	return e
}
