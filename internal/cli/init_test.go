package cli

import (
	"os"
	"strings"
	"testing"
)

// TestInit: the file that init writes trains to the same weights as the command line does, with types written out and a reason
// beside each setting; what it is given stays.
func TestInit(t *testing.T) {
	writeShop(t, 200)
	sum := func(args ...string) string {
		t.Helper()
		code, out, stderr := ingot(append([]string{"train", "--json", "train.epochs=3"}, args...)...)
		var o trained
		if object(t, out, &o); code != 0 {
			t.Fatalf("%v: %s", args, stderr)
		}
		return o.SHA256
	}
	for name, settings := range map[string][]string{
		"classes": {"target=sold"},
		"numbers": {"target=price", "model.name=resmlp", "model.size=xs", "data.columns={id: {drop: true}, age: {impute: mean}}"},
	} {
		code, out, stderr := ingot(append([]string{"init", "shop.csv"}, settings...)...)
		if code != 0 {
			t.Fatalf("%s: %s", name, stderr)
		}
		if err := os.WriteFile(name+".yaml", []byte(out), 0o666); err != nil {
			t.Fatal(err)
		}
		if got, want := sum(name+".yaml"), sum(append([]string{"data=shop.csv"}, settings...)...); got != want {
			t.Errorf("%s: the file trains to %s, the command line to %s", name, got, want)
		}
		for line := range strings.Lines(out) {
			if _, reason, ok := strings.Cut(line, " # "); !strings.HasPrefix(line, "#") && !strings.HasSuffix(line, ":\n") && (!ok || len(reason) < 4) {
				t.Errorf("%s: no reason in %q", name, line)
			}
		}
	}
	if code, _, stderr := ingot("init", "digits"); code != 3 && code != 2 {
		t.Errorf("a recipe's name: %d: %s", code, stderr)
	}
	if code, _, stderr := ingot("init", "uci-digits"); code != 2 || !strings.Contains(stderr, "isn't a table") {
		t.Errorf("pictures: %d: %s", code, stderr)
	}
	if code, out, _ := ingot("init", "shop.csv", "target=sold", "--json"); code != 0 || !strings.HasPrefix(out, `{"config":"# Written by`) {
		t.Errorf("%d: %s", code, out)
	}
}
