package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/safetensors"
)

var zeros = strings.Repeat("0", 2*sha256.Size)

// writeSealed writes a safetensors file whose metadata, m, gets the SHA-256 of the whole file, taken with its digits as zeros. It
// writes the file twice: once into the hash.
func writeSealed(w io.Writer, m map[string]string, weights []safetensors.Entry) error {
	hash := sha256.New()
	m[keySHA256] = zeros
	if err := safetensors.Write(hash, m, weights); err != nil {
		return err
	}
	m[keySHA256] = hex.EncodeToString(hash.Sum(nil))
	return safetensors.Write(w, m, weights)
}

// checkSeal returns the SHA-256 that a sealed file says it has, or how it is damaged. m is its metadata.
func checkSeal(content []byte, m map[string]string) (string, error) {
	want := m[keySHA256]
	if _, err := hex.DecodeString(want); err != nil || len(want) != len(zeros) {
		return "", fmt.Errorf("its %s is %q, want %d hex digits", keySHA256, want, len(zeros))
	}
	at := bytes.Index(content, []byte(want))
	if at < 0 {
		return "", fmt.Errorf("its %s isn't written as plain digits", keySHA256)
	}
	hash := sha256.New()
	hash.Write(content[:at])
	io.WriteString(hash, zeros)
	hash.Write(content[at+len(zeros):])
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return "", fmt.Errorf("the file is damaged: its SHA-256 is %s, and it says %s", got, want)
	}
	return want, nil
}

// WriteWeights writes weights alone, a safetensors file for PyTorch and others, with the SHA-256 of the whole file in its metadata.
func WriteWeights(w io.Writer, weights []safetensors.Entry) error {
	return writeSealed(w, map[string]string{"format": "pt"}, weights)
}

// VerifyWeights reads all of the file of weights at path and returns an [*Error] where a byte of it isn't what WriteWeights wrote.
func VerifyWeights(path string) error {
	content, close, err := fs.Map(path)
	if err != nil {
		return err
	}
	defer close()
	f, err := safetensors.Parse(content)
	if err == nil {
		_, err = checkSeal(content, f.Metadata())
	}
	if err != nil {
		return &Error{path, err.Error(), err}
	}
	return nil
}
