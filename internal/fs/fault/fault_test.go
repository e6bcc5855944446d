package fault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs"
)

// found runs a writer that is wrong in one way and reports what Run finds. It looks at all crashes of the writer.
func found(t *testing.T, w Writer) (messages []string) {
	t.Helper()
	check := w.Check
	w.Check = func(dir string, o Outcome) error {
		if err := check(dir, o); err != nil {
			messages = append(messages, err.Error())
		}
		return nil
	}
	Run(t, w)
	return messages
}

// oldOrNew wants the file "a" to hold old or new, and new where the writer is done.
func oldOrNew(old, new string) func(dir string, o Outcome) error {
	return func(dir string, o Outcome) error {
		b, err := os.ReadFile(filepath.Join(dir, "a"))
		switch got := string(b); {
		case err != nil:
			return err
		case got == new, got == old && !o.Done:
			return nil
		case got == old:
			return errors.New("the old content after the new was promised")
		default:
			return fmt.Errorf("neither: %.20q", got)
		}
	}
}

func create(disk fs.System, path, text string) (err error) {
	f, err := disk.Create(path)
	if err != nil {
		return err
	}
	_, err = f.Write([]byte(text))
	return errors.Join(err, f.Close())
}

// TestFindsWhatIsWrong holds Run to writers that are wrong: each is found.
func TestFindsWhatIsWrong(t *testing.T) {
	old, long := strings.Repeat("old ", 500), strings.Repeat("new ", 700)
	before := func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte(old), 0o666) }
	var disk fs.System // the Disk of the try
	for name, c := range map[string]struct {
		write func(dir string) error
		want  string
	}{
		"in place": {func(dir string) error {
			if err := disk.Remove(filepath.Join(dir, "a")); err != nil {
				return err
			}
			return create(disk, filepath.Join(dir, "a"), long)
		}, "no such file"},
		"no sync": {func(dir string) error {
			if err := create(disk, filepath.Join(dir, "b"), long); err != nil {
				return err
			}
			if err := disk.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a")); err != nil {
				return err
			}
			return disk.SyncDir(dir)
		}, "neither"},
		"no sync of the folder": {func(dir string) error {
			f, err := disk.Create(filepath.Join(dir, "b"))
			if err != nil {
				return err
			}
			_, err = f.Write([]byte(long))
			if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
				return err
			}
			return disk.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a"))
		}, "the old content"},
		"errors ignored": {func(dir string) error {
			create(disk, filepath.Join(dir, "b"), long)
			disk.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a"))
			return nil
		}, "the old content"},
	} {
		t.Run(name, func(t *testing.T) {
			w := Writer{Before: before, Write: c.write, on: func(d *Disk) { disk = d }, Check: oldOrNew(old, long), Tries: 1000}
			if got := strings.Join(found(t, w), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("found %.300q, want %q", got, c.want)
			}
		})
	}
}

// TestModelIsTheFolder holds the model to a disk that loses nothing: what it says all survived as is what the real folder has.
func TestModelIsTheFolder(t *testing.T) {
	var disk fs.System
	w := Writer{base: t.TempDir(), on: func(d *Disk) { disk = d }, Write: func(dir string) error {
		path := func(name string) string { return filepath.Join(dir, name) }
		write := func(name, text string) error { return create(disk, path(name), text) }
		log, err := fs.OpenLog(path("log"))
		if err != nil {
			return err
		}
		return errors.Join(write("a", "alpha"), log.Append([]byte("one")), fs.MkdirAll(path("d/e")), write("d/e/b", "beta"), log.Append([]byte("two")), log.Close(),
			disk.Rename(path("a"), path("c")), write("a", "again"), disk.Remove(path("c")), fs.RemoveAll(path("d")))
	}}
	dir, journal, err := w.try(t, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	m := &model{newFolder(), map[int]*handle{}}
	if err := m.replay(journal); err != nil {
		t.Fatal(err)
	}
	replayed := t.TempDir()
	if err := (survivors{names: kept, data: kept}).write(m.root, replayed); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "log"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		got, err2 := os.ReadFile(filepath.Join(replayed, name))
		if err != nil || err2 != nil || string(got) != string(want) {
			t.Errorf("%s: %q, %v; the folder has %q, %v", name, got, err2, want, err)
		}
	}
	if a, b := tree(replayed), tree(dir); strings.Count(a, "\n") != 2 || strings.Count(b, "\n") != 2 {
		t.Errorf("the model has%s\nand the folder%s", a, b)
	}
}
