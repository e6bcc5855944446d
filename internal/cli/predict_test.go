package cli

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/dataset"
)

// nought is a photograph of a 0 in blue ink on paper lit from the left.
func nought(t *testing.T, path string) {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 640, 480))
	for y := range 480 {
		for x := range 640 {
			light := 230 - x/6
			c := color.RGBA{uint8(light), uint8(light), uint8(light - 10), 255}
			if far := math.Hypot(float64(x-320)/90, float64(y-240)/140); far > 0.75 && far < 1 {
				c = color.RGBA{20, 25, 90, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestPredictPhotograph predicts a photograph with a model of 8 × 8 digits, as text and as JSON, from the model file alone.
func TestPredictPhotograph(t *testing.T) {
	o := trainedRun(t, "train.epochs=20")
	model, err := filepath.Abs(o.Model)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	nought(t, "nought.jpg")
	code, out, stderr := ingot("predict", model, "nought.jpg")
	if code != 0 || !strings.HasPrefix(out, "nought.jpg\t0\t") || strings.Count(out, "\t") != 6 {
		t.Errorf("%d: %s", code, out)
	}
	for _, want := range []string{"nought.jpg: ", "colours made grey", "inverted", "uneven light taken out", "cut to the figure", "640 x 480", "resized to", "centre of mass"} {
		if !strings.Contains(strings.ReplaceAll(stderr, "\n  ", " "), want) {
			t.Errorf("%q isn't in %s", want, stderr)
		}
	}
	code, out, stderr = ingot("predict", model, "nought.jpg", "--json")
	var p predicted
	if object(t, out, &p); code != 0 || p.Prediction != "0" || len(p.Steps) < 5 || p.Steps[0].Step != "grey" || len(p.Probabilities) != 10 || stderr != "" {
		t.Errorf("%d: %s %s", code, out, stderr)
	}
}

// TestPredictFolder leaves out what is broken in a folder, says so, and predicts the rest.
func TestPredictFolder(t *testing.T) {
	o := trainedRun(t, "train.epochs=1")
	for _, dir := range []string{"in/b", "in/.hidden"} {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	nought(t, "in/b/1.JPG")
	nought(t, "in/a.jpeg")
	nought(t, "in/.hidden/x.jpg")
	for name, text := range map[string]string{"in/broken.png": "\x89PNG\r\n\x1a\nxx", "in/text.gif": "hello", "in/notes.txt": "no picture"} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := ingot("predict", o.Model, "in")
	if code != 3 || strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, filepath.Join("in", "a.jpeg")+"\t") || !strings.Contains(out, "\n"+filepath.Join("in", "b", "1.JPG")+"\t") {
		t.Errorf("%d: %s", code, out)
	}
	text := strings.ReplaceAll(stderr, "\n  ", " ")
	for _, want := range []string{"broken.png: a damaged PNG picture", "text.gif: it isn't a picture", "2 pictures in all couldn't be predicted, 2 were"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q isn't in %s", want, stderr)
		}
	}
	if code, out, _ := ingot("predict", o.Model, "in", "--json"); code != 3 || strings.Count(out, "\n") != 3 || !json.Valid([]byte(strings.Split(out, "\n")[2])) {
		t.Errorf("%d: %s", code, out)
	}
}

// TestOldModelFile: a file written before pictures of any size were taken says nothing of how they look; its data set does.
func TestOldModelFile(t *testing.T) {
	e, err := dataset.Lookup("mnist")
	if err != nil {
		t.Fatal(err)
	}
	old := data.Input{Kind: "image", Height: 28, Width: 28, Channels: 1, Scale: 1. / 255}
	if got := withPreparation(old, bundle.DataInfo{Name: "mnist"}); got != e.Input || got.Box != 20 {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"pets", "uci-digits", ""} {
		if got := withPreparation(old, bundle.DataInfo{Name: name}); got != old {
			t.Errorf("%s: %+v", name, got)
		}
	}
	own := old
	own.Resize = "crop"
	if got := withPreparation(own, bundle.DataInfo{Name: "mnist"}); got != own {
		t.Errorf("%+v", got)
	}
}
