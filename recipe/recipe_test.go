package recipe

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEmbeddedRecipes(t *testing.T) {
	for _, name := range Names() {
		r, err := Load(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if r.Name != name || r.Task == "auto" || (r.Task == "lm") != (r.Model.Name == "gpt") || r.Data.Train == "" {
			t.Errorf("%s: name %q, task %q, data %q", name, r.Name, r.Task, r.Data.Train)
		}
	}
	if len(Names()) < 3 {
		t.Errorf("recipes: %v", Names())
	}
}

func TestPrecedenceAndOrigins(t *testing.T) {
	r, err := Load("mnist", []string{"train.lr=3e-4", "data.split.val=5%", "model.hidden=[300, 100]", "train.max_time=10m", "data=uci-digits"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Train.LR != 3e-4 || r.Data.Val != 0.05 || !reflect.DeepEqual(r.Model.Hidden, []int{300, 100}) ||
		r.Train.MaxTime != 10*time.Minute || r.Data.Train != "uci-digits" {
		t.Errorf("not as the arguments say: %+v", r)
	}
	for key, want := range map[string]string{
		"train.lr": "command line", "data.train": "command line", "train.clip": "default", "task": "mnist.yaml:6", "model.activation": "mnist.yaml:11",
	} {
		if got := r.Origin(key).String(); got != want {
			t.Errorf("origin of %s is %s, want %s", key, got, want)
		}
	}
}

func TestSectionAsArgument(t *testing.T) {
	r, err := Load("mnist", []string{"train={epochs: 3, stop: {patience: 2}}"})
	if err != nil {
		t.Fatal(err)
	}
	if r.Train.Epochs != 3 || r.Train.Stop.Patience != 2 || r.Train.Batch != 64 {
		t.Errorf("train is %+v", r.Train)
	}
}

func TestDefaultsAreInBounds(t *testing.T) {
	r := Default()
	for i := range fields {
		f := &fields[i]
		if f.ok == nil {
			continue
		}
		if err := f.ok(reflect.ValueOf(f.at(r)).Elem().Interface()); err != nil {
			t.Errorf("%s: %v", f.key, err)
		}
		if f.doc == "" {
			t.Errorf("%s has no doc", f.key)
		}
	}
}

func TestYAMLReadsBack(t *testing.T) {
	r, err := Load("digits", []string{`name="yes #1"`, "model.hidden=[]", "train.max_time=90s", "seed=18446744073709551615"})
	if err != nil {
		t.Fatal(err)
	}
	for _, origins := range []bool{false, true} {
		back, err := Parse(r.YAML(origins), "config.yaml")
		if err != nil {
			t.Fatalf("%v in\n%s", err, r.YAML(origins))
		}
		back.origins = r.origins
		if !reflect.DeepEqual(back, r) {
			t.Errorf("read back %+v, want %+v", back, r)
		}
	}
	if text := string(r.YAML(false, "out", "run")); strings.Contains(text, "\nout:") || strings.Contains(text, "\nrun:") {
		t.Errorf("keys to be left out are there:\n%s", text)
	}
}

func TestRefused(t *testing.T) {
	tests := []struct{ name, yaml, want string }{
		{"empty", "", "my.yaml:1:1: the file is empty"},
		{"comment only", "# nothing\n", "my.yaml:1:1: the file is empty"},
		{"a list", "- 1\n", "my.yaml:1:1: found a list, want keys such as version"},
		{"not YAML", "a: [1\nb: 2\n", "not YAML"},
		{"a zero byte", "seed: 1\x00", "zero byte"},
		{"two documents", "seed: 1\n---\nseed: 2\n", "a second document begins"},
		{"an unknown key", "train:\n  epoch: 3\n", `my.yaml:2:3: unknown key "train.epoch"; did you mean "train.epochs"?`},
		{"a misspelt section", "tarin: {epochs: 3}\n", `my.yaml:1:1: unknown key "tarin"; did you mean "train"?`},
		{"a key without its section", "lr: 0.1\n", `unknown key "lr"; did you mean "train.lr"?`},
		{"another library's name", "train: {learning_rate: 1}\n", `unknown key "train.learning_rate"; did you mean "train.lr"?`},
		{"another library's name, misspelt", "train: {lerning_rate: 1}\n", `did you mean "train.lr"?`},
		{"another library's name for rows", "batch_size: 8\n", `did you mean "train.batch"?`},
		{"another spelling", "train: {optimiser: adam}\n", `did you mean "train.optimizer"?`},
		{"a key like nothing", "zzzzzzzz: 1\n", `unknown key "zzzzzzzz"`},
		{"a key twice", "seed: 1\nseed: 2\n", `my.yaml:2:1: key "seed" stands twice; first in line 1`},
		{"text for a number", "train: {epochs: ten}\n", `my.yaml:1:17: train.epochs: found "ten", want a whole number`},
		{"a fraction for a count", "train: {batch: 1.5}\n", `found "1.5", want a whole number`},
		{"quoted number", "train: {batch: \"64\"}\n", `found the text "64", want a whole number`},
		{"a number for a list", "model: {hidden: 500}\n", `found "500", want a list of whole numbers such as [500]`},
		{"a list for a number", "seed: [1]\n", "found a list, want a whole number"},
		{"text in a list", "model: {hidden: [500, x]}\n", `item 2: found "x"`},
		{"nothing", "train: {lr: }\n", "found nothing, want a number"},
		{"a scalar for a section", "train: 3\n", `train: found "3", want keys such as epochs`},
		{"NaN", "train: {lr: .nan}\n", "want a number"},
		{"a negative width", "model: {hidden: [-5]}\n", "a width of -5 is out of range"},
		{"an absurd width", "model: {hidden: [1000000000000]}\n", "a width of 1000000000000 is out of range"},
		{"a negative seed", "seed: -1\n", "want a whole number from 0"},
		{"one beta", "train: {betas: [0.9]}\n", "want two numbers from 0 to below 1"},
		{"a beta of 1", "train: {betas: [0.9, 1]}\n", "want two numbers from 0 to below 1"},
		{"text for a beta", "train: {betas: [0.9, x]}\n", `item 2: found "x"`},
		{"a number for betas", "train: {betas: 0.9}\n", "want a list of numbers such as [0.9, 0.99]"},
		{"zero batch", "train: {batch: 0}\n", "0 is out of range; want 1 to 1048576"},
		{"momentum that never fades", "train: {optimizer: sgd, momentum: 1}\n", "1 is out of range; want 0 to 0.9999"},
		{"all held out", "data: {split: {val: 100%}}\n", "1 is out of range; want 0 to 0.9"},
		{"a near name", "train: {optimizer: adm}\n", `"adm" (did you mean "adam"?); want one of adam, adamw, sgd`},
		{"another version", "version: 2\n", "2 isn't known"},
		{"a time without unit", "train: {max_time: 10}\n", "want a time such as 30s"},
		{"an anchor", "seed: &a 1\n", "anchors and aliases aren't read"},
		{"an alias", "version: &a 1\nseed: *a\n", "anchors and aliases aren't read"},
		{"a name with a slash", "name: ../x\n", "can't be a folder's name"},
		{"the pointer's name", "run: last\n", "last is the pointer"},
		{"too large", strings.Repeat("#", maxFile+1), "larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.yaml), "my.yaml")
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an *Error with %q", err, tt.want)
			}
		})
	}
}

func TestRefusedAsAWhole(t *testing.T) {
	tests := []struct {
		recipe string
		args   []string
		want   string
	}{
		{"", nil, "no data is named"},
		{"mnits", nil, `no recipe "mnits" (did you mean "mnist"?)`},
		{"missing.yaml", nil, "missing.yaml: can't be read"},
		{"mnist", []string{"train.epochs"}, `command line: "train.epochs" isn't key=value`},
		{"mnist", []string{"lr=1"}, `command line: unknown key "lr"; did you mean "train.lr"?`},
		{"mnist", []string{"train.epochs=[1"}, "value of train.epochs"},
		{"mnist", []string{"train.lr="}, "train.lr: found the text"},
		{"mnist", []string{"train.epochs=0"}, "until it converges"},
		{"mnist", []string{"train.stop.on=val"}, "val needs a validation part"},
		{"mnist", []string{"train.weights=best"}, "best needs a validation part"},
		{"mnist", []string{"train.momentum=0.9"}, "adam has no momentum"},
		{"mnist", []string{"train={epochs: 0, schedule: {type: cosine}, max_time: 1s}"}, "a cosine schedule needs"},
		{"mnist", []string{"train.schedule.min=10%"}, "a constant schedule has no end"},
		{"mnist", []string{"task=lm"}, "lm isn't what mlp does; want task=classify, or model.name=gpt"},
		{"mnist", []string{"model.layers=3"}, "model.layers: mlp has no such setting; it is gpt's"},
		{"chargpt", []string{"model.hidden=[3]"}, "model.hidden: gpt has no such setting; it is mlp's"},
		{"chargpt", []string{"model.n_layer=3"}, `did you mean "model.layers"?`},
	}
	for _, tt := range tests {
		if _, err := Load(tt.recipe, tt.args); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Load(%q, %q) gives %v, want %q", tt.recipe, tt.args, err, tt.want)
		}
	}
}

func TestLoadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte("data: {train: mnist}\ntrain: {stop: {on: val}, epochs: 2}\ndata2: 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := Load(path, nil); !errors.As(err, &e) || e.File != path || e.Line != 3 {
		t.Errorf("got %v (%+v)", err, e)
	}
}

func TestNameOfAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.first.yaml")
	if err := os.WriteFile(path, []byte("data: {train: mnist}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "my.first", "": "mnist", "digits": "digits"} {
		r, err := Load(name, []string{"data=mnist"})
		if err != nil || r.Name != want {
			t.Errorf("a run of %q is called %q, %v; want %q", name, r.Name, err, want)
		}
	}
}

// FuzzConfig feeds the reader any text: it must not panic, and what it accepts must read back as the same values.
func FuzzConfig(f *testing.F) {
	for _, name := range Names() {
		text, err := embedded.ReadFile(name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("seed: &a 1\nname: *a\n"))
	f.Add([]byte("name: \"\\u0085\"\ntrain: {lr: 1e-3, max_time: 1h}\n"))
	f.Add([]byte("model: {hidden: [1, 2"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Parse(text, "f.yaml")
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		back, err := Parse(r.YAML(true), "back.yaml")
		if err != nil {
			t.Fatalf("%v in\n%s", err, r.YAML(true))
		}
		back.origins = r.origins
		if !reflect.DeepEqual(back, r) {
			t.Fatalf("read back %+v, want %+v", back, r)
		}
	})
}

func TestTags(t *testing.T) {
	r, err := Load("mnist", []string{`tags=[wide, "lr:3e-4", 7, "don't"]`})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"wide", "lr:3e-4", "7", "don't"}
	if !reflect.DeepEqual(r.Tags, want) {
		t.Errorf("tags are %q", r.Tags)
	}
	if again, err := Parse(r.YAML(true), "again.yaml"); err != nil || !reflect.DeepEqual(again.Tags, want) {
		t.Errorf("written and read: %q, %v", again.Tags, err)
	}
	if r, err = Load("mnist", []string{"tags=baseline"}); err != nil || !reflect.DeepEqual(r.Tags, []string{"baseline"}) {
		t.Errorf("one: %q, %v", r.Tags, err)
	}
	for arg, want := range map[string]string{
		`tags=[""]`: "can't be a tag", `tags=["a b"]`: "can't be a tag", `tags={a: 1}`: "a list of texts", `tags=[[a]]`: "item 1: found a list, want text",
	} {
		if _, err := Load("mnist", []string{arg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

// TestOtherModel: a model named on the command line leaves out what the file says of its own.
func TestOtherModel(t *testing.T) {
	r, err := Load(TableRecipe, []string{"data=adult", "model.name=linear"})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Model.Hidden; !slices.Equal(got, Default().Model.Hidden) || r.Origin("model.hidden").Source != "default" {
		t.Errorf("hidden is %v, from %s", got, r.Origin("model.hidden"))
	}
	if _, err := Load(TableRecipe, []string{"data=adult", "model.name=linear", "model.hidden=[3]"}); err == nil || !strings.Contains(err.Error(), "linear has no such setting") {
		t.Errorf("got %v", err)
	}
}
