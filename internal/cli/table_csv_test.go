package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestCSVKeys trains on a file whose beginning would be taken for another dialect, as data.csv says, and predicts and measures
// files of the same kind by what the model knows of it.
func TestCSVKeys(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	for i := range 200 { // no names; one row in seven is another way round; a comma in each row, but bars are what separates
		fmt.Fprintf(&b, "%s, at home|caf\xe9 %d|%s\n", []string{"red", "blue"}[i%2], i%5, []string{"no", "yes"}[(i+i%7/6)%2])
	}
	if err := os.WriteFile("bars.csv", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := ingot("train", "data=bars.csv", "target=c3", "data.csv={delimiter: pipe, header: no, encoding: windows-1252}", "model.hidden=[8]", "train.epochs=2", "--json")
	if code != 0 {
		t.Fatal(code, stderr)
	}
	var o trained
	object(t, out, &o)
	if code, out, stderr = ingot("predict", o.Run, "bars.csv"); code != 0 || len(rowsOfCSV(t, out)) != 201 || strings.Contains(stderr, "didn't know") {
		t.Errorf("predict: %d, %d lines, %s", code, strings.Count(out, "\n"), stderr)
	}
	if code, _, stderr = ingot("eval", o.Run, "bars.csv"); code != 0 {
		t.Errorf("eval: %d, %s", code, stderr)
	}
	if code, _, stderr = ingot("check", "bars.csv", "target=c3", "data.csv.delimiter=bar"); code != 2 || !strings.Contains(stderr, "one of auto, comma") {
		t.Errorf("a delimiter that isn't known: %d, %s", code, stderr)
	}
}
