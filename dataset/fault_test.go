package dataset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs/fault"
	"github.com/ingot-ml/ingot/tensor"
)

// TestFaultsCache finds a data set, which puts it into the cache, with every call failing and with crashes. The data are the right
// ones each time; a cache that isn't whole is noticed and filled again.
func TestFaultsCache(t *testing.T) {
	source := t.TempDir()
	f, content, _ := lab(t)
	putAll(t, source, ".gz", f, content)
	find := func(dir string, folders ...string) error {
		f, _, _ := lab(t)
		f.Cache, f.folders, f.Offline = filepath.Join(dir, "cache"), folders, true
		s, err := f.open(context.Background())
		if err != nil {
			return err
		}
		if s.Train.Len() != 6 || s.Train.Label(3) != 1 || tensor.Of[uint8](s.Test.X)[7] != 111 {
			return errors.New("the data are wrong")
		}
		return nil
	}
	fault.Run(t, fault.Writer{
		Tries: 40,
		Write: func(dir string) error { return find(dir, source) },
		Check: func(dir string, o fault.Outcome) error {
			if o.Err != nil {
				return fmt.Errorf("a cache that can't be written kept the data from being used: %w", o.Err)
			}
			var missing *UnavailableError
			if err := find(dir); err != nil && !errors.As(err, &missing) {
				return err
			}
			if err := find(dir, source); err != nil {
				return err
			}
			return find(dir)
		},
	})
}
