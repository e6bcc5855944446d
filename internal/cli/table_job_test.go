package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/train"
)

// shopCSV has n rows: sold depends on size, colour and whether the age is missing; price on size; weight on size and colour.
func shopCSV(n int) string {
	var b strings.Builder
	b.WriteString("id,size,colour,age,sold,fragile,price,weight\n")
	colours := []string{"red", "blue", "dark green"}
	for i := range n {
		size := float64(i*37%100) / 10
		colour := i * 7 % 3
		age := fmt.Sprint(i * 11 % 50)
		if i%5 == 0 {
			age = ""
		}
		sold, fragile := "no", 0
		if size > 5 != (colour == 2) {
			sold = "yes"
		}
		if size < 3 || age == "" {
			fragile = 1
		}
		fmt.Fprintf(&b, "item-%04d,%.1f,%s,%s,%s,%d,%.2f,%.3f\n", i, size, colours[colour], age, sold, fragile, 100*size+20, size*size+float64(colour))
	}
	return b.String()
}

// writeShop puts shop.csv into a new folder, where the test goes on.
func writeShop(t *testing.T, n int) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("shop.csv", []byte(shopCSV(n)), 0o666); err != nil {
		t.Fatal(err)
	}
}

// trainedTable trains on shop.csv, quickly.
func trainedTable(t *testing.T, args ...string) trained {
	t.Helper()
	args = append([]string{"train", "data=shop.csv", "model.hidden=[32]", "model.dropout=0", "train.batch=32", "train.lr=1e-2", "--json"}, args...)
	code, out, stderr := ingot(args...)
	if code != 0 {
		t.Fatalf("%d: %s", code, stderr)
	}
	var o trained
	object(t, out, &o)
	return o
}

func TestTrainTable(t *testing.T) {
	writeShop(t, 600)
	for _, c := range []struct {
		target, task string
		good         func(m, base train.Metrics) bool
	}{
		{"sold", "classify", func(m, base train.Metrics) bool {
			return m["accuracy"] > 0.9 && m["roc_auc"] > 0.97 && base["accuracy"] < 0.7 && base["roc_auc"] == 0.5
		}},
		{"price", "regress", func(m, base train.Metrics) bool {
			return m["rmse"] < 60 && base["rmse"] > 200 && m["r2"] > 0.9 && math.Abs(base["r2"]) < 0.1
		}},
		{"[sold, fragile]", "classify", func(m, base train.Metrics) bool {
			return m["accuracy"] > 0.9 && base["accuracy"] < 0.7 && m["f1"] > 0.9
		}},
		{"[price, weight]", "regress", func(m, base train.Metrics) bool { return m["r2"] > 0.9 && base["r2"] < 0.1 }},
		{"colour", "classify", func(m, base train.Metrics) bool {
			return m["log_loss"] > 0 && m["log_loss"] < base["log_loss"] && len(m) == 8
		}},
	} {
		o := trainedTable(t, "target="+c.target, "train.epochs=20")
		if o.Task != c.task || !c.good(o.Metrics["test"], o.Baseline) || o.Metrics["val"]["loss"] <= 0 {
			t.Errorf("%s: %+v", c.target, o)
		}
		b, err := bundle.Open(o.Model)
		if err != nil {
			t.Fatal(err)
		}
		if b.Table == nil || b.Task != c.task || b.Provenance.Data.Files["shop.csv"] == "" {
			t.Errorf("%s: the model file says %+v", c.target, b.Header)
		}
		b.Close()
	}
	var d struct {
		Rows    int
		Columns []struct{ Name, Type, Reason string }
		Train   struct {
			Rows   int
			Counts []int `json:"class_counts"`
		}
		Files []struct{ SHA256 string }
	}
	text, err := os.ReadFile(filepath.Join("runs", "shop-1", train.DataFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &d); err != nil || d.Rows != 600 || len(d.Columns) != 8 || d.Train.Rows != 480 || len(d.Train.Counts) != 2 || len(d.Files) != 1 || d.Columns[1].Reason == "" {
		t.Errorf("data.json is %s, %v", text, err)
	}
}

// TestTrainTableSameBits: the same table and seed give the same weights; another split doesn't.
func TestTrainTableSameBits(t *testing.T) {
	writeShop(t, 200)
	args := []string{"target=sold", "train.epochs=2"}
	a, b, c := trainedTable(t, args...), trainedTable(t, args...), trainedTable(t, append(args, "data.split.test=20%")...)
	if a.SHA256 != b.SHA256 || a.SHA256 == c.SHA256 {
		t.Errorf("weights %s, %s and %s", a.SHA256, b.SHA256, c.SHA256)
	}
}

// TestTrainKnownTable: a name alone does.
func TestTrainKnownTable(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, stderr := ingot("train", "data=heart-disease", "train.epochs=5", "--json")
	var o trained
	if object(t, out, &o); code != 0 || o.Run != filepath.Join("runs", "heart-disease-1") || o.Metrics["test"]["accuracy"] < 0.5 {
		t.Errorf("%d: %+v %s", code, o, stderr)
	}
}

// TestMixUpOfTables: it is trained by, and changes the weights.
func TestMixUpOfTables(t *testing.T) {
	writeShop(t, 600)
	for _, target := range []string{"sold", "price", "[sold, fragile]"} {
		args := []string{"target=" + target, "train.epochs=20"}
		plain, mixed := trainedTable(t, args...), trainedTable(t, append(args, "data.augment.mixup=0.2")...)
		m := mixed.Metrics["test"]
		if plain.SHA256 == mixed.SHA256 || m["accuracy"] < 0.85 && m["r2"] < 0.9 {
			t.Errorf("%s: %v and %v", target, plain.Metrics["test"], m)
		}
	}
	if err := os.WriteFile("words.csv", []byte("a,b,y\n"+strings.Repeat("u,x,1\nv,y,1\nu,y,0\nv,x,0\n", 30)), 0o666); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := ingot("train", "data=words.csv", "target=y", "data.augment.mixup=0.2")
	if code != exitConfig || !strings.Contains(stderr, "no numbers to mix") {
		t.Errorf("%d %s", code, stderr)
	}
	code, _, stderr = ingot("train", "data=shop.csv", "target=sold", "data.augment.rotate=10")
	if code != exitConfig || !strings.Contains(stderr, "of tables there is data.augment.mixup") {
		t.Errorf("%d %s", code, stderr)
	}
}

// TestWholeNumberTarget: of a target of a few whole numbers it is said that it is learnt as a number, unless the config says so.
func TestWholeNumberTarget(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("x,y\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d,%d\n", i*7%11, i%3)
	}
	if err := os.WriteFile("stars.csv", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for setting, want := range map[string]bool{"task=auto": true, "task=regress": false, "data.columns={y: {type: number}}": false, "task=classify": false} {
		code, _, stderr := ingot("train", "data=stars.csv", "target=y", "model.name=linear", "train.epochs=1", setting)
		if code != 0 || strings.Contains(stderr, "target y has 3 different whole numbers and is learnt as a number; task=classify") != want {
			t.Errorf("%s: %d %s", setting, code, stderr)
		}
	}
}

func TestTableErrors(t *testing.T) {
	writeShop(t, 60)
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("one.csv", "x,y\n"+strings.Repeat("1,a\n2,a\n", 20))
	write("rare.csv", "x,y\n"+strings.Repeat("1,a\n2,b\n", 20)+"3,c\n")
	write("hole.csv", "x,gone,y\n"+strings.Repeat("1,,a\n2,,b\n3,,b\n", 20))
	write("half.csv", "x,y\n"+strings.Repeat("1,a\n2,b\n3,\n", 20))
	write("empty.csv", "x,y\n")
	write("nested.jsonl", strings.Repeat(`{"y":"a","x":[1,2]}`+"\n", 20))
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"data=shop.csv", "target=sodl"}, 3, `no column "sodl" (did you mean "sold"?)`},
		{[]string{"data=shop.csv"}, 2, "no column to learn is named"},
		{[]string{"data=shop2.csv", "target=sold"}, 3, "neither a file nor known"},
		{[]string{"data=one.csv", "target=y"}, 3, `"a" in every row`},
		{[]string{"data=rare.csv", "target=y"}, 3, `rare.csv:42: class "c"`},
		{[]string{"data=hole.csv", "target=y"}, 3, `column "gone": no training row has a value; drop it: data.columns={gone: {drop: true}}`},
		{[]string{"data=nested.jsonl", "target=y", "data.limits.bad_rows=1"}, 3, `nested.jsonl:1:14: key "x" holds an array; a table has one value in a cell (all 20 rows are bad)`},
		{[]string{"data=half.csv", "target=y"}, 3, "half.csv:4: 20 of 60 rows have no value in the target y"},
		{[]string{"data=empty.csv", "target=y"}, 3, "empty.csv"},
		{[]string{"data=shop.csv", "target=sold", "task=regress"}, 3, "sold"},
		{[]string{"data=shop.csv", "target=price", "model.name=gpt"}, 2, "gpt"},
		{[]string{"data=shop.csv", "target=sold", "data.split.by=time"}, 3, "data.split.column"},
		{[]string{"data=shop.csv", "target=sold", "data.columns={sise: {scale: log}}"}, 3, `no column "sise"`},
		{[]string{"digits", "task=regress"}, 2, "regress is for tables"},
	} {
		code, _, stderr := ingot(append([]string{"train"}, c.args...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d %q, want %d %q", c.args, code, stderr, c.code, c.want)
		}
		if _, err := os.Stat("runs"); err == nil {
			if left, _ := os.ReadDir("runs"); len(left) > 0 {
				t.Errorf("%v leaves %v behind", c.args, left)
			}
		}
	}
}
