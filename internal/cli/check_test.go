package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/check"
)

// TestCheck: a table with a copy of the target fails with exit code 3, on the screen, as one JSON object and as a page; train
// refuses it.
func TestCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString("x,again,y\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d,%s,%s\n", i*37%41, []string{"A", "B"}[i%2], []string{"no", "yes"}[i%2])
	}
	b.WriteString("1,A\n")
	if err := os.WriteFile("t.csv", []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := Main(context.Background(), args, &out, &errs)
		return code, out.String(), errs.String()
	}
	code, out, _ := run("check", "t.csv", "target=y", "html=page.html")
	if code != exitData || !strings.Contains(out, "FAIL  leakage: again: it is the target y written in another way") || !strings.Contains(out, "t.csv:62:1: the row has 2 fields") {
		t.Errorf("check is %d:\n%s", code, out)
	}
	if page, err := os.ReadFile("page.html"); err != nil || !bytes.Contains(page, []byte("written in another way")) || bytes.Contains(page, []byte("http")) {
		t.Errorf("the page is %v:\n%s", err, page)
	}
	code, out, _ = run("check", "t.csv", "target=y", "--json")
	var r check.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitData || r.Rows != 60 || len(r.Columns) != 3 || !r.Failed() {
		t.Errorf("check --json is %d, %v: %s", code, err, out)
	}
	if code, _, errs := run("train", "data=t.csv", "target=y", "data.limits.bad_rows=5%"); code != exitData || !strings.Contains(errs, "drop it (data.columns={again: {drop: true}})") {
		t.Errorf("train is %d: %s", code, errs)
	}
	if code, out, _ := run("check", "t.csv", "target=y", "data.limits.bad_rows=5%", "data.columns={again: {drop: true}}"); code != exitOK || !strings.Contains(out, "WARN  rows: 1 of 61 rows are bad") {
		t.Errorf("check without the copy is %d:\n%s", code, out)
	}
}
