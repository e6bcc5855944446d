package train

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
)

// tempAge is how old a temporary file beside the runs must be for its writer to count as dead: those files are small, and a run's
// lock doesn't tell of them.
const tempAge = time.Hour

// Garbage is a file or a folder that nothing needs.
type Garbage struct {
	Path  string
	Bytes int64
	Why   string
}

// Remove removes it.
func (g *Garbage) Remove() error { return ingotfs.RemoveAll(g.Path) }

// RunGarbage returns what is left over in a run's folder: what a process that died had under way, checkpoints that are damaged, where
// another one is whole, and whole ones beyond the newest keep (0: 3). It holds the run's lock while use looks at it, or removes
// it; a run that is being trained is an error.
func RunGarbage(dir string, keep int, use func([]Garbage) error) (err error) {
	r := &Run{Dir: dir}
	if err := r.acquire(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.release()) }()
	found, err := temps(dir, time.Now())
	if err != nil {
		return err
	}
	checkpoints := filepath.Join(dir, CheckpointDir)
	more, err := temps(checkpoints, time.Now())
	if err != nil {
		return err
	}
	old, err := spare(checkpoints, cmp.Or(keep, defaultKeep))
	if err != nil {
		return err
	}
	return use(append(append(found, more...), old...))
}

// FolderGarbage returns temporary files that a process that died left beside the runs in the folder out.
func FolderGarbage(out string) ([]Garbage, error) { return temps(out, time.Now().Add(-tempAge)) }

// temps returns the temporary files in dir that were last changed before a time.
func temps(dir string, before time.Time) ([]Garbage, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var r []Garbage
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !ingotfs.IsTemp(e.Name()) || info.ModTime().After(before) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		size, _ := sizeOf(path)
		r = append(r, Garbage{path, size, "of a process that died"})
	}
	return r, nil
}

// spare returns the checkpoints that a run can do without.
func spare(dir string, keep int) ([]Garbage, error) {
	all, err := ListCheckpoints(dir)
	if err != nil {
		return nil, err
	}
	var r []Garbage
	whole := 0
	for _, path := range all { // the newest first
		size, _ := sizeOf(path)
		err := VerifyCheckpoint(path)
		bad := (*DamagedError)(nil)
		switch {
		case errors.As(err, &bad):
			r = append(r, Garbage{path, size, "damaged: " + bad.Error()})
		case err != nil:
			return nil, err
		default:
			if whole++; whole > keep {
				r = append(r, Garbage{path, size, "older than those that are kept"})
			}
		}
	}
	if whole == 0 { // a part of a damaged one may be all that there is
		return nil, nil
	}
	return r, nil
}
