package fs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// faulty fails the calls it is told to, and counts the syncs.
type faulty struct {
	OS
	create, write, sync, rename error
	synced, dirs                int
}

func (s *faulty) Create(path string) (File, error) {
	if s.create != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: s.create}
	}
	f, err := s.OS.Create(path)
	return faultyFile{f, s}, err
}

func (s *faulty) OpenLog(path string) (File, error) {
	f, err := s.OS.OpenLog(path)
	return faultyFile{f, s}, err
}

func (s *faulty) Rename(a, b string) error {
	if s.rename != nil {
		return &os.LinkError{Op: "rename", Old: a, New: b, Err: s.rename}
	}
	return s.OS.Rename(a, b)
}

func (s *faulty) SyncDir(path string) error { s.dirs++; return s.OS.SyncDir(path) }

type faultyFile struct {
	File
	s *faulty
}

// Write under a fault writes half: a full disk does.
func (f faultyFile) Write(p []byte) (int, error) {
	if f.s.write != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, f.s.write
	}
	return f.File.Write(p)
}

func (f faultyFile) Sync() error {
	f.s.synced++
	if f.s.sync != nil {
		return f.s.sync
	}
	return f.File.Sync()
}

func swap(t *testing.T, s System) {
	t.Helper()
	t.Cleanup(Swap(s))
}

func content(text string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Fatalf("%s holds %q, %v; want %q", filepath.Base(path), got, err, want)
	}
}

func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Fatalf("folder holds %q, want %q", got, names)
	}
}

func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	s := &faulty{}
	swap(t, s)
	for _, text := range []string{"first", "the second, longer", ""} {
		if err := WriteFile(path, content(text)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, text)
	}
	if s.synced != 3 || s.dirs != 3 {
		t.Errorf("3 writes synced %d files and %d folders", s.synced, s.dirs)
	}
	wantOnly(t, dir, "model")
}

func TestWriteFileFailureLeavesOldFile(t *testing.T) {
	refused := errors.New("refused by the writer")
	cases := map[string]struct {
		s     faulty
		write func(io.Writer) error
		want  error
	}{
		"create": {faulty{create: syscall.EACCES}, content("new"), os.ErrPermission},
		"write":  {faulty{write: syscall.ENOSPC}, content("new"), syscall.ENOSPC},
		"sync":   {faulty{sync: syscall.EIO}, content("new"), syscall.EIO},
		"rename": {faulty{rename: syscall.EIO}, content("new"), syscall.EIO},
		"caller": {faulty{}, func(w io.Writer) error { io.WriteString(w, "half"); return refused }, refused},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "model")
			if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			swap(t, &c.s)
			err := WriteFile(path, c.write)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), ".tmp") {
				t.Errorf("error should name %s and no temporary file: %v", path, err)
			}
			wantFile(t, path, "old")
			wantOnly(t, dir, "model")
		})
	}
}

func TestWriteFilePanicLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model")
	if err := WriteFile(path, content("old")); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() != "the writer's" {
				t.Error("the panic didn't go through")
			}
		}()
		WriteFile(path, func(w io.Writer) error { io.WriteString(w, "half"); panic("the writer's") })
	}()
	wantFile(t, path, "old")
	wantOnly(t, dir, "model")
}

func TestWriteFileTempNameTaken(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	err := WriteFile(path, func(w io.Writer) error { // a second writer while the first is at work
		if err := WriteFile(path, content("inner")); err != nil {
			return err
		}
		return content("outer")(w)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "outer")
	wantOnly(t, dir, "a")
}

func TestWriteFileBadPath(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir + string(filepath.Separator), filepath.Join(dir, "missing", "a")} {
		if err := WriteFile(path, content("x")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("WriteFile(%q) = %v", path, err)
		}
	}
}

func TestMkdir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := Mkdir(dir); err != nil {
		t.Fatal(err)
	}
	if err := Mkdir(dir); !errors.Is(err, os.ErrExist) {
		t.Errorf("second Mkdir: %v, want os.ErrExist", err)
	}
	deep := filepath.Join(dir, "a", "b")
	for range 2 {
		if err := MkdirAll(deep); err != nil {
			t.Fatal(err)
		}
	}
	if err := Remove(deep); err != nil {
		t.Fatal(err)
	}
}

func TestLogCutsTornLine(t *testing.T) {
	long := strings.Repeat("x", 10000)
	for _, c := range []struct{ before, want string }{
		{"", "new\n"},
		{"one\n", "one\nnew\n"},
		{"one\ntw", "one\nnew\n"},
		{"torn", "new\n"},
		{"one\n" + long, "one\nnew\n"},
		{long, "new\n"},
		{long + "\ntorn", long + "\nnew\n"},
	} {
		path := filepath.Join(t.TempDir(), "metrics.jsonl")
		if err := os.WriteFile(path, []byte(c.before), 0o666); err != nil {
			t.Fatal(err)
		}
		l, err := OpenLog(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Append([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		wantFile(t, path, c.want)
	}
}

func TestLogFailedAppendIsTakenBack(t *testing.T) {
	s := &faulty{}
	swap(t, s)
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append([]byte("one")); err != nil {
		t.Fatal(err)
	}
	s.write = syscall.ENOSPC
	if err := l.Append([]byte("two, which does not fit")); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("got %v, want ENOSPC", err)
	}
	wantFile(t, path, "one\n")
	s.write = nil
	if err := l.Append([]byte("three")); err != nil {
		t.Fatal(err)
	}
	if err := l.Append([]byte("a\nb")); err == nil {
		t.Error("a newline in a line was taken")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "one\nthree\n")
}

func TestLogAppendAllocates0(t *testing.T) {
	l, err := OpenLog(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	line := []byte(`{"step":1}`)
	if n := testing.AllocsPerRun(100, func() { l.Append(line) }); n != 0 {
		t.Errorf("Append allocates %v times", n)
	}
}

func TestMap(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	for _, want := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("page "), 10000)} {
		if err := os.WriteFile(path, want, 0o666); err != nil {
			t.Fatal(err)
		}
		data, release, err := Map(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("mapped %d bytes, want %d", len(data), len(want))
		}
		if err := release(); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := Map(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, _, err := Map(dir); err == nil {
		t.Error("a folder was mapped")
	}
}

// A map keeps what it showed when WriteFile replaces the file: the old one lives until it is unmapped.
func TestMapSurvivesReplacement(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := WriteFile(path, content("old")); err != nil {
		t.Fatal(err)
	}
	data, release, err := Map(path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := WriteFile(path, content("new")); err != nil {
		t.Skip("this system can't replace a mapped file:", err)
	}
	if string(data) != "old" {
		t.Errorf("the map now shows %q", data)
	}
}
