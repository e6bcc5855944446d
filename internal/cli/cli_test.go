package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/metric"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"

	"github.com/ingot-ml/ingot/bundle"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// ingot runs one command line.
func ingot(args ...string) (code int, stdout, stderr string) {
	return ingotUntil(context.Background(), args...)
}

func ingotUntil(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = Main(ctx, args, &out, &err)
	return code, out.String(), err.String()
}

// object decodes the one JSON object that stdout must be.
func object(t *testing.T, stdout string, to any) {
	t.Helper()
	if strings.Count(stdout, "\n") != 1 {
		t.Fatalf("want one line, got %q", stdout)
	}
	if err := json.Unmarshal([]byte(stdout), to); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
}

func TestHelp(t *testing.T) {
	_, out, _ := ingot("help")
	golden(t, "help.txt", out)
	for _, v := range verbs {
		code, out, _ := ingot(v.name, "--help")
		if code != 0 || !strings.Contains(out, "Examples:\n  ingot") && !strings.Contains(out, "Examples:\n  INGOT") {
			t.Errorf("%s --help gives %d and no examples", v.name, code)
		}
		golden(t, "help_"+v.name+".txt", out)
		for _, line := range strings.Split(out, "\n") {
			if len([]rune(line)) > screen {
				t.Errorf("%s --help has a line of %d letters", v.name, len([]rune(line)))
			}
		}
	}
}

func TestHelpJSON(t *testing.T) {
	var all struct {
		Verbs   []helped
		Recipes []string
	}
	_, out, _ := ingot("help", "--json")
	if object(t, out, &all); len(all.Verbs) != len(verbs) || all.Verbs[0].Usage != trainVerb.line() || !slices.Contains(all.Recipes, "mnist") {
		t.Errorf("%+v", all)
	}
	for _, args := range [][]string{{"help", "eval", "--json"}, {"eval", "--help", "--json"}} {
		var one helped
		_, out, _ := ingot(args...)
		if object(t, out, &one); one.Verb != "eval" || !strings.Contains(one.Help, "Examples:") {
			t.Errorf("%v: %+v", args, one)
		}
	}
}

// full is a device with no room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestInterruptedBefore(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"bench", "gemm/64/1"}, {"doctor"}, {"data", "get", "mnist"}, {"train", "mnist"}} {
		if code, _, stderr := ingotUntil(ctx, args...); code != 130 || stderr != "ingot: interrupted\n" {
			t.Errorf("%v: %d %q", args, code, stderr)
		}
		code, out, _ := ingotUntil(ctx, append(args, "--json")...)
		var o struct {
			Error struct{ Kind, Message string }
		}
		if object(t, out, &o); code != 130 || o.Error.Message != "interrupted" {
			t.Errorf("%v --json: %d %s", args, code, out)
		}
	}
}

func TestLostResult(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"data", "ls"}, {"version", "--json"}} {
		var stderr bytes.Buffer
		if code := Main(context.Background(), args, full{}, &stderr); code != 1 || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: %d %s", args, code, &stderr)
		}
	}
}

func TestConfigShow(t *testing.T) {
	code, out, _ := ingot("config", "show", "mnist", "train.lr=3e-4")
	if code != 0 {
		t.Fatal(code)
	}
	golden(t, "config_show.txt", out)
	if code, out, _ := ingot("config", "show"); code != 0 || !strings.Contains(out, "lr: 0.001 ") {
		t.Errorf("the defaults: %d %s", code, out)
	}
	var o struct {
		Values []struct{ Key, Value, Origin string }
	}
	_, out, _ = ingot("config", "show", "mnist", "train.lr=3e-4", "--json")
	object(t, out, &o)
	if !slices.ContainsFunc(o.Values, func(v struct{ Key, Value, Origin string }) bool {
		return v.Key == "train.lr" && v.Value == "0.0003" && v.Origin == "command line"
	}) {
		t.Errorf("values are %+v", o.Values)
	}
}

func TestVersionAndDataList(t *testing.T) {
	var b build
	_, out, _ := ingot("version", "--json")
	if object(t, out, &b); b.Go != runtime.Version() || b.Ingot == "" {
		t.Errorf("%+v", b)
	}
	var list struct{ Data []known }
	_, out, _ = ingot("data", "ls", "--json")
	if object(t, out, &list); len(list.Data) != len(dataset.Names()) {
		t.Errorf("%+v", list)
	}
	code, out, _ := ingot("data", "describe", "uci-digits")
	if code != 0 || !strings.Contains(out, "1,437 to train on, 360 to test on") {
		t.Errorf("%d, %s", code, out)
	}
}

// TestDamagedDataIsListed puts files into INGOT_DATA that aren't the data set's.
func TestDamagedDataIsListed(t *testing.T) {
	e, err := dataset.Lookup("mnist")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("INGOT_DATA", t.TempDir())
	dir := filepath.Join(os.Getenv("INGOT_DATA"), "mnist")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, f := range e.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte("not the images"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	bad := filepath.Join(dir, e.Files[0].Name)
	code, out, _ := ingot("data", "ls")
	if code != 0 || !regexp.MustCompile(`(?m)^mnist .* damaged$`).MatchString(out) || !strings.Contains(out, bad) {
		t.Errorf("%d: %s", code, out)
	}
	var list struct{ Data []known }
	_, out, _ = ingot("data", "ls", "--json")
	if object(t, out, &list); list.Data[0].Folder != "" || !strings.Contains(list.Data[0].Damaged, bad+": ends after 14 bytes") {
		t.Errorf("%+v", list.Data[0])
	}
	_, out, _ = ingot("train", "mnist", "out="+t.TempDir(), "--json")
	if !strings.Contains(out, `"file":`+strconv.Quote(bad)) {
		t.Errorf("the error doesn't name the file: %s", out)
	}
}

// trainedRun is a short training of the digits in a folder of its own.
func trainedRun(t *testing.T, args ...string) trained {
	t.Helper()
	t.Chdir(t.TempDir())
	code, out, stderr := ingot(append([]string{"train", "digits", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	var o trained
	object(t, out, &o)
	return o
}

func TestTrainEvalPredict(t *testing.T) {
	o := trainedRun(t, "train.epochs=12")
	if o.Run != filepath.Join("runs", "digits-1") || o.Task != "classify" || o.Epochs != 12 || o.Steps != 12*18 || o.Seconds <= 0 ||
		o.Stopped != "done with all of 12 epochs" || o.Metrics["val"]["accuracy"] < 0.9 || o.FirstStep <= 0 {
		t.Errorf("%+v", o)
	}
	accuracy := o.Metrics["test"]["accuracy"]
	if accuracy < 0.85 || o.Baseline["accuracy"] > 0.2 {
		t.Errorf("accuracy %g, baseline %g", accuracy, o.Baseline["accuracy"])
	}
	for _, name := range []string{train.ConfigFile, train.EnvFile, train.DataFile, train.MetricsFile, train.ModelFile, train.BestFile, train.LastFile} {
		if _, err := os.Stat(filepath.Join(o.Run, name)); err != nil {
			t.Error(err)
		}
	}
	var e evaluated
	_, out, stderr := ingot("eval", "runs/last", "--json")
	object(t, out, &e)
	if e.Metrics["accuracy"] != accuracy || e.Rows != 360 || e.Run != o.Run || len(e.Classes) != 10 || len(e.Confusion) != 10 ||
		!(e.Intervals["accuracy"][0] < accuracy && accuracy < e.Intervals["accuracy"][1]) {
		t.Errorf("%+v %s", e, stderr)
	}
	if code, out, _ := ingot("eval", o.Model); code != 0 || !strings.Contains(out, "confusion: true class by row") {
		t.Errorf("%d: %s", code, out)
	}
	predictsAsEvaluated(t, e)
	runsAreListed(t, o)
	configReads(t, o)
}

// predictsAsEvaluated predicts the test images from an IDX file, and the first ones from PNG files too.
func predictsAsEvaluated(t *testing.T, e evaluated) {
	set, err := dataset.Open(context.Background(), "uci-digits", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pixels := tensor.Of[uint8](set.Test.X)
	header := []byte{0, 0, 8, 3, 0, 0, 1, 0x68, 0, 0, 0, 8, 0, 0, 0, 8}
	if err := os.WriteFile("test.idx", append(header, pixels...), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := ingot("predict", "runs/last", "test.idx", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 360 {
		t.Fatalf("%d: %d lines, %s", code, len(lines), stderr)
	}
	right := 0
	for i, line := range lines {
		var p predicted
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, x := range p.Probabilities {
			sum += float64(x)
		}
		if p.Row != i || len(p.Probabilities) != 10 || math.Abs(sum-1) > 1e-5 {
			t.Fatalf("line %d is %s", i, line)
		}
		if p.Prediction == set.Classes[set.Test.Label(i)] {
			right++
		}
	}
	if got := float64(right) / 360; got != e.Metrics["accuracy"] {
		t.Errorf("%d of 360 predictions are right; eval says %g", right, e.Metrics["accuracy"])
	}
	if err := os.Mkdir("pngs", 0o777); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		writePNG(t, filepath.Join("pngs", string(rune('a'+i))+".png"), 8, 8, pixels[i*64:])
	}
	_, out, _ = ingot("predict", "runs/last", "pngs", "--json")
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		one, many := predicted{}, predicted{}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(lines[i]), &many); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(one.Probabilities, many.Probabilities) { // to the bit
			t.Errorf("image %d: among 5 %v, among 360 %v", i, one.Probabilities, many.Probabilities)
		}
	}
	if _, out, _ := ingot("predict", "runs/last", filepath.Join("pngs", "a.png")); !regexp.MustCompile(`^pngs.a\.png(\t\d\t[01]\.\d{4}){3}\n$`).MatchString(out) {
		t.Errorf("got %q", out)
	}
}

func writePNG(t *testing.T, path string, w, h int, grey []uint8) {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, w, h)) // colours, to be made grey again
	for i := range w * h {
		g := uint8(0)
		if grey != nil {
			g = grey[i]
		}
		m.Set(i%w, i/w, color.RGBA{g, g, g, 255})
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}

func runsAreListed(t *testing.T, o trained) {
	var list struct{ Runs []train.Summary }
	_, out, _ := ingot("runs", "ls", "--json")
	object(t, out, &list)
	if len(list.Runs) != 1 || list.Runs[0].State != "done" || list.Runs[0].Test["accuracy"] != o.Metrics["test"]["accuracy"] || time.Since(list.Runs[0].Begun) > time.Hour {
		t.Errorf("%+v", list)
	}
	if code, out, _ := ingot("runs", "show", "runs/last"); code != 0 || !strings.Contains(out, "done with all of 12 epochs") || !strings.Contains(out, "\nmodel.safetensors  ") {
		t.Errorf("%d: %s", code, out)
	}
	if code, out, _ := ingot("runs", "ls"); code != 0 || !strings.Contains(out, "\ndigits-1  ") {
		t.Errorf("%d: %s", code, out)
	}
}

// configReads trains again from the run's own config.yaml: the same weights to the bit, in another folder.
func configReads(t *testing.T, o trained) {
	code, out, stderr := ingot("train", filepath.Join(o.Run, train.ConfigFile), "out=again", "--json")
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	var second trained
	object(t, out, &second)
	if second.SHA256 != o.SHA256 {
		t.Error("config.yaml of a run doesn't give the run's weights")
	}
	a, errA := os.ReadFile(o.Model)
	b, errB := os.ReadFile(second.Model)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("the model files differ: %v %v", errA, errB)
	}
}

func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	stop, done := context.WithCancel(context.Background())
	context.AfterFunc(ctx, done) // as a signal does
	code, out, stderr := ingotUntil(stop, "train", "digits", "train.epochs=100000", "train.stop.patience=0", "--json")
	if code != 130 || !strings.Contains(stderr, "the weights are in "+filepath.Join("runs", "digits-1", train.ModelFile)+"; to go on: ") {
		t.Fatalf("%d: %s", code, stderr)
	}
	var o struct {
		Error struct{ Kind, Message string }
	}
	if object(t, out, &o); o.Error.Kind != "run" || !strings.Contains(o.Error.Message, "interrupted") {
		t.Errorf("%+v", o)
	}
	if code, _, stderr := ingot("eval", "runs/last"); code != 0 {
		t.Errorf("what was saved can't be used: %s", stderr)
	}
	if _, out, _ := ingot("runs", "show", "runs/last"); !strings.Contains(out, "state    interrupted") || strings.Contains(out, "error") || strings.Contains(out, "canceled") {
		t.Errorf("an interruption isn't an error: %s", out)
	}
}

func TestErrors(t *testing.T) {
	o := trainedRun(t, "train.epochs=1")
	write := func(name string, content []byte) string {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return name
	}
	writePNG(t, "large.png", 28, 28, nil)
	whole, err := os.ReadFile("large.png")
	if err != nil {
		t.Fatal(err)
	}
	damaged, err := os.ReadFile(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	damaged[len(damaged)/2] ^= 4
	write("damaged.safetensors", damaged)
	write("text.png", []byte("no image"))
	writePNG(t, "cut.png", 8, 8, nil)
	cut, _ := os.ReadFile("cut.png")
	write("cut.png", cut[:len(cut)-20])
	if err := os.Mkdir("bare", 0o777); err != nil {
		t.Fatal(err)
	}
	write("cut28.png", whole[:20])
	write("labels.idx", []byte{0, 0, 8, 1, 0, 0, 0, 1, 3})
	write("my.yaml", []byte("data: {train: uci-digits}\ntrain:\n  epoch: 3\n"))
	write("file", nil)
	model := o.Model
	tests := []struct {
		args []string
		code int
		want string // in the message; of a file, the error's object names it, too
	}{
		{nil, 2, "no verb is given"},
		{[]string{"trian"}, 2, `unknown verb "trian" (did you mean "train"?)`},
		{[]string{"mnist"}, 2, "ingot train mnist"},
		{[]string{"train", "a", "b"}, 2, "usage: ingot train"},
		{[]string{"train", "--fast"}, 2, "train has no flag --fast"},
		{[]string{"train", "mnits"}, 2, `did you mean "mnist"?`},
		{[]string{"train", "my.yaml"}, 2, `my.yaml:3:3: unknown key "train.epoch"; did you mean "train.epochs"?`},
		{[]string{"train", "digits", "train.batch=-1"}, 2, "-1 is out of range"},
		{[]string{"train", "digits", "train.epochs=many"}, 2, `found "many", want a whole number`},
		{[]string{"train", "digits", "model.hidden=[1000000000]"}, 2, "TiB in training"},
		{[]string{"train", "digits", "data.split.val=0.0001"}, 2, "data.split.val"},
		{[]string{"train", "digits", "run=digits-1"}, 2, "is taken"},
		{[]string{"train", "digits", "out=file/x"}, 1, "output folder"},
		{[]string{"train", "digits", "out=file"}, 1, "output folder"},
		{[]string{"train", "data=adult.csv"}, 3, `data set "adult.csv" is not known; known are`},
		{[]string{"train", "data=my.yaml"}, 2, "no column to learn is named; want target=COLUMN"},
		{[]string{"train", "digits", "train.lr=1e30"}, 1, "before that step are in " + filepath.Join("runs", "digits-2", train.LastFile)},
		{[]string{"eval", "runs/none"}, 3, "the runs in runs are digits-1"},
		{[]string{"eval", filepath.Join(o.Run, train.BestFile)}, 3, "weights without the rest of a model"},
		{[]string{"eval", "damaged.safetensors"}, 3, "damaged.safetensors: the file is damaged"},
		{[]string{"eval", "my.yaml"}, 3, "my.yaml: "},
		{[]string{"eval", model, "labels.idx,labels.idx"}, 3, "images have shape [1]"},
		{[]string{"eval", model, "labels.idx,"}, 2, `found "labels.idx,", want two IDX files`},
		{[]string{"eval", filepath.Base(o.Run)}, 3, "no run at digits-1 (did you mean \"" + o.Run + "\"?)"},
		{[]string{"version", "x"}, 2, "usage: ingot version\n"},
		{[]string{"help", "trian"}, 2, `did you mean "train"?`},
		{[]string{"eval", model, "nothing"}, 3, `data set "nothing" is not known`},
		{[]string{"predict", model, "large.png"}, 3, "large.png: nothing is drawn on it"},
		{[]string{"predict", model, "text.png"}, 3, `text.png: it isn't a picture but begins as a text does, "no image"`},
		{[]string{"predict", model, "cut.png"}, 3, "cut.png: a damaged PNG picture"},
		{[]string{"predict", model, "cut28.png"}, 3, "cut28.png: a damaged PNG picture: it ends too early, after 20 bytes"},
		{[]string{"predict", model, "labels.idx"}, 3, "has shape [1]; the model wants images: [N 8 8]"},
		{[]string{"predict", model, "my.yaml"}, 3, "want PNG, JPEG, GIF, BMP or WebP"},
		{[]string{"predict", model, "file"}, 3, "file: it is empty"},
		{[]string{"predict", model, "none.png"}, 3, "none.png isn't there"},
		{[]string{"predict", model, "bare"}, 3, "folder bare has no picture"},
		{[]string{"predict", model}, 2, "usage: ingot predict"},
		{[]string{"runs", "show"}, 2, "usage: ingot runs"},
		{[]string{"runs", "ls", "none"}, 3, "there is no folder none"},
		{[]string{"data", "get", "minst"}, 3, `data set "minst" is not known (did you mean "mnist"?); known are`},
		{[]string{"eval", model, "fashon-mnist"}, 3, `(did you mean "fashion-mnist"?)`},
		{[]string{"bench", "speed"}, 2, `no group or row "speed"`},
		{[]string{"help", "me"}, 2, `unknown verb "me"`},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			code, out, stderr := ingot(append(slices.Clone(tt.args), "--json")...)
			if len(tt.args) == 0 {
				code, _, stderr = ingot()
				out = ""
			}
			if code != tt.code || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, want %d; message %q, want %q", code, tt.code, stderr, tt.want)
			}
			if out == "" {
				return
			}
			var e struct {
				Error struct {
					Kind, Message, File string
					Line                int
				}
			}
			object(t, out, &e)
			if kinds := map[string]int{"run": 1, "config": 2, "data": 3}; kinds[e.Error.Kind] != tt.code || !strings.Contains(e.Error.Message, tt.want) {
				t.Errorf("JSON is %s", out)
			}
			if strings.HasPrefix(tt.want, "my.yaml:3") && e.Error.Line != 3 {
				t.Errorf("JSON is %s", out)
			}
			if file := regexp.MustCompile(`^\w+\.\w+`).FindString(e.Error.Message); tt.args[0] != "train" && file != "" && e.Error.File != file {
				t.Errorf("the error's file is %q: %s", e.Error.File, out)
			}
		})
	}
	if entries, err := filepath.Glob(filepath.Join("runs", "*")); err != nil || len(entries) != 3 { // digits-1, the NaN's, last
		t.Errorf("refused runs left folders: %v %v", entries, err)
	}
}

// TestOtherClasses measures a model on data of the same shape whose classes are others.
func TestOtherClasses(t *testing.T) {
	o := trainedRun(t, "train.epochs=1")
	b, err := bundle.Open(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h := b.Header
	h.Classes = slices.Clone(h.Classes)
	h.Classes[0] = "Trouser"
	weights, err := b.Weights()
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := bundle.Write(&file, h, weights); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("clothes.safetensors", file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := ingot("eval", "clothes.safetensors", "uci-digits")
	if code != 3 || !strings.Contains(stderr, "uci-digits has the classes 0, 1, ") || !strings.Contains(stderr, "tells Trouser, 1, ") {
		t.Errorf("%d: %s", code, stderr)
	}
}

// TestOtherArchitecture gives the weights of one network to another: everything that doesn't fit is listed.
func TestOtherArchitecture(t *testing.T) {
	o := trainedRun(t, "train.epochs=1")
	b, err := bundle.Open(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	h := b.Header
	h.Model.Config = json.RawMessage(`{"in":64,"hidden":[500,20],"out":10,"activation":"relu"}`)
	weights, err := b.Weights()
	if err != nil {
		t.Fatal(err)
	}
	weights = append(weights, safetensors.Entry{Name: "extra", Tensor: tensor.New(tensor.F32, 3)})
	var file bytes.Buffer
	if err := bundle.Write(&file, h, weights); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("other.safetensors", file.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := ingot("eval", "other.safetensors")
	for _, want := range []string{"missing: fc3.weight, fc3.bias", "unexpected: extra", "fc2.weight is f32 [10 500], want f32 [20 500]", "fc2.bias is f32 [10], want f32 [20]"} {
		if code != 3 || !strings.Contains(stderr, want) {
			t.Errorf("%d: %q doesn't say %q", code, stderr, want)
		}
	}
}

func TestNoNetwork(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("INGOT_DATA", "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("PATH", t.TempDir()) // no Go tool
	if e, err := dataset.Lookup("mnist"); err != nil {
		t.Fatal(err)
	} else if dir, err := e.Locate(); dir != "" || err != nil {
		t.Skip("MNIST comes with this system")
	}
	code, _, stderr := ingot("train", "mnist")
	if code != 3 || !strings.Contains(stderr, "ingot train digits") {
		t.Errorf("%d: %s", code, stderr)
	}
	if entries, err := filepath.Glob("runs/*"); err != nil || len(entries) != 0 {
		t.Errorf("the refused run left %v", entries)
	}
}

func TestBench(t *testing.T) {
	var o struct {
		Machine map[string]any
		Rows    []measured
	}
	_, out, stderr := ingot("bench", "gemm/64/1", "gemm/64x500x10", "--json")
	object(t, out, &o)
	names := []string{}
	for _, r := range o.Rows {
		names = append(names, r.Name)
		if r.Unit != "GFLOP/s" || r.Value <= 0 || r.OfPeak <= 0 && cpu.Best() > cpu.Go {
			t.Errorf("%+v", r)
		}
	}
	if len(names) < 2 || names[0] != "gemm/64/1" || names[1] != "gemm/64x500x10/1" || o.Machine["cpu"] == "" {
		t.Errorf("rows %v, machine %v, %s", names, o.Machine, stderr)
	}
}

func TestEvalText(t *testing.T) {
	classes := []string{"T-shirt/top", "Trouser", "a class with a very long name", "1"}
	counts := [][]int{{980, 3, 17, 0}, {0, 1000, 0, 0}, {1, 2, 3, 9994}, {0, 0, 0, 0}}
	c := metric.NewConfusion(len(classes))
	for i, row := range counts {
		copy(c.Counts[i*len(classes):], row)
	}
	r := &task.Report{Rows: 12000, Accuracy: 1983. / 12000, Interval: [2]float64{0.1587, 0.1720}, LogLoss: 1.25, Baseline: 10. / 12, Scores: c.Scores(), Confusion: counts}
	m := &opened{Bundle: &bundle.Bundle{Header: bundle.Header{Classes: classes}}, name: "runs/x-1"}
	e := &task.Evaluation{
		Metrics:   task.Values{"log_loss": 1.25, "ece": 0.0625, "f1": 0.5},
		Intervals: map[string][2]float64{"log_loss": {1.125, 1.375}, "ece": {0.03125, 0.125}, "f1": {0.25, 0.75}},
	}
	text := evalText(m, "data", r, e)
	golden(t, "eval.txt", text)
	for _, line := range strings.Split(text, "\n") {
		if len([]rune(line)) > 80 {
			t.Errorf("a line of %d letters: %s", len([]rune(line)), line)
		}
	}
}

func TestBenchTable(t *testing.T) {
	got := benchTable([]measured{{Name: "machine/copy/1", Value: 37.62, Unit: "GB/s", Note: "read and written"}, {Name: "gemm/64/1", Value: 108.4, Unit: "GFLOP/s", OfPeak: 0.923, Bytes: 1500}})
	want := `ROW             VALUE  UNIT     OF PEAK   BYTES
machine/copy/1   37.6  GB/s
gemm/64/1         108  GFLOP/s   92.3 %  1.5 kB

machine/copy/1: read and written
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestManyClasses(t *testing.T) {
	classes := make([]string, 12)
	counts := make([][]int, 12)
	for i := range classes {
		classes[i] = string(rune('a' + i))
		counts[i] = make([]int, 12)
		counts[i][i], counts[i][(i+1)%12] = 50, i
	}
	if got := confusionText(classes, counts); !strings.HasPrefix(got, "the commonest mistakes\nROWS  TRUE  PREDICTED\n  11  l     a\n  10  k     l\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestProgressLines(t *testing.T) {
	p := train.Progress{Epoch: 3, Epochs: 10, Step: 469, Steps: 938, Loss: 0.23456, Rate: 98765, Left: 65 * time.Second}
	for width, want := range map[int]string{
		80:  "epoch  3/10 ━━━━━━━━━────────── 469/938  loss 0.2346  98,765/s  1 min 5 s left",
		40:  "epoch  3/10 469/938  loss 0.2346  98,765/s  1 min 5 s left",
		120: "epoch  3/10 ━━━━━━━━━━━━──────────── 469/938  loss 0.2346  98,765/s  1 min 5 s left",
	} {
		if got := stepLine(p, width); got != want {
			t.Errorf("width %d:\n%s\n%s", width, got, want)
		}
	}
	p.Epochs = 0
	if got := stepLine(p, 0); !strings.HasPrefix(got, "epoch 3 469/938") {
		t.Error(got)
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		count(0): "0", count(999): "999", count(1000): "1,000", count(1234567): "1,234,567", count(-1000): "-1,000",
		duration(420 * time.Millisecond): "0.42 s", duration(12300 * time.Millisecond): "12.3 s", duration(200 * time.Second): "3 min 20 s", duration(125 * time.Minute): "2 h 5 min",
		bytesText(999): "999 B", bytesText(1590424): "1.59 MB", percent(0.98125): "98.12 %", shorten("abcdef", 4): "abc…",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	words := strings.Repeat("word ", 15) // 75 letters, the last a space
	for text, want := range map[string]string{
		"": "\n", "a  b": "a  b\n",
		words + "fives":                "" + words + "fives\n", // 80 letters
		words + "sixsix  x":            strings.TrimSpace(words) + "\n  sixsix  x\n",
		strings.Repeat("x", 90) + " y": strings.Repeat("x", 90) + "\n  y\n",
	} {
		if got := wrap(text, 2); got != want {
			t.Errorf("wrap(%q) is %q, want %q", text, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	d := &data.Dataset{X: tensor.From([]uint8{0, 255, 0, 255}, 2, 2), Input: data.Input{Scale: 1. / 255, Shift: 1}}
	if mean, std := moments(d); math.Abs(mean-1.5) > 1e-6 || math.Abs(std-0.5) > 1e-6 {
		t.Errorf("%g %g", mean, std)
	}
}

// TestGoldenFilesAreUsed finds files that no test reads any more.
func TestGoldenFilesAreUsed(t *testing.T) {
	used := []string{"help.txt", "config_show.txt", "eval.txt"}
	for _, v := range verbs {
		used = append(used, "help_"+v.name+".txt")
	}
	err := fs.WalkDir(os.DirFS("testdata"), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !slices.Contains(used, path) {
			t.Errorf("testdata/%s is of no test", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSameBits trains with other numbers of processors and instruction sets: the same weights.
func TestSameBits(t *testing.T) {
	t.Chdir(t.TempDir())
	sum := func() string {
		var o trained
		code, out, stderr := ingot("train", "digits", "train.epochs=2", "--json")
		if code != 0 {
			t.Fatal(stderr)
		}
		object(t, out, &o)
		return o.SHA256
	}
	want := sum()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer parallel.SetWorkers(parallel.SetWorkers(0))
	for _, n := range []int{1, 2, 4, 7} {
		runtime.GOMAXPROCS(n)
		parallel.SetWorkers(n)
		if sum() != want {
			t.Errorf("other weights with %d processors", n)
		}
	}
	for l := cpu.AVX2; l <= cpu.Best(); l++ {
		restore := cpu.Force(l)
		if sum() != want {
			t.Errorf("other weights with %v", l)
		}
		restore()
	}
}
