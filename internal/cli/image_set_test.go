package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// digitFolder writes UCI digits as PNG files of 8 × 8 pixels, 16 levels made 240: n of each class at most, in dir/CLASS.
func digitFolder(t *testing.T, dir string, test bool, n int) {
	t.Helper()
	set, err := dataset.Open(context.Background(), "uci-digits", dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	part := set.Train
	if test {
		part = set.Test
	}
	pixels := tensor.Of[uint8](part.X)
	have := map[int]int{}
	for i := range part.Len() {
		k := part.Label(i)
		if have[k]++; have[k] > n {
			continue
		}
		folder := filepath.Join(dir, set.Classes[k])
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		grey := make([]uint8, 64)
		for p := range grey {
			grey[p] = pixels[i*64+p] * 15
		}
		writePNG(t, filepath.Join(folder, fmt.Sprintf("%04d.png", i)), 8, 8, grey)
	}
}

// TestTrainFolder trains on a folder of pictures, measures the run on its own test part and on another folder, and predicts from the model
// file alone.
func TestTrainFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	digitFolder(t, "digits", false, 60)
	digitFolder(t, "more", true, 20)
	if err := os.WriteFile("digits/3/broken.png", []byte("\x89PNG\r\n\x1a\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("digits/3/notes.txt", []byte("by hand"), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"train", "data=digits", "name=own", "data.image.size=8", "train.epochs=20", "--json"}
	var sums [2]string
	for i, procs := range []int{1, 4} { // the order of the pictures doesn't depend on who decodes them
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		code, out, stderr := ingot(args...)
		if code != 0 {
			t.Fatal(stderr)
		}
		var o trained
		object(t, out, &o)
		if sums[i] = o.SHA256; o.Metrics["test"]["accuracy"] < 0.8 || !strings.Contains(strings.ReplaceAll(stderr, "\n  ", " "), "left out: "+filepath.Join("digits", "3", "broken.png")+": a damaged PNG picture") || !strings.Contains(stderr, "1 file left out") {
			t.Errorf("%+v %s", o, stderr)
		}
	}
	if sums[0] != sums[1] {
		t.Error("the weights depend on the number of processors")
	}
	var d struct {
		Broken []struct{ File, Why string }
		Train  struct{ Rows int }
		Test   struct{ Rows int }
	}
	if b, err := os.ReadFile(filepath.Join("runs", "own-1", train.DataFile)); err != nil || json.Unmarshal(b, &d) != nil || len(d.Broken) != 1 || d.Test.Rows != 60 || d.Train.Rows != 480 {
		t.Errorf("%+v", d) // of 60 each 6 for the test and 6 for validation
	}
	var own, other evaluated
	_, out, stderr := ingot("eval", "runs/last", "--json")
	if object(t, out, &own); own.Rows != 60 || own.Metrics["accuracy"] < 0.8 {
		t.Errorf("%s %s", out, stderr)
	}
	_, out, stderr = ingot("eval", "runs/last", "more", "--json")
	if object(t, out, &other); other.Rows != 200 || other.Metrics["accuracy"] < 0.7 {
		t.Errorf("%s %s", out, stderr)
	}
	code, here, _ := ingot("predict", "runs/last", filepath.Join("more", "4"), "--json")
	if code != 0 || strings.Count(here, "\n") != 20 {
		t.Errorf("%d: %s", code, here)
	}
	more, err := filepath.Abs(filepath.Join("more", "4"))
	if err != nil {
		t.Fatal(err)
	}
	model, _ := os.ReadFile(filepath.Join("runs", "own-2", train.ModelFile))
	t.Chdir(t.TempDir())
	if err := os.WriteFile("m.safetensors", model, 0o666); err != nil {
		t.Fatal(err)
	}
	_, there, _ := ingot("predict", "m.safetensors", more, "--json")
	quoted, _ := json.Marshal(more)
	relative, _ := json.Marshal(filepath.Join("more", "4"))
	if strings.ReplaceAll(there, string(quoted[1:len(quoted)-1]), string(relative[1:len(relative)-1])) != here {
		t.Error("another folder gives other bits")
	}
	if code, _, stderr := ingot("eval", "m.safetensors"); code != 3 || !strings.Contains(stderr, "digits") {
		t.Errorf("%d: %s", code, stderr)
	}
}

// TestTrainParts trains on train/ and measures on test/, which the folder brings, and on a CSV list with a column split.
func TestTrainParts(t *testing.T) {
	t.Chdir(t.TempDir())
	digitFolder(t, filepath.Join("set", "train"), false, 30)
	digitFolder(t, filepath.Join("set", "Test"), true, 5)
	run := func(args ...string) (o trained) {
		t.Helper()
		code, out, stderr := ingot(append([]string{"train", "data.image.size=8", "train.epochs=10", "--json"}, args...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
		object(t, out, &o)
		return o
	}
	folder := run("data=set")
	list := "path,label,split\n"
	for _, part := range []string{"train", "Test"} {
		paths, _ := filepath.Glob(filepath.Join("set", part, "*", "*.png"))
		for _, p := range paths {
			list += fmt.Sprintf("%s,%s,%s\n", filepath.ToSlash(p), filepath.Base(filepath.Dir(p)), part)
		}
	}
	if err := os.WriteFile("list.csv", []byte(list), 0o666); err != nil {
		t.Fatal(err)
	}
	if csv := run("data=list.csv"); csv.SHA256 != folder.SHA256 {
		t.Errorf("a list and its folder give other weights: %+v %+v", csv, folder)
	}
	var e evaluated
	_, out, stderr := ingot("eval", folder.Run, "set", "--json")
	if object(t, out, &e); e.Rows != 50 || e.Metrics["accuracy"] != folder.Metrics["test"]["accuracy"] {
		t.Errorf("%s %s", out, stderr)
	}
	writePNG(t, filepath.Join("set", "train", "0", "zz.png"), 8, 8, nil)
	if code, _, stderr := ingot("eval", folder.Run); code != 3 || !strings.Contains(stderr, "aren't those that the model was trained on") {
		t.Errorf("%d: %s", code, stderr)
	}
}

func TestFolderErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	digitFolder(t, "ok", false, 3)
	mkdir := func(dirs ...string) {
		for _, d := range dirs {
			if err := os.MkdirAll(d, 0o777); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	mkdir("none", "flat", "one/cat", "loose/cat", "empty/cat", "empty/dog", "single/cat", "single/dog", "parts/train/cat", "parts/other", "bad/cat", "bad/dog")
	for _, p := range []string{"flat/a.png", "one/cat/a.png", "one/cat/b.png", "loose/cat/a.png", "loose/b.png", "empty/cat/a.png", "single/cat/a.png", "single/cat/b.png", "single/dog/a.png",
		"parts/train/cat/a.png", "bad/cat/a.png", "bad/cat/b.png", "bad/dog/a.png", "bad/dog/b.png"} {
		writePNG(t, p, 8, 8, nil)
	}
	write("bad/cat/c.jpg", "no picture")
	write("two.csv", "path,label\nok/0/0000.png,x\nok/0/0000.png,y\n")
	write("part.csv", "path,label,split\nok/0/0000.png,x,later\n")
	write("blank.csv", "path,label\nok/0/0000.png,\n")
	write("gone.csv", "path,label\ngone.png,x\nok/0/0000.png,x\nok/1/0001.png,y\nok/2/0002.png,y\n")
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"data=none"}, 3, "none: no folder for a class, and 0 pictures; want"},
		{[]string{"data=flat"}, 3, "flat: no folder for a class, and 1 pictures"},
		{[]string{"data=one"}, 3, "have 1 class, cat; want at least 2"},
		{[]string{"data=loose"}, 3, "1 pictures lie beside the folders of the classes, in none of them: b.png"},
		{[]string{"data=empty"}, 3, filepath.Join("empty", "dog") + ": no picture in the class's folder"},
		{[]string{"data=single"}, 3, `class "dog" has 1 picture to train on`},
		{[]string{"data=parts"}, 3, filepath.Join("parts", "other") + ": a folder beside"},
		{[]string{"data=bad"}, 3, "1 of 5 pictures are broken, and data.limits.bad_rows allows 1 %:\n  " + filepath.Join("bad", "cat", "c.jpg") + ": it isn't a picture"},
		{[]string{"data=ok", "data.split.test=1%"}, 2, "leave none for"},
		{[]string{"data=two.csv"}, 3, "two.csv: line 3: ok/0/0000.png stands in line 2 already"},
		{[]string{"data=part.csv"}, 3, `part.csv: line 2: column split is "later", want train, val or test`},
		{[]string{"data=blank.csv"}, 3, "blank.csv: line 2: the path or the label is empty"},
		{[]string{"data=gone.csv"}, 3, "gone.png: no such file or directory (line 2 of gone.csv)"},
		{[]string{"data=ok", "data.image.size=0"}, 2, "data.image.size: 0 is out of range"},
	} {
		code, _, stderr := ingot(append([]string{"train", "train.epochs=1"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %s, want %d %q", c.args, code, stderr, c.code, c.want)
		}
	}
	if entries, err := filepath.Glob(filepath.Join("runs", "*")); err != nil || len(entries) != 0 {
		t.Errorf("refused runs left folders: %v %v", entries, err)
	}
}

// TestAugmentedRunIsRepeated: the same pictures, changed the same, give the same weights.
func TestAugmentedRunIsRepeated(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(more ...string) string {
		t.Helper()
		code, out, stderr := ingot(append([]string{"train", "digits", "train.epochs=3", "data.augment.shift=10%", "data.augment.rotate=10", "data.augment.mixup=0.2", "--json"}, more...)...)
		if code != 0 {
			t.Fatal(stderr)
		}
		var o trained
		object(t, out, &o)
		return o.SHA256
	}
	sum := run()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	if run() != sum {
		t.Error("other weights with 3 processors")
	}
	if run("data.augment.mixup=0") == sum || run("data.augment.shift=0") == sum {
		t.Error("a setting changes nothing")
	}
	code, _, stderr := ingot("train", "chargpt", "train.steps=1", "data.augment.shift=10%")
	if code != 2 || !strings.Contains(stderr, "data.augment is for pictures") {
		t.Errorf("%d: %s", code, stderr)
	}
}
