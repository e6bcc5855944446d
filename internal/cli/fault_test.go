package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/internal/fs/fault"
	"github.com/ingot-ml/ingot/train"
)

// TestFaultsTrain runs `ingot train` with calls failing and with crashes. Whatever happened, there is no run yet, or `ingot resume`
// ends with the weights of a training that nothing happened to, or it refuses a run that never began.
func TestFaultsTrain(t *testing.T) {
	job := func(dir string) []string {
		return []string{"train", "digits", "out=" + dir, "run=x", "model.hidden=[4]", "train.epochs=2", "train.batch=512", "checkpoint.steps=1"}
	}
	want, _ := finish(t, job(t.TempDir())...)
	fault.Run(t, fault.Writer{
		Tries: 25,
		Write: func(dir string) error {
			if code, _, stderr := ingot(job(dir)...); code != 0 {
				return errors.New(stderr)
			}
			return nil
		},
		Check: func(dir string, o fault.Outcome) error {
			run := filepath.Join(dir, "x")
			if _, err := os.Stat(run); errors.Is(err, os.ErrNotExist) && !o.Done {
				return nil
			}
			if o.Done {
				b, err := bundle.Open(filepath.Join(run, train.ModelFile))
				if err != nil {
					return err
				}
				b.Close()
			}
			var stdout, stderr bytes.Buffer
			code := Main(context.Background(), []string{"resume", run, "--json"}, &stdout, &stderr)
			if neverBegan := strings.Contains(stderr.String(), "it was killed before it began") || strings.Contains(stderr.String(), "isn't a run's folder"); code == exitData && neverBegan && !o.Done {
				return nil
			}
			var got trained
			if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || code != 0 || got.SHA256 != want.SHA256 {
				return fmt.Errorf("resume gives %d, weights %s, want %s: %s", code, got.SHA256, want.SHA256, stderr.String())
			}
			if strings.Contains(stderr.String(), "checkpoint is damaged") {
				return errors.New(stderr.String())
			}
			verdicts, err := train.VerifyRun(run)
			for _, v := range verdicts {
				unsynced := o.Crashed && strings.HasPrefix(v.Name, "events.")
				if v.Err != nil && !unsynced {
					err = errors.Join(err, v.Err)
				}
			}
			return err
		},
	})
}
