package prep

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

var nan = math.NaN()

// people has 8 rows, of which the last two aren't learnt from.
func people() *table.Table {
	day := func(m time.Month, d int) float64 { return float64(time.Date(2024, m, d, 0, 0, 0, 0, time.UTC).Unix()) }
	return &table.Table{Name: "people.csv", Rows: 8, Columns: []*table.Column{
		numbers("age", 20, 30, nan, 40, 30, 30, 90, nan),
		categories("city", "Rome", "Oslo", "Rome", "", "Oslo", "Bonn", "Kyiv", ""),
		{Field: table.Field{Name: "joined", Kind: table.Date}, Numbers: []float64{day(1, 1), day(7, 1), day(1, 1), day(7, 1), day(1, 1), day(7, 1), nan, day(4, 1)}},
		numbers("same", 7, 7, 7, 7, 7, 7, 8, 9),
		{Field: table.Field{Name: "note", Kind: table.Text}, Strings: make([]string, 8)},
		categories("buys", "yes", "no", "no", "yes", "no", "yes", "no", "yes"),
	}}
}

func upTo(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = i
	}
	return r
}

func fitPeople(t *testing.T, o Options) *Plan {
	t.Helper()
	if o.Targets == nil {
		o.Targets = []string{"buys"}
	}
	o.Labelled, o.Train = upTo(8), upTo(6)
	p, err := Fit(people(), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestEncode: of the training ages 20 30 40 30 30 the median is 30, the mean 30 and the variance 200/5 = 40; Bonn is in one
// training row only and so unknown; of the dates, 1 January and
// 1 July 2024, both Mondays, the year, the day and the weekday don't differ.
func TestEncode(t *testing.T) {
	p := fitPeople(t, Options{})
	names := []string{"age", "joined month sin", "joined month cos", "joined days", "age missing", "city"}
	if !slices.Equal(p.Names(), names) || p.Features() != len(names) || p.Numbers() != 5 || !slices.Equal(p.Categories(), []int{3}) {
		t.Fatalf("values %q, %d numbers, categories %v", p.Names(), p.Numbers(), p.Categories())
	}
	if want := []Ignored{{"same", table.Number, "it is 7 in every training row"}, {"note", table.Text, "text isn't learnt from"}}; !slices.Equal(p.Ignored, want) {
		t.Errorf("ignored: %v, want %v", p.Ignored, want)
	}
	x, counts := make([]float32, 8*len(names)), make([]Count, len(p.Inputs))
	if err := p.Encode(x, people(), counts); err != nil {
		t.Fatal(err)
	}
	if want := []Count{{Missing: 2}, {Missing: 2, Unknown: 2}, {Missing: 1}}; !slices.Equal(counts, want) {
		t.Errorf("counts %v, want %v", counts, want)
	}
	sd := math.Sqrt(40)
	july := 2 * math.Pi * 6 / 12
	for _, c := range []struct {
		row, value int
		want       float64
	}{
		{0, 0, -10 / sd}, {2, 0, 0}, {6, 0, 60 / sd}, // ages
		{0, 4, 0}, {2, 4, 1}, {7, 4, 1}, // whether they are missing
		{0, 5, 2}, {1, 5, 1}, {3, 5, 0}, {5, 5, 0}, {6, 5, 0}, // Oslo, Rome; missing; rare; new
		{0, 1, 0}, {0, 2, 1}, {1, 1, math.Sin(july)}, {1, 2, math.Cos(july)},
		{6, 2, 0}, // half of the months are January, cosine 1, and half July, −1
		{0, 3, -1}, {1, 3, 1}, {6, 3, 0},
	} {
		if got := float64(x[c.row*len(names)+c.value]); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("row %d, %s: %v, want %v", c.row, names[c.value], got, c.want)
		}
	}
}

// TestPlanSurvivesJSON: what is read back encodes the same bits.
func TestPlanSurvivesJSON(t *testing.T) {
	for _, o := range []Options{
		{}, {Scale: "quantile", Impute: "mode"},
		{Columns: map[string]ColumnOptions{"city": {Encode: "target"}, "age": {Impute: "constant", Fill: -1, Scale: "robust"}}},
	} {
		p := fitPeople(t, o)
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		q, err := Parse(b)
		if err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		if !reflect.DeepEqual(p, q) {
			t.Errorf("%+v comes back as %+v", p, q)
		}
	}
}

// TestDatasetIsEncode: training and prediction make the same rows, for any number of workers.
func TestDatasetIsEncode(t *testing.T) {
	p := fitPeople(t, Options{Scale: "robust"})
	want := make([]float32, 8*p.Features())
	if err := p.Encode(want, people(), nil); err != nil {
		t.Fatal(err)
	}
	defer parallel.SetWorkers(parallel.SetWorkers(0))
	for _, workers := range []int{1, 3} {
		parallel.SetWorkers(workers)
		in := people()
		d, _, err := p.Dataset(in, upTo(6), 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tensor.Of[float32](d.X), want) || in.Columns != nil {
			t.Errorf("%d workers: %v, want %v", workers, d.X, want)
		}
		if ids := tensor.Of[int32](d.Y); !slices.Equal(ids, []int32{1, 0, 0, 1, 0, 1, 0, 1}) || !slices.Equal(d.Classes, []string{"no", "yes"}) {
			t.Errorf("targets %v of %v", ids, d.Classes)
		}
		if err := d.Check(); err != nil {
			t.Error(err)
		}
	}
}

// TestDatasetOfBlocks: more rows than one block has are encoded as Encode does.
func TestDatasetOfBlocks(t *testing.T) {
	const n = 2*rowBlock + 100
	big := func() *table.Table {
		age, city, buys := make([]float64, n), make([]string, n), make([]string, n)
		for i := range n {
			age[i], city[i], buys[i] = float64(i*i%97), []string{"Rome", "Oslo", "Bonn", ""}[i*7%4], []string{"no", "yes"}[i*5%3%2]
			if i%11 == 0 {
				age[i] = nan
			}
		}
		return &table.Table{Name: "big.csv", Rows: n, Columns: []*table.Column{numbers("age", age...), categories("city", city...), categories("buys", buys...)}}
	}
	p, err := Fit(big(), Options{Targets: []string{"buys"}, Labelled: upTo(n), Train: upTo(n)})
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float32, n*p.Features())
	if err := p.Encode(want, big(), nil); err != nil {
		t.Fatal(err)
	}
	d, counts, err := p.Dataset(big(), upTo(n), 1)
	if err != nil || !slices.Equal(tensor.Of[float32](d.X), want) || counts[0].Missing != (n+10)/11 {
		t.Errorf("%v, %v", counts, err)
	}
	late := big()
	late.Columns[0].Numbers[n-1] = 1e300
	if _, _, err := p.Dataset(late, nil, 1); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("row %d:", n)) {
		t.Errorf("a number beyond float32 in the last row: %v", err)
	}
}

// TestDateParts are those of Go's calendar.
func TestDateParts(t *testing.T) {
	at := float64(time.Date(1969, 12, 31, 18, 0, 0, 0, time.UTC).Unix()) + 0.5 // a Wednesday
	for name, want := range map[string]float64{
		"year": 1969, "month sin": math.Sin(2 * math.Pi * 11 / 12), "day cos": math.Cos(2 * math.Pi * 30 / 31),
		"weekday sin": math.Sin(2 * math.Pi * 3 / 7), "hour sin": -1, "days": -0.25,
	} {
		when := momentOf(at)
		if got := partOf(name).of(&when); !near(got, want) {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
}

// TestColumnsByName: order and further columns don't matter; a missing one does, unless it is optional.
func TestColumnsByName(t *testing.T) {
	p := fitPeople(t, Options{Columns: map[string]ColumnOptions{"city": {Optional: true}}})
	want := make([]float32, 8*p.Features())
	if err := p.Encode(want, people(), nil); err != nil {
		t.Fatal(err)
	}
	in := people()
	slices.Reverse(in.Columns)
	in.Columns = append(in.Columns[1:], numbers("more", make([]float64, 8)...))
	got := make([]float32, len(want))
	if err := p.Encode(got, in, nil); err != nil || !slices.Equal(got, want) {
		t.Errorf("in another order: %v, %v", got, err)
	}
	in.Columns = slices.DeleteFunc(in.Columns, func(c *table.Column) bool { return c.Name == "city" })
	counts := make([]Count, len(p.Inputs))
	if err := p.Encode(got, in, counts); err != nil || counts[1] != (Count{Missing: 8}) {
		t.Errorf("without an optional column: %v, %v", counts, err)
	}
	in.Columns = slices.DeleteFunc(in.Columns, func(c *table.Column) bool { return c.Name == "age" })
	if err := p.Encode(got, in, nil); err == nil || !strings.Contains(err.Error(), `no column "age"`) {
		t.Errorf("without a column: %v", err)
	}
	in.Columns = append(in.Columns, categories("age", make([]string, 8)...))
	if err := p.Encode(got, in, nil); err == nil || !strings.Contains(err.Error(), "age") || !strings.Contains(err.Error(), "trained on a number") {
		t.Errorf("with a column of another kind: %v", err)
	}
}

// TestOutOfFold: a row's statistics must not move with its own target.
func TestOutOfFold(t *testing.T) {
	o := Options{Columns: map[string]ColumnOptions{"city": {Encode: "target"}}}
	p := fitPeople(t, o)
	d, _, err := p.Dataset(people(), upTo(6), 3)
	if err != nil {
		t.Fatal(err)
	}
	c, y := people().Lookup("city"), []float64{1, 0, 0, 1, 0, 1}
	known := map[string]string{"Rome": "Rome", "Oslo": "Oslo"}
	level := func(r int) string {
		if c.Codes[r] < 0 {
			return ""
		}
		return known[c.Levels[c.Codes[r]]]
	}
	at := slices.Index(p.Names(), "city mean of buys")
	scale := p.Inputs[1].Numbers[0].Scale
	for r := range 6 {
		n, sum, all, yes := 0.0, 0.0, 0.0, 0.0
		for q := range 6 {
			if fold(3, q) == fold(3, r) {
				continue
			}
			all, yes = all+1, yes+y[q]
			if level(q) == level(r) {
				n, sum = n+1, sum+y[q]
			}
		}
		want := scale.Apply((sum + 10*yes/all) / (n + 10))
		if got := tensor.Of[float32](d.X)[r*p.Features()+at]; math.Abs(float64(got)-want) > 1e-6 {
			t.Errorf("row %d: %v, want %v", r, got, want)
		}
	}
}

// TestTargets of each sort, and back.
func TestTargets(t *testing.T) {
	in := people()
	in.Columns = append(in.Columns, categories("a", "0", "1", "1", "0", "0", "1", "1", "0"), categories("b", "x", "y", "y", "y", "x", "x", "x", "x"))
	o := Options{Targets: []string{"a", "b"}, Labelled: upTo(8), Train: upTo(6)}
	p, err := Fit(in, o)
	if err != nil {
		t.Fatal(err)
	}
	y, err := p.EncodeTargets(in)
	if err != nil || !p.Labels() || p.Outputs() != 2 || !slices.Equal(p.Classes(), o.Targets) {
		t.Fatal(p.Classes(), err)
	}
	if got := tensor.Of[float32](y)[:6]; !slices.Equal(got, []float32{0, 0, 1, 1, 1, 1}) {
		t.Errorf("labels %v", got)
	}
	o.Targets = []string{"same", "joined"}
	if _, err := Fit(in, o); err == nil || !strings.Contains(err.Error(), "date") {
		t.Errorf("a date as a target: %v", err)
	}
	in.Lookup("same").Numbers = []float64{1, 2, 3, 4, 5, 6, 7, 8}
	in.Lookup("age").Numbers = []float64{1e3, 1e4, 1e3, 1e5, 1e3, 1e6, 1e3, 1e4}
	for _, scale := range []string{"", "none", "minmax", "log", "robust"} {
		o.Targets, o.TargetScale = []string{"same", "age"}, scale
		if p, err = Fit(in, o); err != nil {
			t.Fatal(err)
		}
		if y, err = p.EncodeTargets(in); err != nil {
			t.Fatal(err)
		}
		back := tensor.Of[float32](y)
		p.Invert(back)
		for i := range 8 {
			for k, c := range []string{"same", "age"} {
				if want := in.Lookup(c).Numbers[i]; math.Abs(float64(back[2*i+k])-want) > 1e-5*want+1e-5 {
					t.Errorf("scale %q: %s of row %d comes back as %v, want %v", scale, c, i, back[2*i+k], want)
				}
			}
		}
	}
}

// TestFitRefuses says what and where.
func TestFitRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*table.Table, *Options)
		want   string
	}{
		"no target":   {func(_ *table.Table, o *Options) { o.Targets = []string{"bought"} }, `no column "bought"`},
		"text target": {func(_ *table.Table, o *Options) { o.Targets = []string{"note"} }, "type text"},
		"one class": {func(t *table.Table, _ *Options) {
			t.Columns[5] = categories("buys", slices.Repeat([]string{"no"}, 8)...)
		}, `"no" in every row`},
		"a class of one": {func(t *table.Table, _ *Options) {
			t.Columns[5] = categories("buys", "a", "a", "a", "b", "a", "a", "a", "a")
		}, `row 4: class "b"`},
		"no values":     {func(t *table.Table, _ *Options) { t.Columns[0] = numbers("age", nan, nan, nan, nan, nan, nan, 1, 2) }, `column "age": no training row has a value`},
		"no levels":     {func(t *table.Table, _ *Options) { t.Columns[1] = categories("city", make([]string, 8)...) }, `column "city": no training row has a value`},
		"no column":     {func(_ *table.Table, o *Options) { o.Columns = map[string]ColumnOptions{"aeg": {Scale: "log"}} }, `no column "aeg"`},
		"scale":         {func(_ *table.Table, o *Options) { o.Scale = "cubic" }, `unknown scale "cubic"`},
		"impute":        {func(_ *table.Table, o *Options) { o.Impute = "guess" }, `unknown impute "guess"`},
		"mixed targets": {func(_ *table.Table, o *Options) { o.Targets = []string{"buys", "age"} }, "all labels or all numbers"},
		"twice":         {func(_ *table.Table, o *Options) { o.Targets = []string{"buys", "buys"} }, "named twice"},
		"one number":    {func(_ *table.Table, o *Options) { o.Targets = []string{"same"} }, "nothing to learn"},
		"too large":     {func(t *table.Table, _ *Options) { t.Columns[0] = numbers("age", 1, 2, 1e300, 4, 5, 6, 7, 8) }, `column "age": values of up to 1e+300 are too large for the scale standard`},
		"a target too large": {func(t *table.Table, o *Options) {
			t.Columns[0] = numbers("age", 1, 2, -1e39, 4, 5, 6, 7, 8)
			o.Targets = []string{"age"}
		}, `target "age" reaches 1e+39; a model's answers go to 3.4e+38`},
		"no inputs": {func(t *table.Table, _ *Options) { t.Columns = t.Columns[3:] }, "no column is left"},
	} {
		in, o := people(), Options{Targets: []string{"buys"}, Labelled: upTo(8), Train: upTo(6)}
		c.change(in, &o)
		if _, err := Fit(in, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	p := fitPeople(t, Options{})
	in := people()
	in.Columns[0].Numbers[6] = 1e300
	if err := p.Encode(make([]float32, 8*p.Features()), in, nil); err == nil || !strings.Contains(err.Error(), "row 7") || !strings.Contains(err.Error(), `"age"`) {
		t.Errorf("a number beyond float32: %v", err)
	}
	in.Columns[5].Codes[3] = -1
	if with, without, err := Labelled(in, []string{"buys"}); err != nil || len(with) != 7 || !slices.Equal(without, []int{3}) {
		t.Errorf("labelled %v, not %v, %v", with, without, err)
	}
}

// TestBinsOfTies: of 90 zeros and 1 to 10, quantiles are 0 and 10; those of the eleven values stand between them.
func TestBinsOfTies(t *testing.T) {
	x := tensor.New(tensor.F32, 100, 1)
	for i := range 10 {
		tensor.Of[float32](x)[7*i] = float32(i + 1)
	}
	d := &data.Dataset{X: x, Y: tensor.New(tensor.I32, 100)}
	if got, want := Bins(d, 1, 5)[0], []float32{0, 2, 4, 6, 8, 10}; !slices.Equal(got, want) {
		t.Errorf("edges %v, want %v", got, want)
	}
}
