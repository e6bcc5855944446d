package train

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/ingot-ml/ingot/internal/parallel"
)

// The files of a checkpoint's folder.
const (
	StateFile    = "state.json"          // where training is: position, sums, best so far
	TensorsFile  = "tensors.safetensors" // model.…, optimizer.… and, where there are best weights, best.…
	ManifestFile = "manifest.json"       // sizes and SHA-256 of the others, and of itself
)

// CheckpointDir is the folder of a run's checkpoints, step-000012000 after 12,000 steps.
const CheckpointDir = "checkpoints"

const stepPrefix = "step-"

// DamagedError says what is wrong with a checkpoint.
type DamagedError struct {
	Path string // of the file or the folder
	Msg  string // what was found and what was wanted
	Err  error  // the cause, or nil
}

// Error returns "runs/x/checkpoints/step-000012000/tensors.safetensors: …".
func (e *DamagedError) Error() string { return e.Path + ": " + e.Msg }

// Unwrap returns the cause.
func (e *DamagedError) Unwrap() error { return e.Err }

// ListCheckpoints returns the folders of the checkpoints in dir, a run's checkpoints, the newest first. It looks at names only;
// a folder that isn't there has none.
func ListCheckpoints(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var r []string
	for i := len(entries) - 1; i >= 0; i-- { // sorted by name, which is by step
		if _, ok := checkpointStep(entries[i].Name()); ok {
			r = append(r, filepath.Join(dir, entries[i].Name()))
		}
	}
	return r, nil
}

// checkpointName is the folder's name: twelve digits, so that names sort as steps do.
func checkpointName(step int) string { return fmt.Sprintf("%s%012d", stepPrefix, step) }

// checkpointStep is the inverse of checkpointName.
func checkpointStep(name string) (step int, ok bool) {
	digits, ok := strings.CutPrefix(name, stepPrefix)
	if !ok {
		return 0, false
	}
	step, err := strconv.Atoi(digits)
	return step, err == nil && step >= 0 && name == checkpointName(step)
}

// VerifyCheckpoint reads all of the checkpoint in the folder dir, on all cores, and returns a [*DamagedError] where a byte of
// it isn't what was written.
func VerifyCheckpoint(dir string) error {
	_, err := verify(dir)
	return err
}

// verify returns the manifest of a checkpoint that is as it was written.
func verify(dir string) (*manifest, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range m.Files {
		if err := verifyFile(filepath.Join(dir, f.Name), f); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func readManifest(dir string) (*manifest, error) {
	path := filepath.Join(dir, ManifestFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &DamagedError{dir, "it has no " + ManifestFile + ", which is written last: it isn't whole", err}
	} else if err != nil {
		return nil, unread(path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err != nil {
		return nil, unread(path, err)
	}
	m, err := parseManifest(b)
	if err != nil {
		return nil, &DamagedError{path, err.Error(), err}
	}
	return m, nil
}

// unread is an error of reading: of damage, but where the file may be fine and only isn't ours to read.
func unread(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return &DamagedError{path, fmt.Sprintf("it can't be read: %v", err), err}
}

// verifyFile checks size and chunks of a file.
func verifyFile(path string, want manifestFile) error {
	f, err := os.Open(path)
	if err != nil {
		return unread(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return unread(path, err)
	}
	if info.Size() != want.Size {
		return &DamagedError{path, fmt.Sprintf("it has %d bytes; %d were written", info.Size(), want.Size), nil}
	}
	v := verification{path: path, file: f, want: want}
	parallel.For(len(want.SHA256), &v)
	return v.err
}

// verification checks a file's chunks, each a piece of work.
type verification struct {
	path string
	file *os.File
	want manifestFile
	free parallel.Free[[readPiece]byte]

	mu  sync.Mutex
	at  int   // the chunk that err is about
	err error // of the first chunk that is wrong
}

// readPiece is how many bytes are read at once: they are still in the core's cache when they are hashed.
const readPiece = 256 << 10

// Run checks chunk i.
func (v *verification) Run(i int) {
	buf, hash := v.free.Get(), sha256.New()
	defer v.free.Put(buf)
	from := int64(i) * chunkSize
	to := min(from+chunkSize, v.want.Size)
	for at := from; at < to; at += readPiece {
		b := buf[:min(readPiece, to-at)]
		if _, err := v.file.ReadAt(b, at); err != nil {
			v.fail(i, unread(v.path, err))
			return
		}
		hash.Write(b)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != v.want.SHA256[i] {
		v.fail(i, &DamagedError{v.path, fmt.Sprintf("bytes %d to %d have the SHA-256 %s; %s were written", from, to-1, got, v.want.SHA256[i]), nil})
	}
}

func (v *verification) fail(i int, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err == nil || i < v.at {
		v.at, v.err = i, err
	}
}
