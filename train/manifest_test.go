package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/optim"
)

// sample is a manifest of two files, of which one has two chunks.
func sample(t testing.TB) []byte {
	t.Helper()
	state, tensors := newHasher(StateFile), newHasher(TensorsFile)
	state.Write([]byte("abc"))
	tensors.Write(make([]byte, chunkSize))
	tensors.Write([]byte("abc"))
	m := manifest{Files: []manifestFile{state.done(), tensors.done()}}
	b, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestManifest holds the sums to SHA-256's own example, "abc" (FIPS 180-2, appendix B.1).
func TestManifest(t *testing.T) {
	m, err := parseManifest(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if f := m.Files[0]; f.Name != StateFile || f.Size != 3 || len(f.SHA256) != 1 || f.SHA256[0] != abc {
		t.Errorf("%+v", f)
	}
	if f := m.Files[1]; f.Size != chunkSize+3 || len(f.SHA256) != 2 || f.SHA256[1] != abc {
		t.Errorf("%+v", f)
	}
}

// TestManifestBits flips every bit and cuts at every byte.
func TestManifestBits(t *testing.T) {
	good := sample(t)
	for i := range 8 * len(good) {
		b := bytes.Clone(good)
		b[i/8] ^= 1 << (i % 8)
		if _, err := parseManifest(b); err == nil {
			t.Fatalf("bit %d of byte %d can be flipped", i%8, i/8)
		}
	}
	for n := range good {
		if _, err := parseManifest(good[:n]); err == nil {
			t.Fatalf("it can be cut at %d", n)
		}
	}
}

func TestManifestRefuses(t *testing.T) {
	sum := []string{zeroSum}
	for want, files := range map[string][]manifestFile{
		"0 files":                        {},
		"1 files":                        {{StateFile, 1, sum}},
		`a file "../../.ssh/config"`:     {{StateFile, 1, sum}, {"../../.ssh/config", 1, sum}},
		`a file "state.json"`:            {{StateFile, 1, sum}, {StateFile, 1, sum}},
		"4194305 bytes and 1 sums":       {{StateFile, chunkSize + 1, sum}, {TensorsFile, 1, sum}},
		"state.json has 0 bytes and 1":   {{StateFile, 0, sum}, {TensorsFile, 1, sum}},
		"tensors.safetensors has -1 byt": {{StateFile, 1, sum}, {TensorsFile, -1, sum}},
	} {
		m := manifest{Files: files}
		b, err := m.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseManifest(b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// FuzzManifest reads any bytes, and what they say sealed anew, which a SHA-256 would keep from being looked at.
func FuzzManifest(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(`{"version":1,"chunk":4194304,"files":[],"sha256":"` + zeroSum + "\"}\n"))
	f.Add([]byte(`{"files":[{"name":"state.json","size":4194305,"sha256":["",""]},{"name":"../x","size":-1,"sha256":null}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(b []byte) {
			m, err := parseManifest(b)
			if err != nil {
				return
			}
			if again, err := m.encode(); err != nil || !bytes.Equal(again, b) {
				t.Errorf("read %q and wrote %q, %v", b, again, err)
			}
			for _, f := range m.Files {
				if f.Name != filepath.Base(f.Name) || f.Size < 0 || f.Size > chunkSize*int64(len(f.SHA256)) {
					t.Errorf("took %+v", f)
				}
			}
		}
		check(b)
		var m manifest
		if json.Unmarshal(b, &m) == nil {
			if sealed, err := m.encode(); err == nil {
				check(sealed)
			}
		}
	})
}

// TestCheckpointBits flips one bit, chosen at random, or cuts a file, in a whole checkpoint.
func TestCheckpointBits(t *testing.T) {
	dir := t.TempDir()
	c := richConfig(&optim.Adam{LR: 0.02})
	c.Checkpoint = Checkpoint{Dir: dir}
	fitUntil(t, c, 9)
	dir = filepath.Join(dir, checkpointName(9))
	if err := VerifyCheckpoint(dir); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(1))
	for _, name := range []string{StateFile, TensorsFile, ManifestFile} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			bit := r.Intn(8 * len(good))
			flip(t, path, bit)
			wantDamaged(t, dir, path)
			flip(t, path, bit)
			if err := os.WriteFile(path, good[:bit/8], 0o666); err != nil {
				t.Fatal(err)
			}
			wantDamaged(t, dir, path)
			if err := os.WriteFile(path, good, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		wantDamaged(t, dir, path)
		if err := os.WriteFile(path, good, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := VerifyCheckpoint(dir); err != nil {
		t.Error(err)
	}
}

func wantDamaged(t *testing.T, dir, path string) {
	t.Helper()
	var bad *DamagedError
	if err := VerifyCheckpoint(dir); !errors.As(err, &bad) || !strings.HasPrefix(path, bad.Path) {
		t.Fatalf("got %v, want that %s is damaged", err, path)
	}
}
