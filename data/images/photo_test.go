package images_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// paper is how a photograph of a digit is taken.
type paper struct {
	w, h    int
	digit   float64 // pixels of its picture's 28
	turn    float64 // degrees
	thin    float64 // a level of the digit's greys, above which is ink: higher is thinner
	light   float64 // the paper's brightest level
	falloff float64 // share of light lost to the farthest corner
	shadow  bool    // of a hand, over a third of the sheet
	noise   float64
	chalk   bool // light strokes on a dark board
	table   bool // the paper ends within the picture
}

// sample is the digit's grey level at a place of its 28 × 28 pixels, by bilinear interpolation.
func sample(digit []uint8, x, y float64) float64 {
	x0, y0 := math.Floor(x), math.Floor(y)
	sum := 0.0
	for dy := range 2 {
		for dx := range 2 {
			u, v := int(x0)+dx, int(y0)+dy
			if u < 0 || v < 0 || u > 27 || v > 27 {
				continue
			}
			sum += float64(digit[v*28+u]) * (1 - math.Abs(x-float64(u))) * (1 - math.Abs(y-float64(v)))
		}
	}
	return sum
}

// photograph draws a digit with a pen on paper, and takes a picture of it.
func photograph(digit []uint8, p paper, seed uint64) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, p.w, p.h))
	s := rng.Stream{Seed: seed}
	var u [4]float32
	s.Uniform(u[:], -1, 1)
	cx, cy := float64(p.w)*(0.5+0.15*float64(u[0])), float64(p.h)*(0.5+0.1*float64(u[1]))
	sin, cos := math.Sincos(p.turn * float64(u[2]) * math.Pi / 180)
	noise := make([]float32, 1<<16) // used again and again
	s.Sub(1).Normal(noise, 0, float32(p.noise))
	scale := p.digit / 28
	for y := range p.h {
		for x := range p.w {
			dx, dy := (float64(x)-cx)/scale, (float64(y)-cy)/scale
			ink := 0.0
			if max(math.Abs(dx), math.Abs(dy)) < 20 {
				v := sample(digit, cos*dx-sin*dy+13.5, sin*dx+cos*dy+13.5)
				ink = min(max((v-p.thin)/24+0.5, 0), 1) // with a soft edge
			}
			far := math.Hypot(float64(x)/float64(p.w), float64(y)/float64(p.h)) / math.Sqrt2
			light := p.light * (1 - p.falloff*far)
			if p.shadow {
				edge := (float64(x)*0.8 + float64(y)*0.4 - 0.6*float64(p.w)) / 60
				light *= 1 - 0.35/(1+math.Exp(-edge))
			}
			r, g, b := 1-0.85*ink, 1-0.8*ink, 1-0.55*ink // blue ink
			if p.chalk {
				r, g, b = 0.15+0.7*ink, 0.22+0.65*ink, 0.18+0.65*ink
			}
			if p.table && (float64(x) < 0.06*float64(p.w) || float64(y) > 0.94*float64(p.h)) {
				r, g, b = 0.3, 0.2, 0.12
			}
			n := float64(noise[(y*p.w+x*x)%len(noise)])
			m.SetRGBA(x, y, color.RGBA{level(r*light + n), level(g*light + n), level(b*light*0.95 + n), 255})
		}
	}
	return m
}

func level(v float64) uint8 { return uint8(min(max(v, 0), 255)) }

func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 85}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mnist is the data set, where it is on this machine.
func mnist(t *testing.T) *dataset.Set {
	t.Helper()
	set, err := dataset.Open(context.Background(), "mnist", dataset.Options{Offline: true})
	if err != nil {
		t.Skip("MNIST isn't on this machine")
	}
	return set
}

// trained is the classifier of the first 20,000 digits, after 3 epochs.
func trained(t *testing.T, set *dataset.Set) task.Classifier {
	t.Helper()
	net, err := model.NewMLP(rng.NewSource(1), model.MLPConfig{In: 784, Hidden: []int{256}, Out: 10})
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]int, 20000)
	for i := range rows {
		rows[i] = i
	}
	_, err = train.Fit(context.Background(), train.Config{
		Model: net, Loss: task.Loss, Optimizer: &optim.Adam{LR: 1e-3}, Epochs: 3,
		Loader: &data.Loader{Data: set.Train.Subset(rows), Batch: 64, Shuffle: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return task.Classifier{Model: net, Classes: 10}
}

// TestPhotographs predicts 100 digits of MNIST's test part as they are and photographed. What the classifier loses by it is bounded.
func TestPhotographs(t *testing.T) {
	set := mnist(t)
	c := trained(t, set)
	right := func(pixels []uint8, row int) int {
		x := tensor.New(tensor.F32, 1, 784)
		set.Input.Apply(tensor.Of[float32](x), pixels)
		probs, err := c.Probabilities(x)
		if err != nil {
			t.Fatal(err)
		}
		if task.Best(probs) == set.Test.Label(row) {
			return 1
		}
		return 0
	}
	raw := tensor.Of[uint8](set.Test.X)
	for _, p := range []struct {
		name string
		paper
		n, lost int // digits, and how many fewer may be right than as they are
	}{
		{"scan", paper{w: 400, h: 400, digit: 380, thin: 110, light: 250}, 10, 1},
		{"photo", paper{w: 1200, h: 900, digit: 420, turn: 8, thin: 110, light: 235, falloff: 0.4, shadow: true, noise: 6}, 100, 5},
		{"pen", paper{w: 600, h: 450, digit: 250, turn: 8, thin: 215, light: 225, falloff: 0.4, shadow: true, noise: 6}, 10, 2},
		{"small", paper{w: 1000, h: 600, digit: 160, turn: 8, thin: 110, light: 225, falloff: 0.4, noise: 6}, 10, 2},
		{"board", paper{w: 600, h: 450, digit: 210, turn: 8, thin: 110, light: 230, falloff: 0.4, noise: 6, chalk: true}, 10, 1},
		{"table", paper{w: 600, h: 450, digit: 210, turn: 8, thin: 110, light: 225, falloff: 0.4, noise: 6, table: true}, 10, 1},
	} {
		if testing.Short() {
			p.n = 10
		}
		got, plain := 0, 0
		for i := range p.n {
			plain += right(raw[i*784:][:784], i)
			picture, err := images.Decode(encode(t, photograph(raw[i*784:][:784], p.paper, uint64(i))), p.name)
			if err != nil {
				t.Fatal(err)
			}
			pixels, _, err := images.Prepare(picture, set.Input)
			if err != nil {
				t.Errorf("%s, digit %d: %v", p.name, i, err)
				continue
			}
			got += right(pixels, i)
		}
		t.Logf("%-6s %d of %d right; as they are in the data set %d", p.name, got, p.n, plain)
		if got < plain-p.lost {
			t.Errorf("%s: %d of %d are right, and %d as they are; want at most %d fewer", p.name, got, p.n, plain, p.lost)
		}
	}
}
