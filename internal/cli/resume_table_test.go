package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/train"
)

// TestResumeTable stops tables' trainings twice, goes on, and wants the model file, predictions too, of a run that was never stopped.
func TestResumeTable(t *testing.T) {
	writeShop(t, 300)
	text := shopCSV(300)
	for digit, with := range map[string]string{",0,": ",0.0,", ",1,": ",1.0,"} { // which are the classes 0 and 1, whoever tells the task
		text = strings.ReplaceAll(text, digit, with)
	}
	if err := os.WriteFile("shop.csv", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, more := range map[string][]string{
		"mlp":     {"target=sold", "model.hidden=[16]", "model.dropout=0.1"},
		"weights": {"target=sold", "model.hidden=[16]", "train.class_weights=balanced", "eval.threshold=f1"},
		"tabm":    {"target=price", "model.name=tabm", "model.size=xs"},
		"mixup":   {"target=sold", "model.name=tabm", "model.size=xs", "data.augment.mixup=0.4", "train.class_weights=balanced"},
		"mix":     {"target=[price, weight]", "model.hidden=[16]", "data.augment.mixup=0.4"},
		"labels":  {"target=[sold, fragile]", "model.hidden=[16]"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"train", "data=shop.csv", "train.batch=32", "train.epochs=6", "train.stop.patience=0", "train.schedule.type=cosine", "checkpoint.steps=5"}, more...)
			want, _ := finish(t, append(args, "run="+name+"-whole")...)
			run := "runs/" + name
			stopAt(t, "epoch 2/6", append(args, "run="+name)...)
			stopAt(t, "epoch 4/6", "resume", run)
			got, stderr := finish(t, "resume", run)
			if got.SHA256 != want.SHA256 || got.Steps != want.Steps || !strings.Contains(stderr, run+" goes on after step") {
				t.Errorf("got %+v, want %+v; %s", got, want, stderr)
			}
			for _, file := range []string{"model.safetensors", "predictions.safetensors", "data.json"} {
				a, errA := os.ReadFile(want.Run + "/" + file)
				b, errB := os.ReadFile(run + "/" + file)
				if errA != nil || errB != nil || !bytes.Equal(a, b) {
					t.Errorf("%s differs: %v %v", file, errA, errB)
				}
			}
		})
	}
}

// TestResumeChangedTable: one cell that is another.
func TestResumeChangedTable(t *testing.T) {
	writeShop(t, 200)
	args := []string{"train", "data=shop.csv", "target=sold", "model.hidden=[8]", "train.epochs=4"}
	stopAt(t, "epoch 1/4", append(args, "run=x")...)
	text := shopCSV(200)
	for _, changed := range []string{strings.Replace(text, ",red,", ",blue,", 1), text + "item-x,1,red,1,no,0,1,1\n"} {
		if err := os.WriteFile("shop.csv", []byte(changed), 0o666); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := ingot("resume", "runs/x"); code != exitData || !strings.Contains(stderr, "the data of run runs/x have changed") || !strings.Contains(stderr, "files was") {
			t.Errorf("%d: %s", code, stderr)
		}
	}
	if err := os.WriteFile("shop.csv", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if got, _ := finish(t, "resume", "runs/x"); got.Epochs != 4 {
		t.Errorf("%+v", got)
	}
}

// TestResumeChangedTableOfOld: runs of before there were sums and locks, or that lost them, are held to their data, too.
func TestResumeChangedTableOfOld(t *testing.T) {
	writeShop(t, 200)
	stopAt(t, "epoch 1/4", "train", "data=shop.csv", "target=sold", "model.hidden=[8]", "train.epochs=4", "run=x")
	for _, missing := range []string{train.SumsFile, train.LockFile} {
		if err := os.Remove("runs/x/" + missing); err != nil {
			t.Fatal(err)
		}
	}
	text := shopCSV(200)
	for _, c := range []struct {
		text string
		code int
		want string
	}{
		{strings.Replace(text, ",red,", ",blue,", 1), exitData, "the data of run runs/x have changed"},
		{text, 0, "runs/x goes on after step"},
	} {
		if err := os.WriteFile("shop.csv", []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := ingot("resume", "runs/x"); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%d: %s, want %d: %s", code, stderr, c.code, c.want)
		}
	}
}
