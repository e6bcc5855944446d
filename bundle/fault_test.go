package bundle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"testing"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/internal/fs/fault"
)

// TestFaultsModelFile replaces a model file with every call failing and with a crash after each: the old one is there, or the new one.
func TestFaultsModelFile(t *testing.T) {
	h, weights := sample()
	save := func(dir, of string) error {
		h := h
		h.Provenance.Weights = of
		return ingotfs.WriteFile(filepath.Join(dir, "model"), func(w io.Writer) error { return Write(w, h, weights) })
	}
	fault.Run(t, fault.Writer{
		Before: func(dir string) error { return save(dir, "old") },
		Write:  func(dir string) error { return save(dir, "new") },
		Check: func(dir string, o fault.Outcome) error {
			b, err := Open(filepath.Join(dir, "model"))
			if err != nil {
				return err
			}
			defer b.Close()
			if of := b.Provenance.Weights; of != "new" && (of != "old" || o.Done) {
				return fmt.Errorf("the file is the %s one", of)
			}
			return nil
		},
	})
}

// TestFaultsWeights is TestFaultsModelFile for weights alone, where there was no file.
func TestFaultsWeights(t *testing.T) {
	_, weights := sample()
	fault.Run(t, fault.Writer{
		Write: func(dir string) error {
			return ingotfs.WriteFile(filepath.Join(dir, "best"), func(w io.Writer) error { return WriteWeights(w, weights) })
		},
		Check: func(dir string, o fault.Outcome) error {
			err := VerifyWeights(filepath.Join(dir, "best"))
			if errors.Is(err, fs.ErrNotExist) && !o.Done {
				return nil
			}
			return err
		},
	})
}
