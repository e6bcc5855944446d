package images

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// patterns is n pictures of w × h × c without two equal corners.
func patterns(n, w, h, c int) *data.Dataset {
	x, y := make([]uint8, n*w*h*c), make([]int32, n)
	for i := range x {
		x[i] = uint8(i*31 + i/7*13 + i*i/97)
	}
	for i := range y {
		y[i] = int32(i % 3)
	}
	return &data.Dataset{
		X: tensor.From(x, n, w*h*c), Y: tensor.From(y), Classes: []string{"a", "b", "c"},
		Input: data.Input{Kind: "image", Height: h, Width: w, Channels: c, Scale: 1},
	}
}

// rowOf is one row of a Source in an epoch.
func rowOf(t testing.TB, a *Augment, epoch, row int) []float32 {
	t.Helper()
	a.Epoch(epoch)
	x, y := tensor.New(tensor.F32, 1, a.Data.Input.Features()), tensor.New(tensor.I32, 1)
	if err := a.Gather(x, y, []int{row}); err != nil {
		t.Fatal(err)
	}
	if int(tensor.Of[int32](y)[0]) != a.Data.Label(row) {
		t.Error("another label")
	}
	return slices.Clone(tensor.Of[float32](x))
}

// TestMoves holds what move does to plain interpolation in float64: out(p) = in(M·(p − middle) + middle + shift), its border going on.
func TestMoves(t *testing.T) {
	const w, h, c = 9, 7, 3
	a := &Augment{Data: patterns(1, w, h, c), Rotate: 40, Zoom: 0.3, Shift: 0.2}
	a.prepare()
	raw := tensor.Of[uint8](a.Data.X)
	at := func(x, y, k int) float64 {
		return float64(raw[(min(max(y, 0), h-1)*w+min(max(x, 0), w-1))*c+k])
	}
	for _, u := range [][8]float32{{}, {0, 1, 0, 0, 0}, {0, -1, 1, 1, -1}, {0, 0.3, -1, -1, 1}, {0, 1, -1, 1, 1}} {
		for _, flip := range []bool{false, true} {
			a.widen(raw)
			a.move(u, flip)
			sin, cos := math.Sincos(40 * float64(u[1]) * math.Pi / 180)
			z := 1 / (1 + 0.3*float64(u[2]))
			for y := range h {
				for x := range w {
					dx, dy := float64(x)-float64(w-1)/2, float64(y)-float64(h-1)/2
					if flip {
						dx = -dx
					}
					sx := z*(cos*dx-sin*dy) + float64(w-1)/2 + 0.2*float64(u[3])*w
					sy := z*(sin*dx+cos*dy) + float64(h-1)/2 + 0.2*float64(u[4])*h
					x0, y0 := int(math.Floor(sx)), int(math.Floor(sy))
					fx, fy := sx-math.Floor(sx), sy-math.Floor(sy)
					for k := range c {
						want := (at(x0, y0, k)*(1-fx)+at(x0+1, y0, k)*fx)*(1-fy) + (at(x0, y0+1, k)*(1-fx)+at(x0+1, y0+1, k)*fx)*fy
						// A place is rounded down to 1/256: a value is off by 2·255/256 at most, and by ½ when it is rounded.
						if got := float64(a.raw[(y*w+x)*c+k]); math.Abs(got-want) > 2.6 {
							t.Fatalf("%v flip %v: (%d, %d, %d) is %v, want %v", u, flip, x, y, k, got, want)
						}
					}
				}
			}
		}
	}
}

// TestFarthest turns, zooms and shifts by as much as can be: nothing is read outside.
func TestFarthest(t *testing.T) {
	for _, size := range [][2]int{{28, 28}, {1, 9}, {5, 2}} {
		for _, rotate := range []float64{0, 10, 45, 180} {
			for _, zoom := range []float64{0, 0.5} {
				a := &Augment{Data: patterns(1, size[0], size[1], 1), Rotate: rotate, Zoom: zoom, Shift: 0.5}
				a.prepare()
				a.widen(tensor.Of[uint8](a.Data.X))
				for i := range 3 * 3 * 3 * 9 {
					u := [8]float32{0, float32(i%9)/4 - 1, float32(i/9%3 - 1), float32(i/27%3 - 1), float32(i/81 - 1)}
					a.move(u, i%2 == 0)
				}
			}
		}
	}
}

func TestShiftAndFlipKeepPixels(t *testing.T) {
	d := patterns(1, 8, 6, 1)
	raw := tensor.Of[uint8](d.X)
	a := &Augment{Data: d, Flip: true}
	seen := map[bool]bool{}
	for e := range 20 {
		got := rowOf(t, a, e, 0)
		flipped := got[0] != float32(raw[0])
		seen[flipped] = true
		for i, v := range got {
			from := i
			if flipped {
				from = i/8*8 + 7 - i%8
			}
			if v != float32(raw[from]) {
				t.Fatalf("epoch %d: pixel %d is %v, want %d", e, i, v, raw[from])
			}
		}
	}
	if len(seen) != 2 {
		t.Error("always or never flipped")
	}
	a = &Augment{Data: d, Shift: 0.25} // by −2 … 2 and −1.5 … 1.5, rounded
	places := map[[2]int]bool{}
	for e := range 60 {
		got := rowOf(t, a, e, 0)
		found := false
		for dy := -2; dy <= 2; dy++ {
			for dx := -2; dx <= 2; dx++ {
				same := true
				for i, v := range got {
					x, y := min(max(i%8+dx, 0), 7), min(max(i/8+dy, 0), 5)
					same = same && v == float32(raw[y*8+x])
				}
				if same {
					found = true
					places[[2]int{dx, dy}] = true
				}
			}
		}
		if !found {
			t.Fatalf("epoch %d isn't the picture shifted by whole pixels", e)
		}
	}
	if len(places) < 10 {
		t.Errorf("60 epochs had %d places", len(places))
	}
}

func TestColourAndCutOut(t *testing.T) {
	d := patterns(1, 8, 8, 3)
	a := &Augment{Data: d, CutOut: 0.5}
	mean := 0
	for i, v := range tensor.Of[uint8](d.X) {
		if i%3 == 0 {
			mean += int(v)
		}
	}
	got := rowOf(t, a, 0, 0)
	covered := 0
	for i := 0; i < len(got); i += 3 {
		switch {
		case got[i] == float32(mean/64):
			covered++
		case got[i] != float32(tensor.Of[uint8](d.X)[i]):
			t.Fatalf("pixel %d is %v", i/3, got[i])
		}
	}
	if covered < 4 || covered > 17 { // 4 × 4, or what is left of it at a corner, and perhaps one that had the mean
		t.Errorf("%d pixels covered", covered)
	}
	a = &Augment{Data: d, Colour: 0.4}
	a.prepare()
	copy(a.raw, []uint8{100, 100, 100, 140, 60, 100}) // the rest is 0
	sum := 0
	for _, v := range a.raw {
		sum += int(v)
	}
	m := float64(sum) / 192
	a.tint([8]float32{5: 0.5, 6: 0.25, 7: -1}) // contrast 1.2, 12.8 lighter, saturation 0.6
	light := func(v float64) float64 { return math.Round((v-m)*1.2 + m + 12.8) }
	grey := math.Floor((299*light(140) + 587*light(60) + 114*light(100)) / 1000)
	for i, want := range []float64{light(100), light(100), light(100), grey + (light(140)-grey)*0.6, grey + (light(60)-grey)*0.6} {
		if math.Abs(float64(a.raw[i])-want) > 1.01 {
			t.Errorf("value %d is %d, want %v", i, a.raw[i], want)
		}
	}
}

// TestAddressed: a row of an epoch is the same whatever was gathered before and beside it, and after a loader went on from a cursor.
func TestAddressed(t *testing.T) {
	every := func() *Augment {
		return &Augment{Data: patterns(23, 8, 8, 3), Seed: 5, Flip: true, Shift: 0.2, Rotate: 20, Zoom: 0.2, Colour: 0.3, CutOut: 0.3}
	}
	source := func() data.Source { return &data.MixUp{Data: every(), Classes: 3, Alpha: 0.3, Seed: 5} }
	read := func(l *data.Loader, keep map[[2]int][]float32) {
		t.Helper()
		for b, err := range l.Batches(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			x, y := tensor.Of[float32](b.X), tensor.Of[float32](b.Y)
			for i, r := range b.Rows {
				key, row := [2]int{b.Epoch, r}, append(slices.Clone(x[i*192:][:192]), y[i*3:][:3]...)
				if old, ok := keep[key]; ok && !slices.Equal(old, row) {
					t.Fatalf("epoch %d row %d differs", b.Epoch, r)
				}
				keep[key] = row
			}
		}
	}
	rows := map[[2]int][]float32{}
	l := &data.Loader{Data: source(), Batch: 5, Shuffle: true}
	for range 3 {
		read(l, rows)
	}
	other := &data.Loader{Data: source(), Batch: 7}
	for range 3 {
		read(other, rows)
	}
	resumed := &data.Loader{Data: source(), Batch: 5, Shuffle: true}
	if err := resumed.Seek(data.Cursor{Epoch: 2, Batch: 3}); err != nil {
		t.Fatal(err)
	}
	read(resumed, rows)
	if len(rows) != 3*23 || slices.Equal(rows[[2]int{0, 4}], rows[[2]int{1, 4}]) || slices.Equal(rows[[2]int{0, 4}][:192], rows[[2]int{0, 5}][:192]) {
		t.Error("epochs or rows are alike")
	}
}

func BenchmarkAugment(b *testing.B) {
	for _, c := range []struct {
		name string
		a    Augment
	}{
		{"shift", Augment{Shift: 0.1}}, {"shift+rotate", Augment{Shift: 0.1, Rotate: 15}},
		{"all", Augment{Flip: true, Shift: 0.1, Rotate: 15, Zoom: 0.1, Colour: 0.2, CutOut: 0.3}},
	} {
		b.Run(c.name, func(b *testing.B) {
			a := c.a
			a.Data = patterns(4096, 28, 28, 1)
			rows := rng.Stream{}.Perm(4096)
			x, y := tensor.New(tensor.F32, 64, 784), tensor.New(tensor.I32, 64)
			for i := range b.N {
				if err := a.Gather(x, y, rows[i%64*64:][:64]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*64/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
