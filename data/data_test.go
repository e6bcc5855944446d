package data

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/ingot-ml/ingot/tensor"
)

// numbered has n rows of 6 bytes, derived from the row's number, in 3 classes.
func numbered(n int) *Dataset {
	x, y := make([]uint8, 6*n), make([]int32, n)
	for i := range x {
		x[i] = uint8(i*7 + i/256)
	}
	for i := range y {
		y[i] = int32(i*i) % 3
	}
	return &Dataset{
		X: tensor.From(x, n, 2, 3), Y: tensor.From(y), Classes: []string{"a", "b", "c"},
		Input: Input{Kind: "image", Height: 2, Width: 3, Channels: 1, Scale: 1. / 255, Shift: -0.5},
	}
}

// record is what a Batch held, kept after its time.
type record struct {
	X           []float32
	Y           []int32
	Shape       []int
	Rows        []int
	Epoch, Step int
}

func keep(b Batch) record {
	return record{slices.Clone(tensor.Of[float32](b.X)), slices.Clone(tensor.Of[int32](b.Y)), b.X.Shape(), slices.Clone(b.Rows), b.Epoch, b.Step}
}

func epoch(t *testing.T, l *Loader) (out []record) {
	t.Helper()
	for b, err := range l.Batches(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, keep(b))
	}
	return out
}

func rowsOf(batches []record) (rows []int) {
	for _, b := range batches {
		rows = append(rows, b.Rows...)
	}
	return rows
}

func upTo(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = i
	}
	return r
}

func TestCheckRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		break_ func(*Dataset)
		want   string
	}{
		"no Y":     {func(d *Dataset) { d.Y = tensor.Tensor{} }, "both X and Y"},
		"dtype":    {func(d *Dataset) { d.X = tensor.New(tensor.F64, 10, 6) }, "X is f64, want u8 or f32"},
		"rank":     {func(d *Dataset) { d.X = tensor.New(tensor.U8, 10) }, "want [N features…]"},
		"Y dtype":  {func(d *Dataset) { d.Y = tensor.New(tensor.I64, 10) }, "Y is i64 [10], want i32 [10] or f32 [10 targets]"},
		"Y length": {func(d *Dataset) { d.Y = tensor.New(tensor.I32, 9) }, "Y is i32 [9], want i32 [10] or f32 [10 targets]"},
		"no rows":  {func(d *Dataset) { d.X, d.Y = tensor.New(tensor.U8, 0, 6), tensor.New(tensor.I32, 0) }, "no data"},
		"strided":  {func(d *Dataset) { d.X = d.X.Permute(0, 2, 1) }, "contiguous"},
		"label":    {func(d *Dataset) { tensor.Of[int32](d.Y)[7] = 3 }, "row 7 has label 3, want 0 to 2"},
		"negative": {func(d *Dataset) { tensor.Of[int32](d.Y)[0] = -1 }, "row 0 has label -1"},
		"NaN":      {func(d *Dataset) { d.X = withValue(float32(math.NaN())) }, "row 4, feature 2 is NaN"},
		"Inf":      {func(d *Dataset) { d.X = withValue(float32(math.Inf(-1))) }, "row 4, feature 2 is -Inf"},
		"no class": {func(d *Dataset) { d.Classes = nil }, "0 classes"},
		"Y rank":   {func(d *Dataset) { d.Y = tensor.New(tensor.F32, 10) }, "Y is f32 [10], want i32 [10] or f32 [10 targets]"},
		"Y NaN": {func(d *Dataset) {
			d.Y = tensor.New(tensor.F32, 10, 2)
			tensor.Of[float32](d.Y)[2*3+1] = float32(math.NaN())
		}, "row 3, target 1 is NaN"},
		"numbers":   {func(d *Dataset) { d.Y, d.Classes = tensor.New(tensor.F32, 10, 2), nil }, ""},
		"no scale":  {func(d *Dataset) { d.Input.Scale = 0 }, "Input.Scale is 0"},
		"NaN scale": {func(d *Dataset) { d.Input.Scale = float32(math.NaN()) }, "Input.Scale is NaN"},
		"unchanged": {func(d *Dataset) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := numbered(10)
			c.break_(d)
			err := d.Check()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func withValue(v float32) tensor.Tensor {
	x := tensor.New(tensor.F32, 10, 6)
	tensor.Of[float32](x)[4*6+2] = v
	return x
}

func TestGather(t *testing.T) {
	d := numbered(10)
	bx, by := tensor.New(tensor.F32, 2, 6), tensor.New(tensor.I32, 2)
	if err := d.Gather(bx, by, []int{9, 2}); err != nil {
		t.Fatal(err)
	}
	x, y := tensor.Of[float32](bx), tensor.Of[int32](by)
	raw := tensor.Of[uint8](d.X)
	for i, r := range []int{9, 2} {
		for j := range 6 {
			want := float64(raw[r*6+j])/255 - 0.5
			if got := float64(x[i*6+j]); math.Abs(got-want) > 1e-7 {
				t.Errorf("row %d feature %d is %v, want %v", r, j, got, want)
			}
		}
		if int(y[i]) != d.Label(r) {
			t.Errorf("row %d has label %d, want %d", r, y[i], d.Label(r))
		}
	}
	f := &Dataset{X: tensor.From([]float32{1, 2, 3, 4, 5, 6}, 3, 2), Y: tensor.From([]int32{0, 1, 0}), Classes: []string{"n", "y"}}
	bx = tensor.New(tensor.F32, 2, 2)
	if err := f.Gather(bx, by, []int{2, 0}); err != nil || !slices.Equal(tensor.Of[float32](bx), []float32{5, 6, 1, 2}) || !slices.Equal(y, []int32{0, 0}) {
		t.Errorf("f32 rows: %v %v %v", bx, y, err)
	}
}

func TestSplit(t *testing.T) {
	d := numbered(100)
	parts, err := d.Split(3, 0.1, 0.25)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]int{}
	for i, want := range []int{65, 10, 25} {
		p := parts[i]
		if p.Len() != want {
			t.Errorf("part %d has %d rows, want %d", i, p.Len(), want)
		}
		for r := range p.Len() {
			seen[p.Row(r)]++
			if p.Label(r) != d.Label(p.Row(r)) {
				t.Errorf("part %d row %d: label %d", i, r, p.Label(r))
			}
		}
	}
	if len(seen) != 100 {
		t.Errorf("the parts hold %d of 100 rows", len(seen))
	}
	again, _ := d.Split(3, 0.1, 0.25)
	other, _ := d.Split(4, 0.1, 0.25)
	if !reflect.DeepEqual(parts[1].rows, again[1].rows) || reflect.DeepEqual(parts[1].rows, other[1].rows) {
		t.Error("a split must depend on its seed, and on nothing else")
	}
	inner, err := parts[2].Split(1, 0.2) // rows of rows
	if err != nil {
		t.Fatal(err)
	}
	for r := range inner[1].Len() {
		if !slices.Contains(parts[2].rows, inner[1].Row(r)) {
			t.Errorf("row %d is not of the part that was split", inner[1].Row(r))
		}
	}
	x, y := tensor.New(tensor.F32, 1, 6), tensor.New(tensor.I32, 1)
	if err := inner[1].Gather(x, y, []int{4}); err != nil || int(tensor.Of[int32](y)[0]) != inner[1].Label(4) {
		t.Errorf("gather from a part: %v %v", y, err)
	}
	for _, bad := range [][]float64{{0}, {1}, {-0.1}, {math.NaN()}, {0.001}, {0.6, 0.5}, {0.5, 0.5}} {
		if _, err := d.Split(1, bad...); err == nil {
			t.Errorf("fractions %v were taken", bad)
		}
	}
}

func TestLoaderGivesEveryRowOnce(t *testing.T) {
	for _, n := range []int{1, 5, 8, 64, 100} {
		for _, batch := range []int{1, 3, 8, 100, 1000} {
			for _, shuffle := range []bool{false, true} {
				for _, drop := range []bool{false, true} {
					if drop && batch > n {
						continue
					}
					d := numbered(n)
					l := &Loader{Data: d, Batch: batch, Shuffle: shuffle, Seed: 1, DropLast: drop}
					for e := range 2 {
						got := epoch(t, l)
						checkEpoch(t, fmt.Sprint(n, batch, shuffle, drop), l, d, e, got)
					}
				}
			}
		}
	}
}

func checkEpoch(t *testing.T, name string, l *Loader, d *Dataset, e int, got []record) {
	t.Helper()
	n := d.Len()
	if len(got) != l.Steps() {
		t.Fatalf("%s: %d batches, want %d", name, len(got), l.Steps())
	}
	x, y := tensor.New(tensor.F32, 1, 6), tensor.New(tensor.I32, 1)
	for i, b := range got {
		want := min(l.Batch, n-i*l.Batch)
		if b.Epoch != e || b.Step != e*l.Steps()+i || !slices.Equal(b.Shape, []int{want, 2, 3}) || len(b.Y) != want || len(b.Rows) != want {
			t.Fatalf("%s: batch %d is %+v", name, i, b)
		}
		for k, r := range b.Rows {
			d.Gather(x, y, []int{r})
			if !slices.Equal(b.X[k*6:k*6+6], tensor.Of[float32](x)) || b.Y[k] != tensor.Of[int32](y)[0] {
				t.Fatalf("%s: batch %d row %d isn't row %d of the data", name, i, k, r)
			}
		}
	}
	rows := rowsOf(got)
	if !l.Shuffle && !slices.Equal(rows, upTo(len(rows))) {
		t.Fatalf("%s: order %v", name, rows)
	}
	slices.Sort(rows)
	if len(slices.Compact(slices.Clone(rows))) != len(rows) || !l.DropLast && len(rows) != n {
		t.Fatalf("%s: rows %v", name, rows)
	}
}

func TestLoaderOrderDependsOnSeedAndEpoch(t *testing.T) {
	order := func(seed uint64, batch, e int) []int {
		l := &Loader{Data: numbered(50), Batch: batch, Shuffle: true, Seed: seed}
		if err := l.Seek(Cursor{Epoch: e}); err != nil {
			t.Fatal(err)
		}
		return rowsOf(epoch(t, l))
	}
	base := order(1, 8, 0)
	if slices.Equal(base, upTo(50)) {
		t.Error("not shuffled")
	}
	if !slices.Equal(base, order(1, 7, 0)) {
		t.Error("the order changes with the batch size")
	}
	if slices.Equal(base, order(2, 8, 0)) || slices.Equal(base, order(1, 8, 1)) {
		t.Error("another seed or epoch has the same order")
	}
}

func TestLoaderCursorRestoresExactly(t *testing.T) {
	fresh := func() *Loader { return &Loader{Data: numbered(53), Batch: 8, Shuffle: true, Seed: 9} }
	var whole []record
	l := fresh()
	for range 3 {
		whole = append(whole, epoch(t, l)...)
	}
	for stop := 1; stop < len(whole); stop++ {
		l, given := fresh(), 0
		var saved Cursor
		for given < stop {
			for _, err := range l.Batches(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				saved = l.Cursor() // inside the loop, as a checkpoint takes it
				if given++; given == stop {
					break
				}
			}
		}
		if saved != l.Cursor() {
			t.Fatalf("the cursor is %v inside and %v after the loop", saved, l.Cursor())
		}
		resumed := fresh()
		if err := resumed.Seek(saved); err != nil {
			t.Fatal(err)
		}
		for _, l := range []*Loader{l, resumed} { // going on, and a new process
			var rest []record
			for len(rest)+stop < len(whole) {
				rest = append(rest, epoch(t, l)...)
			}
			if !reflect.DeepEqual(rest, whole[stop:]) {
				t.Fatalf("after batch %d the rest differs", stop)
			}
		}
	}
}

func TestLoaderRefuses(t *testing.T) {
	d := numbered(10)
	for _, c := range []struct {
		l    *Loader
		want string
	}{
		{&Loader{Batch: 1}, "wants Data"},
		{&Loader{Data: d}, "batch of 0 rows, want at least 1"},
		{&Loader{Data: d, Batch: -4}, "batch of -4 rows"},
		{&Loader{Data: d, Batch: 11, DropLast: true}, "10 rows don't fill one batch of 11"},
	} {
		for _, err := range c.l.Batches(context.Background()) {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		}
		if err := c.l.Seek(Cursor{}); err == nil {
			t.Errorf("Seek took a loader that %q", c.want)
		}
	}
	l := &Loader{Data: d, Batch: 4}
	for _, c := range []Cursor{{-1, 0}, {0, -1}, {0, 3}} {
		if err := l.Seek(c); err == nil {
			t.Errorf("Seek(%v) was taken", c)
		}
	}
	for range l.Batches(context.Background()) {
		if err := l.Seek(Cursor{}); err == nil {
			t.Error("Seek inside an epoch was taken")
		}
		for _, err := range l.Batches(context.Background()) {
			if err == nil {
				t.Error("an epoch inside an epoch was given")
			}
		}
	}
	l.Seek(Cursor{Batch: 2})
	l.Batch = 5
	for _, err := range l.Batches(context.Background()) {
		if err == nil {
			t.Error("a position past the end was taken")
		}
	}
}

func TestLoaderFieldsChangeBetweenEpochs(t *testing.T) {
	l := &Loader{Data: numbered(10), Batch: 4}
	epoch(t, l)
	l.Batch = 5
	checkEpoch(t, "changed", l, numbered(10), 1, epoch(t, l))
	l.Data = numbered(3)
	checkEpoch(t, "other data", l, numbered(3), 2, epoch(t, l))
}

func TestLoaderContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := &Loader{Data: numbered(100), Batch: 10}
	var got []error
	for b, err := range l.Batches(ctx) {
		if got = append(got, err); b.Step == 2 {
			cancel()
		}
	}
	if len(got) != 4 || !errors.Is(got[3], context.Canceled) {
		t.Errorf("got %v, want three batches and then context.Canceled", got)
	}
	if l.Cursor() != (Cursor{Batch: 3}) {
		t.Errorf("cursor %v: the batch not given must come next", l.Cursor())
	}
}

// failing is a Source that fails at one row.
type failing struct {
	*Dataset
	row int
}

var errDisk = errors.New("disk on fire")

func (f failing) Gather(x, y tensor.Tensor, rows []int) error {
	if slices.Contains(rows, f.row) {
		return errDisk
	}
	return f.Dataset.Gather(x, y, rows)
}

func TestLoaderSourceError(t *testing.T) {
	l := &Loader{Data: failing{numbered(100), 57}, Batch: 10}
	batches := 0
	var last error
	for _, err := range l.Batches(context.Background()) {
		if last = err; err == nil {
			batches++
		}
	}
	if batches != 5 || !errors.Is(last, errDisk) || !strings.Contains(last.Error(), "epoch 0 batch 5") {
		t.Errorf("%d batches, then %v", batches, last)
	}
}

func TestLoaderStopsItsGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	l := &Loader{Data: numbered(100), Batch: 1}
	for range 50 {
		for range l.Batches(context.Background()) {
			break
		}
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 100 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestLoaderBatchesAreAligned(t *testing.T) {
	l := &Loader{Data: numbered(30), Batch: 7}
	for b := range l.Batches(context.Background()) {
		for _, p := range []unsafe.Pointer{unsafe.Pointer(&tensor.Of[float32](b.X)[0]), unsafe.Pointer(&tensor.Of[int32](b.Y)[0])} {
			if uintptr(p)%tensor.Align != 0 {
				t.Fatalf("batch at %p", p)
			}
		}
	}
}

func TestLoaderSteadyStateAllocates0(t *testing.T) {
	l := &Loader{Data: numbered(4000), Batch: 4, Shuffle: true}
	var before, after runtime.MemStats
	for b, err := range l.Batches(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		switch b.Step {
		case 10:
			runtime.ReadMemStats(&before)
		case 990:
			runtime.ReadMemStats(&after)
		}
	}
	if n := after.Mallocs - before.Mallocs; n > 20 { // 980 batches; the runtime has its own
		t.Errorf("980 batches made %d allocations", n)
	}
}

func BenchmarkLoader(b *testing.B) {
	const n, features, batch = 60000, 784, 64
	d := &Dataset{X: tensor.New(tensor.U8, n, features), Y: tensor.New(tensor.I32, n), Classes: []string{"0"}, Input: Input{Scale: 1. / 255}}
	l := &Loader{Data: d, Batch: batch, Shuffle: true}
	b.SetBytes(batch * features * 5)
	left := b.N
	b.ReportAllocs()
	for b.ResetTimer(); left > 0; {
		for range l.Batches(context.Background()) {
			if left--; left == 0 {
				break
			}
		}
	}
}

// TestLoaderOfNumbers has two numbers as a row's target, whole and in parts.
func TestLoaderOfNumbers(t *testing.T) {
	y := make([]float32, 2*11)
	for i := range y {
		y[i] = float32(i)
	}
	d := numbered(11)
	d.Y, d.Classes = tensor.From(y, 11, 2), nil
	parts, err := d.Split(1, 0.3)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range append(parts, d) {
		l := &Loader{Data: part, Batch: 4, Shuffle: true}
		rows := 0
		for b, err := range l.Batches(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
			if b.Y.DType() != tensor.F32 || b.Y.Rank() != 2 || b.Y.Dim(0) != len(b.Rows) || b.Y.Dim(1) != 2 {
				t.Fatalf("targets %s %v of %d rows", b.Y.DType(), b.Y.Shape(), len(b.Rows))
			}
			for i, r := range b.Rows {
				if at := float32(2 * part.Row(r)); !slices.Equal(tensor.Of[float32](b.Y)[2*i:2*i+2], []float32{at, at + 1}) {
					t.Fatalf("row %d has targets %v", r, b.Y)
				}
			}
			rows += len(b.Rows)
		}
		if rows != part.Len() {
			t.Errorf("%d rows of %d", rows, part.Len())
		}
	}
	l := &Loader{Data: numbered(11), Batch: 4}
	epoch(t, l)
	if l.Data = d; l.Data.Targets() != 2 { // another kind of target between epochs
		t.Fatal("2 targets are wanted")
	}
	for b, err := range l.Batches(context.Background()) {
		if err != nil || b.Y.DType() != tensor.F32 {
			t.Fatal(b.Y.DType(), err)
		}
	}
}

func TestLoaderBatchBeyondTheData(t *testing.T) {
	l := &Loader{Data: numbered(5), Batch: math.MaxInt}
	if got := l.Steps(); got != 1 {
		t.Errorf("%d batches of 5 rows, want 1", got)
	}
	if b := epoch(t, l); len(b) != 1 {
		t.Errorf("%d batches given, want 1", len(b))
	}
}
