package dataset

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
)

// DamagedError is a file whose bytes are not those of the data set.
type DamagedError struct {
	Path string // of the file, or its URL
	Msg  string // what was found and what was wanted
}

// Error names the file, what is wrong and what to do.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s: %s: it is damaged or not this data set's; delete or replace it", e.Path, e.Msg)
}

func (file File) readFile(path string) ([]byte, error) {
	r, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return file.read(r, path)
}

// readEmbedded reads the file of a set that is embedded, gzipped.
func (file File) readEmbedded(files fs.FS, set string) ([]byte, error) {
	r, err := files.Open(file.Name + ".gz")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return file.read(r, "embedded "+path.Join(set, file.Name))
}

// read returns the bytes that r has, plain or gzipped, if they are the file's: at most one more than they are is read.
func (file File) read(r io.Reader, path string) ([]byte, error) {
	var first [2]byte
	n, err := io.ReadFull(r, first[:])
	if err != nil && !ended(err) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r = io.MultiReader(bytes.NewReader(first[:n]), r)
	if first == [2]byte{0x1f, 0x8b} {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, &DamagedError{path, "gzip: " + err.Error()}
		}
		r = z
	}
	b := make([]byte, file.Size+1)
	n, err = io.ReadFull(r, b)
	switch b = b[:n]; {
	case err == nil:
		return nil, &DamagedError{path, fmt.Sprintf("more than %d bytes, want %d", file.Size, file.Size)}
	case !ended(err) && !corrupt(err):
		return nil, fmt.Errorf("%s: %w", path, err)
	case corrupt(err):
		return nil, &DamagedError{path, fmt.Sprintf("%v after %d of %d bytes", err, n, file.Size)}
	case int64(n) < file.Size:
		return nil, &DamagedError{path, fmt.Sprintf("ends after %d bytes, want %d", n, file.Size)}
	}
	sum := sha256.Sum256(b)
	if got := hex.EncodeToString(sum[:]); got != file.SHA256 {
		return nil, &DamagedError{path, fmt.Sprintf("SHA-256 is %s, want %s", got, file.SHA256)}
	}
	return b, nil
}

// ended reports whether err is that of a reader that has no more.
func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// corrupt reports whether err is about the compressed bytes, not about getting them.
func corrupt(err error) bool {
	var c flate.CorruptInputError
	return errors.As(err, &c) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader)
}
