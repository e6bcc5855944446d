package recipe

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// field is one key: where its value lives, its default and its bounds. This table is the only place a key is declared:
// decoding, suggestions, `config show`, the help text and the written config.yaml all read it.
type field struct {
	key  string
	doc  string
	at   func(r *Recipe) any // *bool, *int, *uint64, *float64, *string, *[]int, *[]float64, *[]string, *time.Duration, *Count, *Bytes or *Columns
	def  any
	ok   func(v any) error // nil: any value of the type
	kind kind
	of   string // the models that alone have it, between spaces; "": any
}

// kind distinguishes what the Go type doesn't.
type kind uint8

const (
	plain kind = iota
	share      // a float64 in [0, 1), which may be written 5%
)

var fields = []field{
	{key: "version", doc: "version of this format", at: func(r *Recipe) any { return &r.Version }, def: 1, ok: oneOfInts(1)},
	{key: "name", doc: "the run folder is <out>/<name>-<n>; empty: the file's name", at: func(r *Recipe) any { return &r.Name }, def: "", ok: folderName},
	{key: "tags", doc: "words to find the run by, such as [baseline, wide]", at: func(r *Recipe) any { return &r.Tags }, def: []string{}, ok: tags},
	{key: "task", doc: "auto | classify | regress | lm; auto: lm for gpt, of a table by its target, classify else", at: func(r *Recipe) any { return &r.Task }, def: "auto", ok: oneOf("auto", "classify", "regress", "lm")},
	{key: "seed", doc: "of all randomness", at: func(r *Recipe) any { return &r.Seed }, def: uint64(42)},
	{key: "data.train", doc: "name of a known data set: see `ingot data ls`; a table's file; a folder of pictures; for lm a text file", at: func(r *Recipe) any { return &r.Data.Train }, def: ""},
	{key: "data.target", doc: "column of a table that is learnt; several: [a, b]", at: func(r *Recipe) any { return &r.Data.Target }, def: []string{}},
	{key: "data.split.by", doc: "auto | random | stratified | group | time | column: how a table's rows are held out; auto: stratified for classes, random else", at: func(r *Recipe) any { return &r.Data.By }, def: "auto", ok: oneOf("auto", "random", "stratified", "group", "time", "column")},
	{key: "data.split.column", doc: "what group, time and column go by", at: func(r *Recipe) any { return &r.Data.SplitColumn }, def: ""},
	{key: "data.split.val", doc: "share of the training rows held out for validation, of a text its end; 0: none", at: func(r *Recipe) any { return &r.Data.Val }, def: 0.1, ok: floats(0, 0.9), kind: share},
	{key: "data.split.test", doc: "share of a table's rows, or of a folder's pictures, kept for the test; 0: none", at: func(r *Recipe) any { return &r.Data.Test }, def: 0.1, ok: floats(0, 0.9), kind: share},
	{key: "data.split.gap", doc: "of time: what lies between two parts, in the column's unit, or of dates 7d, 12h", at: func(r *Recipe) any { return &r.Data.Gap }, def: "0", ok: gap},
	{key: "data.columns", doc: "where a table's columns differ: {zip: {type: category}, id: {drop: true}}; keys type, layout, drop, scale, impute, fill, encode, optional; a dropped id of type id names the rows of predictions all the same", at: func(r *Recipe) any { return &r.Data.Columns }, def: Columns{}},
	{key: "data.scale", doc: "standard | minmax | robust | log | quantile | none: of a table's numbers", at: func(r *Recipe) any { return &r.Data.Scale }, def: "standard", ok: oneOf(scales...)},
	{key: "data.impute", doc: "median | mean | mode: what a missing number counts as", at: func(r *Recipe) any { return &r.Data.Impute }, def: "median", ok: oneOf("median", "mean", "mode")},
	{key: "data.target_scale", doc: "as data.scale: of numbers that are learnt", at: func(r *Recipe) any { return &r.Data.TargetScale }, def: "standard", ok: oneOf(scales...)},
	{key: "data.missing", doc: "further marks of a missing value, such as [-999, unknown]", at: func(r *Recipe) any { return &r.Data.Missing }, def: []string{}},
	{key: "data.csv.delimiter", doc: "auto | comma | semicolon | tab | pipe: what separates the values of a CSV file; auto: found", at: func(r *Recipe) any { return &r.Data.CSV.Delimiter }, def: "auto", ok: oneOf("auto", "comma", "semicolon", "tab", "pipe")},
	{key: "data.csv.header", doc: "auto | yes | no: whether a CSV file's first row holds names; no: they are c1, c2, …", at: func(r *Recipe) any { return &r.Data.CSV.Header }, def: "auto", ok: oneOf("auto", "yes", "no")},
	{key: "data.csv.encoding", doc: "auto | utf-8 | utf-16le | utf-16be | windows-1252: of a CSV file; auto: found", at: func(r *Recipe) any { return &r.Data.CSV.Encoding }, def: "auto", ok: oneOf("auto", "utf-8", "utf-16le", "utf-16be", "windows-1252")},
	{key: "data.limits.bad_rows", doc: "share of a table's rows that may be malformed or without a target, or of a folder's pictures that may be broken: they are left out", at: func(r *Recipe) any { return &r.Data.BadRows }, def: 0.01, ok: floats(0, 1), kind: share},
	{key: "data.image.size", doc: "pixels of a side that a folder's pictures get", at: func(r *Recipe) any { return &r.Data.Image.Size }, def: 28, ok: ints(1, 4096)},
	{key: "data.image.colour", doc: "auto | grey | rgb: of a folder's pictures; auto: rgb where one has colours", at: func(r *Recipe) any { return &r.Data.Image.Colour }, def: "auto", ok: oneOf("auto", "grey", "rgb")},
	{key: "data.image.resize", doc: "crop | pad | stretch: how a folder's pictures become square", at: func(r *Recipe) any { return &r.Data.Image.Resize }, def: "crop", ok: oneOf("crop", "pad", "stretch")},
	{key: "data.augment.flip", doc: "none | horizontal: turn half of the pictures left to right in training", at: func(r *Recipe) any { return &r.Data.Augment.Flip }, def: "none", ok: oneOf("none", "horizontal")},
	{key: "data.augment.shift", doc: "move pictures by up to this share of their side", at: func(r *Recipe) any { return &r.Data.Augment.Shift }, def: 0.0, ok: floats(0, 0.5), kind: share},
	{key: "data.augment.rotate", doc: "turn them by up to so many degrees", at: func(r *Recipe) any { return &r.Data.Augment.Rotate }, def: 0.0, ok: floats(0, 180)},
	{key: "data.augment.zoom", doc: "scale them up or down by up to this share", at: func(r *Recipe) any { return &r.Data.Augment.Zoom }, def: 0.0, ok: floats(0, 0.5), kind: share},
	{key: "data.augment.colour", doc: "change brightness, contrast and saturation by up to this share", at: func(r *Recipe) any { return &r.Data.Augment.Colour }, def: 0.0, ok: floats(0, 0.9), kind: share},
	{key: "data.augment.cutout", doc: "cover a square of this share of their side (arXiv:1708.04552)", at: func(r *Recipe) any { return &r.Data.Augment.CutOut }, def: 0.0, ok: floats(0, 0.9), kind: share},
	{key: "data.augment.mixup", doc: "mix two pictures, or the numbers of two rows, and their targets by Beta(a, a) (arXiv:1710.09412): 0.2; 0: not", at: func(r *Recipe) any { return &r.Data.Augment.MixUp }, def: 0.0, ok: floats(0, 1)},
	{key: "data.tokenizer", doc: "chars | bpe", at: func(r *Recipe) any { return &r.Data.Tokenizer }, def: "chars", ok: oneOf("chars", "bpe"), of: gpt},
	{key: "data.vocab", doc: "tokens that bpe makes of the text", at: func(r *Recipe) any { return &r.Data.Vocab }, def: 1024, ok: ints(256, 1<<20), of: gpt},
	{key: "model.name", doc: "mlp | gpt; of tables mlp | linear | resmlp | tabm | ft_transformer", at: func(r *Recipe) any { return &r.Model.Name }, def: "mlp", ok: oneOf("mlp", "linear", "resmlp", "tabm", "ft_transformer", gpt)},
	{key: "model.size", doc: "xs | s | m | l | xl; of mlp in place of hidden; empty: m, and of mlp as hidden says", at: func(r *Recipe) any { return &r.Model.Size }, def: "", ok: oneOf("", "xs", "s", "m", "l", "xl"), of: "mlp resmlp tabm ft_transformer"},
	{key: "model.embedding", doc: "none | ple | periodic: of a table's numbers", at: func(r *Recipe) any { return &r.Model.Embedding }, def: "none", ok: oneOf("none", "ple", "periodic"), of: "mlp resmlp tabm"},
	{key: "model.bins", doc: "most bins of a number, of embedding ple", at: func(r *Recipe) any { return &r.Model.Bins }, def: 48, ok: ints(1, 1<<12), of: "mlp resmlp tabm"},
	{key: "model.hidden", doc: "widths of the hidden layers", at: func(r *Recipe) any { return &r.Model.Hidden }, def: []int{500}, ok: widths, of: "mlp"},
	{key: "model.activation", doc: "relu | sigmoid | tanh; of gpt relu | gelu | gelu_tanh | swiglu", at: func(r *Recipe) any { return &r.Model.Activation }, def: "relu", ok: oneOf("relu", "sigmoid", "tanh", "gelu", "gelu_tanh", "swiglu")},
	{key: "model.layers", doc: "blocks", at: func(r *Recipe) any { return &r.Model.Layers }, def: 4, ok: ints(1, maxLayers), of: gpt},
	{key: "model.heads", doc: "of the attention", at: func(r *Recipe) any { return &r.Model.Heads }, def: 4, ok: ints(1, maxWidth), of: gpt},
	{key: "model.dim", doc: "values of a token, a multiple of heads", at: func(r *Recipe) any { return &r.Model.Dim }, def: 128, ok: ints(1, maxWidth), of: gpt},
	{key: "model.context", doc: "tokens that are seen at once", at: func(r *Recipe) any { return &r.Model.Context }, def: 64, ok: ints(1, maxWidth), of: gpt},
	{key: "model.positions", doc: "learned | rotary", at: func(r *Recipe) any { return &r.Model.Positions }, def: "learned", ok: oneOf("learned", "rotary"), of: gpt},
	{key: "model.dropout", doc: "share of values dropped in training", at: func(r *Recipe) any { return &r.Model.Dropout }, def: 0.0, ok: floats(0, 0.99), kind: share, of: "gpt mlp resmlp tabm ft_transformer"},
	{key: "train.epochs", doc: "passes over the data; 0: until train.stop or train.max_time ends it", at: func(r *Recipe) any { return &r.Train.Epochs }, def: 10, ok: ints(0, 1_000_000)},
	{key: "train.steps", doc: "steps in place of epochs; 0: epochs", at: func(r *Recipe) any { return &r.Train.Steps }, def: 0, ok: ints(0, 1<<30)},
	{key: "train.eval_steps", doc: "steps between validations", at: func(r *Recipe) any { return &r.Train.EvalSteps }, def: 250, ok: ints(1, 1<<30), of: gpt},
	{key: "train.batch", doc: "rows a step, or windows of a text", at: func(r *Recipe) any { return &r.Train.Batch }, def: 64, ok: ints(1, 1<<20)},
	{key: "train.accumulate", doc: "micro-batches that a batch is cut into, for less memory", at: func(r *Recipe) any { return &r.Train.Accumulate }, def: 1, ok: ints(1, 1<<20)},
	{key: "train.shards", doc: "auto | n: parts of a batch that may run side by side, for small models; auto: by parameters and rows", at: func(r *Recipe) any { return &r.Train.Shards }, def: Count(0), ok: counts(1 << 10)},
	{key: "train.lr", doc: "learning rate", at: func(r *Recipe) any { return &r.Train.LR }, def: 1e-3, ok: positive},
	{key: "train.optimizer", doc: "adam | adamw | sgd", at: func(r *Recipe) any { return &r.Train.Optimizer }, def: "adam", ok: oneOf("adam", "adamw", "sgd")},
	{key: "train.momentum", doc: "of sgd", at: func(r *Recipe) any { return &r.Train.Momentum }, def: 0.0, ok: floats(0, 0.9999)},
	{key: "train.betas", doc: "of adam and adamw", at: func(r *Recipe) any { return &r.Train.Betas }, def: []float64{0.9, 0.999}, ok: betas},
	{key: "train.weight_decay", doc: "as PyTorch's optimizer of the same name means it; of gpt: of matrices only", at: func(r *Recipe) any { return &r.Train.WeightDecay }, def: 0.0, ok: floats(0, 1e6)},
	{key: "train.clip", doc: "largest norm of the gradient; 0: no bound", at: func(r *Recipe) any { return &r.Train.Clip }, def: 0.0, ok: floats(0, math.MaxFloat32)},
	{key: "train.schedule.type", doc: "constant | cosine", at: func(r *Recipe) any { return &r.Train.Schedule.Type }, def: "constant", ok: oneOf("constant", "cosine")},
	{key: "train.schedule.warmup", doc: "share of the steps in which the rate rises from 0: 5%", at: func(r *Recipe) any { return &r.Train.Schedule.Warmup }, def: 0.0, ok: floats(0, 0.99), kind: share},
	{key: "train.schedule.min", doc: "what cosine leaves of the rate in the end: 10%", at: func(r *Recipe) any { return &r.Train.Schedule.Min }, def: 0.0, ok: floats(0, 1), kind: share},
	{key: "train.stop.patience", doc: "stop after so many epochs without a better loss; 0: never", at: func(r *Recipe) any { return &r.Train.Stop.Patience }, def: 0, ok: ints(0, 1_000_000)},
	{key: "train.stop.on", doc: "auto | val | train: whose loss", at: func(r *Recipe) any { return &r.Train.Stop.On }, def: "auto", ok: oneOf("auto", "val", "train")},
	{key: "train.stop.min_delta", doc: "a loss is better where it is lower by more than this", at: func(r *Recipe) any { return &r.Train.Stop.MinDelta }, def: 0.0, ok: floats(0, math.MaxFloat32)},
	{key: "train.class_weights", doc: "auto | none | balanced: of a table's classes in the loss; auto: balanced where the rarest has at most a tenth of the commonest's rows", at: func(r *Recipe) any { return &r.Train.ClassWeights }, def: "auto", ok: oneOf("auto", "none", "balanced")},
	{key: "train.max_time", doc: "stop at the first step after this long: 30s, 10m, 2h; 0s: no bound", at: func(r *Recipe) any { return &r.Train.MaxTime }, def: time.Duration(0), ok: notNegative},
	{key: "train.weights", doc: "auto | best | last; auto: best where there is a validation part, else last", at: func(r *Recipe) any { return &r.Train.Weights }, def: "auto", ok: oneOf("auto", "best", "last")},
	{key: "eval.baseline", doc: "true | false: whether a table's model is measured beside a linear one, too", at: func(r *Recipe) any { return &r.Eval.Baseline }, def: true},
	{key: "eval.ci", doc: "resamples of a table's test rows that intervals are taken from, fewer of over 200,000 rows; 0: none", at: func(r *Recipe) any { return &r.Eval.CI }, def: 1000, ok: ints(0, 1_000_000)},
	{key: "eval.threshold", doc: "auto | none | f1 | balanced_accuracy: what the probability from which on a table's second class is said is best by, on the validation part; auto: f1 with class weights, else none", at: func(r *Recipe) any { return &r.Eval.Threshold }, def: "auto", ok: oneOf("auto", "none", "f1", "balanced_accuracy")},
	{key: "checkpoint.steps", doc: "steps between savings of the state that resume goes on from; 0: not by steps", at: func(r *Recipe) any { return &r.Checkpoint.Steps }, def: 1000, ok: ints(0, 1<<30)},
	{key: "checkpoint.minutes", doc: "the most minutes between savings; 0: not by time", at: func(r *Recipe) any { return &r.Checkpoint.Minutes }, def: 10.0, ok: floats(0, 1e6)},
	{key: "checkpoint.keep", doc: "checkpoints kept, the newest", at: func(r *Recipe) any { return &r.Checkpoint.Keep }, def: 3, ok: ints(1, 1_000_000)},
	{key: "checkpoint.max_failures", doc: "savings in a row that fail before the run does; 0: it goes on", at: func(r *Recipe) any { return &r.Checkpoint.MaxFailures }, def: 10, ok: ints(0, 1_000_000)},
	{key: "checkpoint.cpu", doc: "same | any; any: resume also on a CPU that gives other bits", at: func(r *Recipe) any { return &r.Checkpoint.CPU }, def: "same", ok: oneOf("same", "any")},
	{key: "watch.histograms", doc: "epochs between histograms of weights and gradients for TensorBoard; 0: none", at: func(r *Recipe) any { return &r.Watch.Histograms }, def: 1, ok: ints(0, 1_000_000)},
	{key: "watch.samples", doc: "images of the training rows for TensorBoard", at: func(r *Recipe) any { return &r.Watch.Samples }, def: 10, ok: ints(0, 100)},
	{key: "limits.memory", doc: "auto | 2GiB: what the run may take, refused where it can't do; auto: what the machine has", at: func(r *Recipe) any { return &r.Limits.Memory }, def: Bytes(0), ok: leastMemory},
	{key: "limits.threads", doc: "auto | n: cores that work at once; auto: all", at: func(r *Recipe) any { return &r.Limits.Threads }, def: Count(0), ok: counts(1 << 20)},
	{key: "out", doc: "folder of the run folders", at: func(r *Recipe) any { return &r.Out }, def: "runs/", ok: notEmpty},
	{key: "run", doc: "name of the run folder, which must not exist; empty: <name>-<n>", at: func(r *Recipe) any { return &r.Run }, def: "", ok: folderName},
}

// set puts the default in place.
func (f *field) set(r *Recipe) {
	switch p := f.at(r).(type) {
	case *bool:
		*p = f.def.(bool)
	case *int:
		*p = f.def.(int)
	case *uint64:
		*p = f.def.(uint64)
	case *float64:
		*p = f.def.(float64)
	case *string:
		*p = f.def.(string)
	case *[]int:
		*p = slices.Clone(f.def.([]int))
	case *[]float64:
		*p = slices.Clone(f.def.([]float64))
	case *[]string:
		*p = slices.Clone(f.def.([]string))
	case *Columns:
		*p = slices.Clone(f.def.(Columns))
	case *time.Duration:
		*p = f.def.(time.Duration)
	case *Count:
		*p = f.def.(Count)
	case *Bytes:
		*p = f.def.(Bytes)
	}
}

// gpt is the model of language.
const gpt = "gpt"

func find(key string) *field {
	for i := range fields {
		if fields[i].key == key {
			return &fields[i]
		}
	}
	return nil
}

// section reports whether keys begin with path and a dot.
func section(path string) bool {
	return path == "" || slices.ContainsFunc(fields, func(f field) bool { return strings.HasPrefix(f.key, path+".") })
}

func ints(lo, hi int) func(any) error {
	return func(v any) error {
		if n := v.(int); n < lo || n > hi {
			return fmt.Errorf("%d is out of range; want %d to %d", n, lo, hi)
		}
		return nil
	}
}

func counts(hi Count) func(any) error {
	return func(v any) error {
		if n := v.(Count); n > hi {
			return fmt.Errorf("%d is out of range; want auto, or 1 to %d", n, hi)
		}
		return nil
	}
}

func floats(lo, hi float64) func(any) error {
	return func(v any) error {
		if x := v.(float64); x < lo || x > hi {
			return fmt.Errorf("%g is out of range; want %g to %g", x, lo, hi)
		}
		return nil
	}
}

func positive(v any) error {
	if x := v.(float64); x <= 0 || x > math.MaxFloat32 {
		return fmt.Errorf("%g is out of range; want a number above 0", x)
	}
	return nil
}

func notNegative(v any) error {
	if d := v.(time.Duration); d < 0 {
		return fmt.Errorf("%v is negative", d)
	}
	return nil
}

func notEmpty(v any) error {
	if v.(string) == "" {
		return fmt.Errorf("it is empty")
	}
	return nil
}

func oneOf(names ...string) func(any) error {
	return func(v any) error {
		if s := v.(string); !slices.Contains(names, s) {
			return fmt.Errorf("%q%s; want one of %s", s, DidYouMean(s, names), strings.Join(names, ", "))
		}
		return nil
	}
}

func oneOfInts(known ...int) func(any) error {
	return func(v any) error {
		if !slices.Contains(known, v.(int)) {
			return fmt.Errorf("%d isn't known; this ingot reads %v", v, known)
		}
		return nil
	}
}

// maxWidth and maxLayers are far above any use; what a width costs in memory is for the model to refuse.
const (
	maxWidth  = 1 << 30
	maxLayers = 1000
)

func widths(v any) error {
	ws := v.([]int)
	if len(ws) > maxLayers {
		return fmt.Errorf("%d layers; at most %d", len(ws), maxLayers)
	}
	for _, w := range ws {
		if w < 1 || w > maxWidth {
			return fmt.Errorf("a width of %d is out of range; want 1 to %d", w, maxWidth)
		}
	}
	return nil
}

func betas(v any) error {
	b := v.([]float64)
	if len(b) != 2 || b[0] < 0 || b[0] >= 1 || b[1] < 0 || b[1] >= 1 || b[0] == 0 && b[1] == 0 {
		return fmt.Errorf("%v; want two numbers from 0 to below 1 such as [0.9, 0.999]", b)
	}
	return nil
}

func tags(v any) error {
	for _, s := range v.([]string) {
		if s == "" || len(s) > 40 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == ',' || r == '=' }) {
			return fmt.Errorf("%q can't be a tag: want 1 to 40 letters without spaces, commas and equals signs", cut(s))
		}
	}
	return nil
}

func folderName(v any) error {
	s := v.(string)
	if strings.ContainsAny(s, `/\:`) || s == "." || s == ".." || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("%q can't be a folder's name: it may have no slash, backslash, colon or control character", s)
	}
	if s == "last" {
		return fmt.Errorf("last is the pointer to the newest run; want another name")
	}
	return nil
}
