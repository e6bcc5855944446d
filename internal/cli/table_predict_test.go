package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/format"
	tables "github.com/ingot-ml/ingot/data/table"
)

// rowsOfCSV reads what predict wrote.
func rowsOfCSV(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestPredictTable(t *testing.T) {
	writeShop(t, 600)
	o := trainedTable(t, "target=sold", "train.epochs=20", "data.columns={fragile: {optional: true}}")
	// New rows: other columns, another order, no target, values that are missing or new; more rows than one piece has.
	var b strings.Builder
	b.WriteString("extra,colour,size,price,age,weight,id\n")
	for i := range 5000 {
		colour := []string{"red", "blue", "dark green", "pink", ""}[i%5]
		b.WriteString("x," + colour + "," + strconv.Itoa(i%10) + ",100,7,3,new-" + strconv.Itoa(i) + "\n")
	}
	if err := os.WriteFile("new.csv", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := ingot("predict", o.Run, "new.csv")
	if code != 0 {
		t.Fatal(code, stderr)
	}
	for _, want := range []string{"new.csv: columns that training didn't have are ignored: extra\n", "colour: missing in 1,000 of 5,000 rows", "colour: values that training didn't know in 1,000 of 5,000 rows", "fragile: missing in 5,000"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr is %q, want %q", stderr, want)
		}
	}
	rows := rowsOfCSV(t, out)
	if len(rows) != 5001 || strings.Join(rows[0], ",") != "row,id,prediction,probability no,probability yes" {
		t.Fatalf("%d rows, the first is %v", len(rows), rows[0])
	}
	for i, r := range rows[1:] {
		no, _ := strconv.ParseFloat(r[3], 64)
		yes, _ := strconv.ParseFloat(r[4], 64)
		if r[0] != strconv.Itoa(i) || r[1] != "new-"+strconv.Itoa(i) || math.Abs(no+yes-1) > 1e-6 || (r[2] == "yes") != (yes > no) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
	_, lines, _ := ingot("predict", o.Run, "new.csv", "--json")
	var p predicted
	line, _, _ := strings.Cut(lines[strings.Index(lines, "\n")+1:], "\n")
	if err := json.Unmarshal([]byte(line), &p); err != nil || p.Row != 1 || p.ID != "new-1" || p.Prediction != rows[2][2] ||
		strconv.FormatFloat(float64(p.Probabilities["yes"]), 'g', -1, 32) != rows[2][4] {
		t.Errorf("%s is %+v, %v; want %v", line, p, err, rows[2])
	}
	predictFiles(t, o.Run, out)
}

// TestPredictTableIDNames: an id that is called as a column of predictions is doesn't hide it.
func TestPredictTableIDNames(t *testing.T) {
	writeShop(t, 300)
	b, err := os.ReadFile("shop.csv")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(b), "\n")
	if err := os.WriteFile("shop.csv", []byte(strings.Replace(head, "id", "row", 1)+"\n"+rest), 0o666); err != nil {
		t.Fatal(err)
	}
	o := trainedTable(t, "target=sold", "train.epochs=1")
	_, out, stderr := ingot("predict", o.Run, "shop.csv")
	if rows := rowsOfCSV(t, out); strings.Join(rows[0], ",") != "row,row (id),prediction,probability no,probability yes" {
		t.Errorf("the columns are %q; %s", rows[0], stderr)
	}
}

// predictFiles writes the predictions of new.csv as files, and reads rows of other formats.
func predictFiles(t *testing.T, run, want string) {
	t.Helper()
	for _, ext := range []string{".csv", ".jsonl", ".parquet"} {
		if code, out, stderr := ingot("predict", run, "new.csv", "out=p"+ext); code != 0 || out != "" {
			t.Fatal(code, out, stderr)
		}
		got, err := format.Read("p"+ext, tables.Options{Kinds: map[string]tables.Kind{"id": tables.ID, "prediction": tables.Category}})
		if err != nil || got.Rows != 5000 {
			t.Fatalf("p%s: %v", ext, err)
		}
		c := got.Lookup("prediction")
		if rows := rowsOfCSV(t, want); c.Levels[c.Codes[4321]] != rows[4322][2] || strconv.FormatFloat(got.Lookup("probability yes").Numbers[4321], 'g', -1, 64) != rows[4322][4] {
			t.Errorf("p%s differs from what stdout said", ext)
		}
	}
	// The model file alone, in an empty folder, says the same, to the bit.
	model, err := os.ReadFile(filepath.Join(run, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := os.ReadFile("new.csv")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, content := range map[string][]byte{"m.safetensors": model, "new.csv": rows} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, got, stderr := ingot("predict", "m.safetensors", "new.csv"); got != want {
		t.Errorf("the model file alone predicts otherwise; %s", stderr)
	}
}

// TestEvalSlices: the rows of the slices add up, and their share of right answers is that of all.
func TestEvalSlices(t *testing.T) {
	writeShop(t, 400)
	o := trainedTable(t, "target=sold", "train.epochs=2")
	for args, slices := range map[string]int{"by=colour": 3, "shop.csv by=colour": 3, "by=price": 4, "shop.csv by=fragile": 2, "shop.csv by=id": 20} {
		var e struct {
			Rows    int
			Metrics map[string]float64
			Slices  []struct {
				Column, Value string
				Rows          int
				Metrics       map[string]float64
			}
		}
		code, out, stderr := ingot(append([]string{"eval", o.Run, "--json"}, strings.Fields(args)...)...)
		if object(t, out, &e); code != 0 || len(e.Slices) != slices || "by="+e.Slices[0].Column != args[strings.Index(args, "by="):] {
			t.Errorf("%s: %d %+v %s", args, code, e, stderr)
			continue
		}
		rows, right := 0, 0.0
		for _, s := range e.Slices {
			rows, right = rows+s.Rows, right+float64(s.Rows)*s.Metrics["accuracy"]
		}
		if slices < 20 && (rows != e.Rows || math.Abs(right/float64(rows)-e.Metrics["accuracy"]) > 1e-9) {
			t.Errorf("%s: %d rows of %d, of which %v are right: %+v", args, rows, e.Rows, right, e)
		}
	}
	if code, out, _ := ingot("eval", o.Run, "by=colour"); code != 0 || !strings.Contains(out, "COLOUR") || !strings.Contains(out, "dark green") {
		t.Errorf("%d %s", code, out)
	}
	for args, want := range map[string]string{"by=color": `no column "color" (did you mean "colour"?)`, "of=colour": "want by=COLUMN", "shop.csv by=color": `"color"`} {
		if code, _, stderr := ingot(append([]string{"eval", o.Run}, strings.Fields(args)...)...); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", args, code, stderr)
		}
	}
}

// TestSeveralTargets: labels and numbers are learnt, measured and predicted beside each other.
func TestSeveralTargets(t *testing.T) {
	writeShop(t, 400)
	for target, c := range map[string]struct{ head, metric string }{
		"[sold, fragile]": {"row,id,prediction sold,probability sold yes,prediction fragile,probability fragile 1", "subset_accuracy"},
		"[price, weight]": {"row,id,prediction price,prediction weight", "r2"},
	} {
		o := trainedTable(t, "target="+target, "train.epochs=10")
		var e struct {
			Rows    int
			Metrics map[string]float64
		}
		for _, args := range [][]string{{"eval", o.Run, "--json"}, {"eval", o.Run, "shop.csv", "--json"}} {
			code, out, stderr := ingot(args...)
			if object(t, out, &e); code != 0 || e.Metrics[c.metric] < 0.5 {
				t.Errorf("%v: %d %+v %s", args, code, e, stderr)
			}
			if len(args) == 3 && e.Metrics[c.metric] != o.Metrics["test"][c.metric] {
				t.Errorf("%v: %v, want %v", args, e.Metrics, o.Metrics["test"])
			}
		}
		_, out, stderr := ingot("predict", o.Run, "shop.csv")
		if rows := rowsOfCSV(t, out); len(rows) != 401 || strings.Join(rows[0], ",") != c.head {
			t.Errorf("%s: %v %s", target, rows[0], stderr)
		}
	}
}

// TestPredictColumns: an id that isn't learnt from names the rows, and inputs that a file lacks are told all at once.
func TestPredictColumns(t *testing.T) {
	writeShop(t, 200)
	for _, columns := range []string{"{}", "{id: {type: id}}", "{id: {type: id, drop: true}}"} {
		o := trainedTable(t, "target=sold", "train.epochs=1", "data.columns="+columns)
		_, out, stderr := ingot("predict", o.Run, "shop.csv")
		if rows := rowsOfCSV(t, out); len(rows) != 201 || rows[0][1] != "id" || rows[200][1] != "item-0199" || strings.Contains(stderr, "ignored") {
			t.Errorf("%s: %v; %s", columns, rows[0], stderr)
		}
	}
	o := trainedTable(t, "target=sold", "train.epochs=1", "data.columns={id: {drop: true}}")
	if _, out, _ := ingot("predict", o.Run, "shop.csv"); !strings.HasPrefix(out, "row,prediction") {
		t.Errorf("with the id dropped: %.40q", out)
	}
	for name, text := range map[string]string{
		"few.csv": "id,size,age,fragile,price\na,1,2,0,3\n", "few.jsonl": `{"id": "a", "size": 1, "age": 2, "fragile": 0, "price": 3}` + "\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		want := name + `: the columns ["colour" "weight"] are missing; the file has id, size, age, fragile, price`
		if code, _, stderr := ingot("predict", o.Run, name); code != exitData || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
	}
}

func TestPredictTableNumbers(t *testing.T) {
	writeShop(t, 300)
	o := trainedTable(t, "target=price", "train.epochs=30")
	_, out, stderr := ingot("predict", o.Run, "shop.csv")
	rows := rowsOfCSV(t, out)
	if len(rows) != 301 || strings.Join(rows[0], ",") != "row,id,prediction" {
		t.Fatal(rows[0], stderr)
	}
	off := 0.0
	for i, r := range rows[1:] {
		y, _ := strconv.ParseFloat(r[2], 64)
		off += math.Abs(y-(100*float64(i*37%100)/10+20)) / 300
	}
	if off > 60 { // the mean would be 250 off
		t.Errorf("prices are %v off", off)
	}
	o = trainedTable(t, "target=[sold, fragile]", "train.epochs=2")
	if _, out, _ = ingot("predict", o.Run, "shop.csv"); !strings.HasPrefix(out, "row,id,prediction sold,probability sold yes,prediction fragile,probability fragile 1\n0,item-0000,") {
		t.Errorf("labels: %q", out[:min(len(out), 200)])
	}
}

func TestEvalTable(t *testing.T) {
	writeShop(t, 400)
	o := trainedTable(t, "target=sold", "train.epochs=10")
	var own, all struct {
		Rows     int
		Metrics  map[string]float64
		Baseline map[string]float64
	}
	_, out, stderr := ingot("eval", o.Run, "--json")
	object(t, out, &own)
	if own.Rows != 40 || own.Metrics["accuracy"] != o.Metrics["test"]["accuracy"] || own.Metrics["log_loss"] != o.Metrics["test"]["log_loss"] {
		t.Errorf("%+v, want %v; %s", own, o.Metrics["test"], stderr)
	}
	_, out, _ = ingot("eval", o.Run, "shop.csv", "--json")
	if object(t, out, &all); all.Rows != 400 || all.Metrics["accuracy"] < 0.8 || all.Baseline["accuracy"] > 0.7 {
		t.Errorf("%+v", all)
	}
	o = trainedTable(t, "target=fragile", "train.epochs=10", "data.columns={age: {drop: true}}")
	for _, text := range []string{",0,", ",1,"} {
		b, err := os.ReadFile("shop.csv")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("shop.csv", bytes.ReplaceAll(b, []byte(text), []byte(text[:2]+".0,")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f := trainedTable(t, "target=fragile", "train.epochs=10", "data.columns={age: {drop: true}}")
	_, out, _ = ingot("eval", f.Run, "--json")
	if object(t, out, &own); f.SHA256 != o.SHA256 || own.Metrics["accuracy"] != o.Metrics["test"]["accuracy"] {
		t.Errorf("of 0.0 and 1.0 eval tells %+v, and of 0 and 1 train told %v", own, o.Metrics["test"])
	}
	o = trainedTable(t, "target=sold", "train.epochs=10")
	text := shopCSV(400)
	for name, c := range map[string]struct{ text, want string }{
		"class.csv":   {strings.Replace(text, ",no,", ",maybe,", 1), `class.csv:2: target "sold" is "maybe"`},
		"hole.csv":    {strings.Replace(text, ",no,", ",,", 1), "hole.csv:2: no value in the target sold"},
		"missing.csv": {strings.Replace(text, "size", "sise", 1), `"size"`},
		"text.csv":    {strings.Replace(text, "3.7,", "tall,", 1), "text.csv"},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := ingot("eval", o.Run, name); code != exitData || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s, want %s", name, code, stderr, c.want)
		}
	}
	if code, _, stderr := ingot("predict", o.Run, "text.csv", "out=p.csv"); code != exitData || !strings.Contains(stderr, "text.csv") {
		t.Errorf("predict: %d %s", code, stderr)
	}
	if _, err := os.Stat("p.csv"); err == nil {
		t.Error("predictions are half-written")
	}
	if code, _, stderr := ingot("predict", o.Run, "shop.csv", "out=p.xlsx"); code != exitConfig || !strings.Contains(stderr, ".parquet") {
		t.Errorf("out=p.xlsx: %d %s", code, stderr)
	}
	if err := os.WriteFile("shop.csv", []byte(text+"item-x,1,red,1,no,0,1,1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := ingot("eval", o.Run); code != exitData || !strings.Contains(stderr, "isn't what") {
		t.Errorf("with changed data: %d %s", code, stderr)
	}
}
