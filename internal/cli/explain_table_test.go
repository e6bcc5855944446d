package cli

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/tensor"
)

// writeNoisy writes noisy.csv: price is 100·size, 50 more where the colour is red; sold is whether size > 5; noise is neither's.
func writeNoisy(t *testing.T, n int) {
	t.Helper()
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("noise,size,colour,sold,price\n")
	for i := range n {
		size, colour, sold := float64(i*37%101)/10, []string{"red", "blue"}[i*7%5%2], "no"
		price := 100 * size
		if colour == "red" {
			price += 50
		}
		if size > 5 {
			sold = "yes"
		}
		fmt.Fprintf(&b, "%d,%.1f,%s,%s,%.1f\n", i*7919%997, size, colour, sold, price)
	}
	if err := os.WriteFile("noisy.csv", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

func explainedOf(t *testing.T, args ...string) explainedTable {
	t.Helper()
	code, out, stderr := ingot(append([]string{"explain", "--json"}, args...)...)
	if code != 0 {
		t.Fatalf("%v: %d %s", args, code, stderr)
	}
	var o explainedTable
	object(t, out, &o)
	return o
}

// TestExplainTable: what the target is made of comes first and noise tells nothing, in the rows that were kept for the test.
func TestExplainTable(t *testing.T) {
	writeNoisy(t, 1000)
	args := []string{"train", "data=noisy.csv", "target=sold", "data.columns={price: {drop: true}}", "model.hidden=[16]", "model.dropout=0", "train.epochs=20", "train.lr=1e-2"}
	if code, _, stderr := ingot(args...); code != 0 {
		t.Fatal(stderr)
	}
	o := explainedOf(t, "runs/last")
	if o.Rows != 100 || o.RowsOf != 100 || o.Metric != "log_loss" || o.Answer != "yes" || len(o.Importance) != 3 || o.Explained != nil {
		t.Fatalf("%+v", o)
	}
	if p := o.Importance[0]; p.Column != "size" || p.Interval[0] < 0.1 {
		t.Errorf("the first column is %+v, want size", p)
	}
	for _, p := range o.Importance[1:] {
		if p.Interval[0] > 0 || p.Interval[1] < 0 || math.Abs(p.Mean) > 0.05 {
			t.Errorf("0 isn't in the interval of %+v", p)
		}
	}
	curve := o.Dependence[0]
	if n := len(curve.Answer) - 1; curve.Column != "size" || n != curvePoints-1 || curve.Answer[0] > 0.1 || curve.Answer[n] < 0.9 {
		t.Errorf("the answer depends on %+v", curve)
	}
	_, first, _ := ingot("explain", "runs/last", "noisy.csv", "rows=2")
	if _, again, _ := ingot("explain", "runs/last", "noisy.csv", "rows=2"); first != again || strings.Count(first, "completeness error") != 2 || !strings.Contains(first, "mean probability of yes by size: ▁") {
		t.Errorf("%s\nthen\n%s", first, again)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"class=maybe"}, `the model knows no "maybe"; it answers no, yes`},
		{[]string{"rows=-1"}, `rows: found "-1"`},
		{[]string{"row=1"}, `did you mean "rows"?`},
	} {
		if code, _, stderr := ingot(append([]string{"explain", "runs/last"}, c.args...)...); code != 2 || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %s", c.args, code, stderr)
		}
	}
}

// TestExplainLinear: of a linear model a number adds w·(x − x₀), and a category what its weight is above the unknown one's.
func TestExplainLinear(t *testing.T) {
	writeNoisy(t, 2600)
	args := []string{"train", "data=noisy.csv", "target=price", "task=regress", "model.name=linear", "data.scale=standard", "data.columns={sold: {drop: true}, colour: {type: category}}", "train.epochs=20", "train.lr=1e-2"}
	if code, _, stderr := ingot(args...); code != 0 {
		t.Fatal(stderr)
	}
	m, err := openModel("runs/last")
	if err != nil {
		t.Fatal(err)
	}
	linear := m.net.(*model.Linear)
	w, red := tensor.Of[float32](linear.Weight.Data), tensor.Of[float32](linear.Categories[0].Weight.Data)
	o := explainedOf(t, m.name, "noisy.csv", "rows=3")
	if o.Rows != 2000 || o.RowsOf != 2600 || o.Metric != "rmse" || o.Importance[0].Column != "size" || o.Importance[0].Mean < 100 || len(o.Explained) != 3 {
		t.Fatalf("%+v", o)
	}
	in := m.Table.Inputs[1] // size
	for i, r := range o.Explained {
		size := float64(i*37%101) / 10
		want := map[string]float64{
			"size":   float64(w[1]) * (size - in.Numbers[0].Fill) / in.Numbers[0].Scale.Width,
			"colour": float64(red[1+indexOf(m.Table.Inputs[2].Levels, []string{"red", "blue"}[i*7%5%2])]) - float64(red[0]),
		}
		for _, c := range r.Columns {
			if v, ok := want[c.Column]; ok && math.Abs(c.Attribution-v) > 1e-5 {
				t.Errorf("row %d: %+v, want %v", i, c, v)
			}
		}
		if len(r.Columns) != 3 || r.CompletenessError > 1e-5 || r.Answer != "price" {
			t.Errorf("row %d: %+v", i, r)
		}
	}
}

// TestUnscaled: a 0 that was scaled is a 0 again, and whole numbers are told whole.
func TestUnscaled(t *testing.T) {
	const mean, deviation = 1079.07, 7452.02
	for number, want := range map[float64]string{0: "0", 226802: "226802", 38: "38", 0.5: "0.5", -1: "-1"} {
		m, d := mean, deviation
		if math.Abs(number) < 1000 && number != 0 {
			m, d = 38.64, 13.71
		}
		got := unscaled(func(y float64) float64 { return y*d + m }, float32((number-m)/d))
		if got != want {
			t.Errorf("%g comes back as %s, want %s", number, got, want)
		}
	}
}
