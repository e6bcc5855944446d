package fs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// maxTempNames bounds the search for a free temporary name. Names are taken only by writers alive at the same time and by
// processes that died with the same process number.
const maxTempNames = 1000

// WriteFile replaces the file path by what write puts out: into a temporary file in the same folder, synced, renamed, and
// the folder synced. If write or the system fails, path is as it was and the temporary file is gone, unless the error is of the
// last sync: then path holds the new file, and after a crash one of the two. The error names path. The writer given to write is
// buffered and dies with the call.
func WriteFile(path string, write func(w io.Writer) error) (err error) {
	f, temp, err := createTemp(path)
	if err != nil {
		return pathError("write", path, err)
	}
	placed := false
	defer func() { // after a panic of write, too
		if !placed {
			err = errors.Join(err, system.Remove(temp))
		}
	}()
	if err := fill(f, write); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := system.Rename(temp, path); err != nil {
		return pathError("write", path, err)
	}
	placed = true
	if err := system.SyncDir(filepath.Dir(path)); err != nil {
		return pathError("sync", path, err)
	}
	return nil
}

// fill writes, syncs and closes f.
func fill(f File, write func(w io.Writer) error) (err error) {
	f = nameless{f}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	b := bufio.NewWriterSize(f, 1<<16)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// nameless is a File whose errors don't name it: it has a temporary name, which the reader never asked for.
type nameless struct{ File }

func (f nameless) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	return n, cause(err)
}

func (f nameless) Sync() error { return cause(f.File.Sync()) }

func (f nameless) Close() error { return cause(f.File.Close()) }

// createTemp makes .NAME.PID-n.tmp beside path, for the first free n.
func createTemp(path string) (f File, temp string, err error) {
	for n := range maxTempNames {
		if temp, err = tempName(path, n); err != nil {
			return nil, "", err
		}
		if f, err = system.Create(temp); !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return f, temp, err
}

// tempName returns the n-th temporary name beside path.
func tempName(path string, n int) (string, error) {
	dir, name := filepath.Split(path)
	if name == "" {
		return "", errors.New("not a file name")
	}
	return filepath.Join(dir, fmt.Sprintf(".%s.%d-%d.tmp", name, os.Getpid(), n)), nil
}

// tempPattern is what the names of tempName look like.
var tempPattern = regexp.MustCompile(`^\..+\.[0-9]+-[0-9]+\.tmp$`)

// IsTemp reports whether name is that of a file or folder that WriteFile, WriteDir or RemoveAll had under way. Where no such
// call is running, its process died.
func IsTemp(name string) bool { return tempPattern.MatchString(name) }
