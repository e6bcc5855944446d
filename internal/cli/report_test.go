package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/report"
)

func TestReport(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, stderr := ingot("train", "digits", "train.epochs=2")
	dir := filepath.Join("runs", "digits-1")
	page := filepath.Join(dir, report.PageFile)
	if code != 0 || !strings.HasSuffix(out, "report:  "+page+"\n") {
		t.Fatalf("%d %s %s", code, out, stderr)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<h1>digits-1</h1>", "majority: 10.28 %", "Confusion", `src="data:image/png;base64,`, "the test part of uci-digits, 360 rows", "name: digits"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, name := range []string{report.CardFile, report.MeasuredFile, "plots/loss.svg", "plots/confusion.png", "plots/roc.svg", "plots/calibration.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.Remove(page); err != nil {
		t.Fatal(err)
	}
	var o struct{ Page, Card string }
	_, out, _ = ingot("report", "runs/last", "--json")
	if object(t, out, &o); o.Page != page {
		t.Errorf("%+v", o)
	}
	if again, err := os.ReadFile(page); err != nil || string(again) != string(text) && len(again) < len(text) {
		t.Errorf("written anew it has %d bytes, at first %d: %v", len(again), len(text), err)
	}
	if code, _, stderr := ingot("report", "runs/none"); code != exitData || !strings.Contains(stderr, "no run at") {
		t.Errorf("%d %s", code, stderr)
	}
}
