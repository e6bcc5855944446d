package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/safetensors"
)

// flips is how many bits are flipped: INGOT_FLIPS, or a number that takes no time.
func flips(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("INGOT_FLIPS"))
	if err != nil {
		return 200
	}
	t.Logf("%d bits are flipped", n)
	return n
}

// rot flips random bits of a file, one at a time, and cuts it at every kilobyte; see must say each time that it is damaged.
func rot(t *testing.T, path string, n int, see func() error) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(content []byte) error {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return see()
	}
	draw := rng.Stream{Seed: 7, ID: uint64(len(whole))}
	damaged := bytes.Clone(whole)
	for i := range n {
		bit := draw.IntN(uint64(i), 8*len(whole))
		damaged[bit/8] ^= 1 << (bit % 8)
		if try(damaged) == nil {
			t.Fatalf("%s: bit %d of byte %d of %d was flipped and nothing was said", path, bit%8, bit/8, len(whole))
		}
		damaged[bit/8] = whole[bit/8]
	}
	cuts := 0
	for size := 0; size < len(whole); size += 1 << 10 {
		if try(whole[:size]) == nil {
			t.Fatalf("%s: cut to %d of %d bytes and nothing was said", path, size, len(whole))
		}
		cuts++
	}
	if err := try(whole); err != nil {
		t.Fatalf("%s: restored, and %v", path, err)
	}
	t.Logf("%s of %d bytes: %d flips and %d cuts, all seen", filepath.Base(path), len(whole), n, cuts)
}

// bigConfig trains a network of 100 kB, so that files have more than headers.
func bigConfig(hidden int) Config {
	r := rng.NewSource(1)
	m := &net{nn.NewLinear(r, 2, hidden), nn.NewLinear(r, hidden, 2)}
	return Config{Model: m, Loss: crossEntropy, Optimizer: &optim.Adam{LR: 0.01}, Steps: 2, Seed: 1, Loader: &data.Loader{Data: quadrants(100), Batch: 16, Seed: 3}}
}

func TestBitRotCheckpoint(t *testing.T) {
	c := bigConfig(5000)
	c.Checkpoint = Checkpoint{Dir: t.TempDir()}
	if _, err := Fit(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(c.Checkpoint.Dir, checkpointName(2))
	see := func() error {
		s, err := OpenCheckpoint(dir)
		if err == nil {
			return s.Close()
		}
		if bad := (*DamagedError)(nil); !errors.As(err, &bad) {
			t.Errorf("%v isn't a DamagedError", err)
		}
		return err
	}
	n := flips(t)
	rot(t, filepath.Join(dir, TensorsFile), n/2, see)
	rot(t, filepath.Join(dir, StateFile), n/4, see)
	rot(t, filepath.Join(dir, ManifestFile), n/4, see)
}

func TestBitRotModelFiles(t *testing.T) {
	c := bigConfig(5000)
	entries, err := nn.State(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	var weights []safetensors.Entry
	for _, e := range entries {
		weights = append(weights, safetensors.Entry(e))
	}
	run, err := CreateRun(filepath.Join(t.TempDir(), "x"))
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	h := bundle.Header{
		Task: "classify", Model: bundle.Architecture{Name: "mlp", Config: json.RawMessage(`{}`)}, Classes: []string{"a", "b"},
		Input: data.Input{Kind: "image", Height: 1, Width: 2, Channels: 1},
	}
	var file bytes.Buffer
	if err := bundle.Write(&file, h, weights); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(run.Path(ModelFile), file.Bytes(), 0o666), run.weights("best", weights)); err != nil {
		t.Fatal(err)
	}
	rot(t, run.Path(ModelFile), flips(t), func() error { return verifyModel(run.Path(ModelFile)) })
	rot(t, run.Path(BestFile), flips(t), func() error { return bundle.VerifyWeights(run.Path(BestFile)) })
}

// TestBitRotRun: whichever file of a run is damaged, verifying the run names it, and no other.
func TestBitRotRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	run, err := CreateRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	config := func() error { return os.WriteFile(run.Path(ConfigFile), []byte("version: 1\n"), 0o666) }
	settled := errors.Join(config(), run.WriteJSON(DataFile, 1), run.WriteJSON(EnvFile, map[string]any{}), run.WriteSums())
	if _, err := Fit(context.Background(), faultyJob(run)); err != nil || settled != nil {
		t.Fatal(settled, err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	verdicts, err := VerifyRun(dir)
	if err != nil || len(verdicts) != 10 {
		t.Fatalf("%d verdicts, %v", len(verdicts), err)
	}
	for _, v := range verdicts {
		path := filepath.Join(dir, v.Name)
		if v.Err != nil || v.Bytes == 0 {
			t.Fatalf("%s of %d bytes: %v", v.Name, v.Bytes, v.Err)
		}
		if v.Name == MetricsFile { // its numbers have no sums
			continue
		}
		if filepath.Dir(v.Name) == CheckpointDir {
			path = filepath.Join(path, StateFile)
		}
		rot := func(bit int) {
			flip(t, path, bit)
			got, err := VerifyRun(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range got {
				if (g.Err != nil) != (g.Name == v.Name) && v.Name != SumsFile {
					t.Errorf("bit %d of %s flipped, and of %s: %v", bit, v.Name, g.Name, g.Err)
				}
			}
			flip(t, path, bit)
		}
		for bit := 3; bit < 20*8; bit += 7 {
			if info, err := os.Stat(path); err == nil && int64(bit/8) < info.Size() {
				rot(bit)
			}
		}
	}
}
