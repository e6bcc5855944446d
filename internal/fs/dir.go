package fs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Dir is a folder that WriteDir is making. Several goroutines may write its files.
type Dir struct {
	path string // the temporary folder's
	name string // the path that it will have, for errors
}

// WriteFile makes the file name in the folder: written, synced and closed. A name is taken once.
func (d *Dir) WriteFile(name string, write func(w io.Writer) error) error {
	final := filepath.Join(d.name, name)
	if name != filepath.Base(name) || name == "." || name == ".." {
		return pathError("write", final, errors.New("not a file name"))
	}
	f, err := system.Create(filepath.Join(d.path, name))
	if err != nil {
		return pathError("write", final, err)
	}
	if err := fill(f, write); err != nil {
		return fmt.Errorf("write %s: %w", final, err)
	}
	return nil
}

// WriteDir makes the folder path out of the files that fill writes: in a temporary folder beside it, whose files and names are
// synced before it is renamed, and then the folder above. A path already taken is an error (os.ErrExist). If fill or the system
// fails, path isn't there and the temporary folder is gone, unless the error is of the last sync: then path is whole, and after
// a crash whole or not there, as after a crash at any other moment.
func WriteDir(path string, fill func(d *Dir) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return pathError("make", path, os.ErrExist)
	}
	temp, err := mkdirTemp(path)
	if err != nil {
		return pathError("make", path, err)
	}
	placed := false
	defer func() { // after a panic of fill, too
		if !placed {
			err = errors.Join(err, removeTree(temp))
		}
	}()
	if err := fill(&Dir{temp, path}); err != nil {
		return err
	}
	if err := system.SyncDir(temp); err != nil {
		return pathError("sync", path, err)
	}
	if err := system.Rename(temp, path); err != nil {
		return pathError("make", path, err)
	}
	placed = true
	if err := system.SyncDir(filepath.Dir(path)); err != nil {
		return pathError("sync", path, err)
	}
	return nil
}

// RemoveAll deletes a file, or a folder with all that is in it; one that isn't there is fine. It takes the name away first, and
// durably: at no moment, also after a crash, does path name a folder of which a part is deleted.
func RemoveAll(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return pathError("remove", path, err)
	case !info.IsDir():
		return system.Remove(path)
	}
	temp, err := freeTemp(path)
	if err != nil {
		return pathError("remove", path, err)
	}
	if err := system.Rename(path, temp); err != nil {
		return pathError("remove", path, err)
	}
	if err := system.SyncDir(filepath.Dir(path)); err != nil {
		return pathError("remove", path, err)
	}
	return removeTree(temp)
}

// removeTree deletes a folder from its leaves up. It follows no link.
func removeTree(path string) error {
	entries, err := system.ReadDir(path)
	if err != nil {
		return pathError("remove", path, err)
	}
	for _, e := range entries {
		at := filepath.Join(path, e.Name())
		if e.IsDir() {
			err = removeTree(at)
		} else {
			err = system.Remove(at)
		}
		if err != nil {
			return err
		}
	}
	return system.Remove(path)
}

// mkdirTemp makes the folder .NAME.PID-n.tmp beside path, for the first free n.
func mkdirTemp(path string) (temp string, err error) {
	for n := range maxTempNames {
		if temp, err = tempName(path, n); err != nil {
			return "", err
		}
		if err = system.Mkdir(temp); !errors.Is(err, os.ErrExist) {
			break
		}
	}
	return temp, err
}

// freeTemp returns the first temporary name beside path that nothing has.
func freeTemp(path string) (string, error) {
	for n := range maxTempNames {
		temp, err := tempName(path, n)
		if err != nil {
			return "", err
		}
		if _, err := os.Lstat(temp); errors.Is(err, os.ErrNotExist) {
			return temp, nil
		}
	}
	return "", os.ErrExist
}
