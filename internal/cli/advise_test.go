package cli

import (
	"os"
	"strings"
	"testing"
)

// TestAdvise: every model of tables is there once, those that fit the time first, and few rows put the linear one before all.
func TestAdvise(t *testing.T) {
	writeShop(t, 200)
	code, out, stderr := ingot("advise", "shop.csv", "target=sold", "--json")
	var a advice
	if object(t, out, &a); code != 0 {
		t.Fatal(stderr)
	}
	names := map[string]int{}
	for i, m := range a.Models {
		names[m.Model]++
		if i > 0 && m.Fits && !a.Models[i-1].Fits {
			t.Errorf("%s fits and stands behind one that doesn't", m.Model)
		}
		if m.Parameters == 0 || m.Bytes < programBytes || m.Step <= 0 || m.Seconds < m.Step || m.Why == "" {
			t.Errorf("%+v", m)
		}
	}
	if len(names) != 5 || a.Models[0].Model != "linear" || a.Models[1].Model != "tabm" || a.Rows != 160 || a.Classes != 2 {
		t.Errorf("%+v", a)
	}
	if want := "ingot train data=shop.csv target=sold model.name=tabm model.size=s"; a.Models[1].Command != want {
		t.Errorf("%s, want %s", a.Models[1].Command, want)
	}
	c := call{settings: []string{"data=my shop's.csv", "model.size=l"}}
	if got, want := c.command(&candidate{Model: "linear"}), `ingot train 'data=my shop'\''s.csv' model.name=linear`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if !strings.Contains(a.Notes[0].Text, "160 rows are few") {
		t.Errorf("%+v", a.Notes)
	}
	code, out, _ = ingot("advise", "shop.csv", "target=price", "time=1us")
	if code != 0 || strings.Count(out, "too much") != 5 {
		t.Errorf("a millionth of a second is enough: %s", out)
	}
	if code, _, stderr := ingot("advise", "shop.csv", "target=price", "time=soon"); code != 2 || !strings.Contains(stderr, "want a time such as") {
		t.Errorf("%d: %s", code, stderr)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != 1 {
		t.Errorf("it left %v %v", files, err)
	}
}
