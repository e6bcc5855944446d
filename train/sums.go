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
	"strings"
)

// SumsFile holds the SHA-256 of the files that a run begins with and never changes, as `sha256sum -c` reads it.
const SumsFile = "SHA256SUMS"

// summed are the files of SumsFile.
var summed = []string{ConfigFile, DataFile, EnvFile}

// WriteSums writes SHA256SUMS, when config.yaml, data.json and env.json are written.
func (r *Run) WriteSums() error {
	text := ""
	for _, name := range summed {
		b, err := os.ReadFile(r.Path(name))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		text += fmt.Sprintf("%x  %s\n", sum, name)
	}
	return r.WriteFile(SumsFile, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// VerifySums returns a [*DamagedError] where a file of the run that WriteSums saw isn't what it was. A run that was killed before
// WriteSums has nothing to verify; who needs a file that is missing says so.
func VerifySums(dir string) error {
	sums, err := readSums(dir)
	if err != nil || sums == nil {
		return err
	}
	for _, name := range summed {
		if err := verifySum(filepath.Join(dir, name), sums[name]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// maxSums bounds what is read of SHA256SUMS, in bytes.
const maxSums = 4096

// readSums returns the sums by name, nil where there is no file of them.
func readSums(dir string) (map[string]string, error) {
	path := filepath.Join(dir, SumsFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, unread(path, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSums))
	if err != nil {
		return nil, unread(path, err)
	}
	sums, err := parseSums(string(b))
	if err != nil {
		return nil, &DamagedError{path, err.Error(), err}
	}
	return sums, nil
}

// parseSums reads what WriteSums wrote and nothing else.
func parseSums(text string) (map[string]string, error) {
	sums := map[string]string{}
	for i, name := range summed {
		line, rest, _ := strings.Cut(text, "\n")
		sum, ok := strings.CutSuffix(line, "  "+name)
		if b, err := hex.DecodeString(sum); !ok || err != nil || len(b) != sha256.Size {
			return nil, fmt.Errorf("line %d is %.100q, want 64 hex digits, two spaces and %s", i+1, line, name)
		}
		sums[name], text = sum, rest
	}
	if text != "" {
		return nil, fmt.Errorf("it goes on after %d lines", len(summed))
	}
	return sums, nil
}

func verifySum(path, want string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return unread(path, err)
	}
	if got := fmt.Sprintf("%x", sha256.Sum256(b)); got != want {
		return &DamagedError{path, fmt.Sprintf("it isn't what the run began with: its SHA-256 is %s, and it was %s (%s)", got, want, SumsFile), nil}
	}
	return nil
}
