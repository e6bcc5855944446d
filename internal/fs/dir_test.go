package fs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func twoFiles(d *Dir) error {
	if err := d.WriteFile("a", content("alpha")); err != nil {
		return err
	}
	return d.WriteFile("b", content("beta"))
}

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "step-1")
	s := &faulty{}
	swap(t, s)
	if err := WriteDir(path, twoFiles); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir, "step-1")
	wantFile(t, filepath.Join(path, "a"), "alpha")
	wantFile(t, filepath.Join(path, "b"), "beta")
	if s.synced != 2 || s.dirs != 2 {
		t.Errorf("synced %d files and %d folders, want 2 and 2", s.synced, s.dirs)
	}
	if err := WriteDir(path, twoFiles); !errors.Is(err, os.ErrExist) {
		t.Errorf("a path taken: %v", err)
	}
	if err := RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir)
	if err := RemoveAll(path); err != nil {
		t.Errorf("nothing there: %v", err)
	}
}

func TestWriteDirFailureLeavesNothing(t *testing.T) {
	refused := errors.New("refused by the writer")
	for name, c := range map[string]struct {
		s    faulty
		fill func(*Dir) error
		want error
	}{
		"create": {faulty{create: syscall.EACCES}, twoFiles, os.ErrPermission},
		"write":  {faulty{write: syscall.ENOSPC}, twoFiles, syscall.ENOSPC},
		"sync":   {faulty{sync: syscall.EIO}, twoFiles, syscall.EIO},
		"rename": {faulty{rename: syscall.EIO}, twoFiles, syscall.EIO},
		"caller": {faulty{}, func(d *Dir) error { return errors.Join(twoFiles(d), refused) }, refused},
		"twice":  {faulty{}, func(d *Dir) error { return errors.Join(twoFiles(d), d.WriteFile("a", content("x"))) }, os.ErrExist},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "step-1")
			swap(t, &c.s)
			err := WriteDir(path, c.fill)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want != refused && (!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp")) {
				t.Errorf("error should name %s and no temporary file: %v", path, err)
			}
			wantOnly(t, dir)
		})
	}
}

func TestWriteDirRefusesPaths(t *testing.T) {
	for _, name := range []string{"", ".", "..", "a/b", filepath.Join("..", "a")} {
		err := WriteDir(filepath.Join(t.TempDir(), "d"), func(d *Dir) error { return d.WriteFile(name, content("x")) })
		if err == nil || !strings.Contains(err.Error(), "not a file name") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestErrorNamesNoTemp: what the system itself says of a file names the temporary one.
func TestErrorNamesNoTemp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	err := WriteFile(path, func(w io.Writer) error {
		matches, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".a.*"))
		if err != nil || len(matches) != 1 || !IsTemp(filepath.Base(matches[0])) {
			t.Errorf("while it is written there are %q, %v", matches, err)
		}
		w.Write(make([]byte, 1<<17)) // past the buffer, to the file
		return os.ErrClosed
	})
	if want := "write " + path + ": " + os.ErrClosed.Error(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	f, err := OS{}.Create(filepath.Join(filepath.Dir(path), "closed"))
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	_, err = nameless{f}.Write([]byte("x"))
	for _, err := range []error{err, nameless{f}.Sync(), nameless{f}.Close()} {
		if err == nil || err.Error() != os.ErrClosed.Error() {
			t.Errorf("%v, want the cause alone", err)
		}
	}
	for _, name := range []string{"a", ".a.tmp", ".a.1.tmp", ".a.1-2", "a.1-2.tmp", "..1-2.tmp.x"} {
		if IsTemp(name) {
			t.Errorf("%s isn't a temporary name", name)
		}
	}
}
