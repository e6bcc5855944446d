package cli

import (
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExplain writes the maps of a photograph, and its integrated gradients are complete.
func TestExplain(t *testing.T) {
	o := trainedRun(t, "train.epochs=20")
	nought(t, "nought.jpg")
	code, out, stderr := ingot("explain", "runs/last", "nought.jpg", "out=maps", "--json")
	var e explained
	if object(t, out, &e); code != 0 || e.Class != "0" || e.Probability < 0.3 || len(e.Files) != 3 {
		t.Fatalf("%d: %s %s", code, out, stderr)
	}
	if change := math.Abs(e.Score - e.Baseline); change < 0.5 || e.CompletenessError > 0.01*change {
		t.Errorf("the score changes by %v, the completeness error is %v", change, e.CompletenessError)
	}
	for name, path := range e.Files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(f)
		f.Close()
		if err != nil || path != filepath.Join("maps", "nought-"+name+".png") || m.Bounds().Dx() != 256 || m.Bounds().Dy() != 256 {
			t.Errorf("%s: %v %v", path, m.Bounds(), err)
			continue
		}
		coloured := 0
		for y := 16; y < 256; y += 32 { // the middles of the model's 8 × 8 pixels
			for x := 16; x < 256; x += 32 {
				if r, _, b, _ := m.At(x, y).RGBA(); r != b {
					coloured++
				}
			}
		}
		if coloured < 8 {
			t.Errorf("%s has %d coloured pixels", path, coloured)
		}
	}
	if err := os.MkdirAll("in/b", 0o777); err != nil {
		t.Fatal(err)
	}
	nought(t, "in/nought.jpg")
	nought(t, "in/b/nought.jpg")
	code, out, _ = ingot("explain", o.Model, "in", "class=3", "patch=1")
	if code != 0 || strings.Count(out, ": 3, probability ") != 2 || strings.Count(out, "completeness error") != 2 {
		t.Errorf("%d: %s", code, out)
	}
	if code, _, stderr := ingot("explain", o.Model); code != 2 || !strings.Contains(stderr, "name the picture or folder to explain") {
		t.Errorf("%d: %s", code, stderr)
	}
	if files, err := filepath.Glob(filepath.Join("explained", "nought*.png")); err != nil || len(files) != 6 {
		t.Errorf("%v %v", files, err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"nought.jpg", "class=ten"}, 2, `the model knows no "ten"; it tells 0, 1, `},
		{[]string{"nought.jpg", "patch=9"}, 2, `patch: found "9", want 1 to 8 pixels`},
		{[]string{"nought.jpg", "clas=1"}, 2, `did you mean "class"?`},
		{[]string{"none.jpg"}, 3, "none.jpg isn't there"},
		{[]string{"nought.jpg", "out=nought.jpg"}, 1, "nought.jpg"},
	} {
		if code, _, stderr := ingot(append([]string{"explain", o.Model}, c.args...)...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %s", c.args, code, stderr)
		}
	}
}
