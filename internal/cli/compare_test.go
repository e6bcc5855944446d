package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/task"
)

// testedFolder makes a run's folder with answers to 200 rows, of which every so manieth is wrong.
func testedFolder(t *testing.T, dir string, wrong int, data string) string {
	t.Helper()
	const n = 200
	p := &task.Predictions{Kind: task.Classify, Names: []string{"a", "b"}, Rows: make([]int64, n), Output: make([]float32, 2*n), IDs: make([]int32, n), Data: data}
	for i := range n {
		p.Rows[i], p.IDs[i] = int64(i), int32(i/2%2)
		said := p.IDs[i]
		if i%wrong == 0 {
			said = 1 - said
		}
		p.Output[2*i+int(said)], p.Output[2*i+1-int(said)] = 0.75, 0.25
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.yaml", "metrics.jsonl"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(dir, task.PredictionsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := p.Write(f); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCompareVerb(t *testing.T) {
	root := t.TempDir()
	a, b := testedFolder(t, filepath.Join(root, "a"), 4, "d"), testedFolder(t, filepath.Join(root, "b"), 20, "d")
	same, other := testedFolder(t, filepath.Join(root, "c"), 4, "d"), testedFolder(t, filepath.Join(root, "d"), 4, "e")
	code, out, errOut := ingot("compare", a, b, same, "--json")
	var o compared
	if err := json.Unmarshal([]byte(out), &o); code != 0 || err != nil || len(o.Pairs) != 3 || o.Rows != 200 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errOut)
	}
	// b has 40 rows right that a has wrong: mid-p is 2⁻⁴⁰; of three pairs the smallest is tripled.
	first := o.Pairs[0].Comparisons[0]
	if first.Metric != "accuracy" || first.A != 0.75 || first.B != 0.95 || first.Test != "mcnemar" || first.P > 1e-11 || first.Adjusted != 3*first.P {
		t.Errorf("%+v", first)
	}
	if equal := o.Pairs[1].Comparisons[0]; equal.P != 1 || equal.Difference != 0 {
		t.Errorf("%+v", equal)
	}
	if code, out, errOut = ingot("compare", a, b); code != 0 || !strings.Contains(out, "accuracy") || !strings.Contains(out, "+0.2000") || strings.Contains(out, "HOLM") {
		t.Errorf("exit %d\n%s%s", code, out, errOut)
	}
	if code, _, errOut = ingot("compare", a, other); code != exitData || !strings.Contains(errOut, "can't be compared: the data are others: d and e") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if err := os.Remove(filepath.Join(b, task.PredictionsFile)); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut = ingot("compare", a, b); code != exitData || !strings.Contains(errOut, "has no predictions.safetensors") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if err := os.WriteFile(filepath.Join(a, task.FoldsFile), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut = ingot("compare", a, same); code != exitData || !strings.Contains(errOut, "folds.json") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}
