package fs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/internal/fs/fault"
)

// text is several blocks and buffers long.
func text(word string) string { return strings.Repeat(word, 150_000/len(word)) }

func put(s string) func(io.Writer) error {
	return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
}

// wantOneOf reads a file and wants one of the contents; "" stands for no file.
func wantOneOf(path string, contents ...string) error {
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, c := range contents {
		if string(b) == c && (err == nil) == (c != "") {
			return nil
		}
	}
	return fmt.Errorf("%s holds %d bytes, %.20q (%v), of none of the contents there were", filepath.Base(path), len(b), b, err)
}

func TestFaultsWriteFile(t *testing.T) {
	old, new := text("old "), text("new, ")
	fault.Run(t, fault.Writer{
		Before: func(dir string) error { return os.WriteFile(filepath.Join(dir, "a"), []byte(old), 0o666) },
		Write:  func(dir string) error { return fs.WriteFile(filepath.Join(dir, "a"), put(new)) },
		Check: func(dir string, o fault.Outcome) error {
			if o.Done {
				return wantOneOf(filepath.Join(dir, "a"), new)
			}
			return wantOneOf(filepath.Join(dir, "a"), old, new)
		},
	})
}

func TestFaultsMkdirAll(t *testing.T) {
	fault.Run(t, fault.Writer{
		Write: func(dir string) error {
			if err := fs.MkdirAll(filepath.Join(dir, "a", "b", "c")); err != nil {
				return err
			}
			return fs.WriteFile(filepath.Join(dir, "a", "b", "c", "d"), put("x"))
		},
		Check: func(dir string, o fault.Outcome) error {
			if o.Done {
				return wantOneOf(filepath.Join(dir, "a", "b", "c", "d"), "x")
			}
			return wantOneOf(filepath.Join(dir, "a", "b", "c", "d"), "x", "")
		},
	})
}

// TestFaultsWriteDir: a folder is there with all of its files, or not at all.
func TestFaultsWriteDir(t *testing.T) {
	a, b := text("alpha"), text("beta")
	fault.Run(t, fault.Writer{
		Write: func(dir string) error {
			return fs.WriteDir(filepath.Join(dir, "d"), func(d *fs.Dir) error {
				return errors.Join(d.WriteFile("a", put(a)), d.WriteFile("b", put(b)))
			})
		},
		Check: func(dir string, o fault.Outcome) error { return wholeFolder(filepath.Join(dir, "d"), a, b, o.Done) },
	})
}

func wholeFolder(path, a, b string, must bool) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) && !must {
		return nil
	}
	return errors.Join(wantOneOf(filepath.Join(path, "a"), a), wantOneOf(filepath.Join(path, "b"), b))
}

// TestFaultsRemoveAll: a folder is there with all of its files, or not at all.
func TestFaultsRemoveAll(t *testing.T) {
	a, b := text("alpha"), text("beta")
	fault.Run(t, fault.Writer{
		Before: func(dir string) error {
			d := filepath.Join(dir, "d")
			return errors.Join(os.Mkdir(d, 0o777), os.WriteFile(filepath.Join(d, "a"), []byte(a), 0o666), os.WriteFile(filepath.Join(d, "b"), []byte(b), 0o666))
		},
		Write: func(dir string) error { return fs.RemoveAll(filepath.Join(dir, "d")) },
		Check: func(dir string, o fault.Outcome) error {
			d := filepath.Join(dir, "d")
			if _, err := os.Stat(d); err == nil && o.Done {
				return errors.New("removed, and there")
			}
			return wholeFolder(d, a, b, false)
		},
	})
}

// TestFaultsLog: synced lines are there, in their order; of those that weren't synced, what is left after opening the log again
// is whole lines, but a crash may leave junk in them: who reads a log checks its lines.
func TestFaultsLog(t *testing.T) {
	line := func(i int) string { return fmt.Sprintf("line %d %s", i, strings.Repeat("x", 300*i)) }
	fault.Run(t, fault.Writer{
		Before: func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "log"), []byte("line 0 \nline 1 torn"), 0o666)
		},
		Write: func(dir string) error {
			l, err := fs.OpenLog(filepath.Join(dir, "log"))
			if err != nil {
				return err
			}
			for i := 1; i <= 6; i++ {
				err = errors.Join(err, l.Append([]byte(line(i))))
				if i == 3 {
					err = errors.Join(err, l.Sync())
				}
			}
			return errors.Join(err, l.Close())
		},
		Check: func(dir string, o fault.Outcome) error {
			path := filepath.Join(dir, "log")
			l, err := fs.OpenLog(path)
			if err == nil {
				err = l.Close()
			}
			if err != nil {
				return err
			}
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			lines := strings.SplitAfter(string(b), "\n")
			if lines[len(lines)-1] != "" {
				return fmt.Errorf("the log ends in %.20q", lines[len(lines)-1])
			}
			lines = lines[:len(lines)-1]
			if lines[0] != "line 0 \n" {
				return fmt.Errorf("what was there before is %.20q", lines[0])
			}
			at := 1
			for _, got := range lines[1:] {
				for at <= 6 && got != line(at)+"\n" {
					at++
				}
				if at > 6 && !o.Crashed {
					return fmt.Errorf("a line that wasn't appended, or not then: %.20q", got)
				}
			}
			if o.Done && len(lines) != 7 {
				return fmt.Errorf("%d lines of 7", len(lines))
			}
			return nil
		},
	})
}

// TestFaultsRecords is TestFaultsLog for records that bear their length.
func TestFaultsRecords(t *testing.T) {
	whole := func(r io.ReaderAt, size int64) (int64, error) { return size - size%100, nil }
	record := func(i int) []byte { return bytes.Repeat([]byte{byte('0' + i)}, 100) }
	fault.Run(t, fault.Writer{
		Before: func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "r"), append(record(0), record(9)[:7]...), 0o666)
		},
		Write: func(dir string) error {
			r, err := fs.OpenRecords(filepath.Join(dir, "r"), whole)
			if err != nil {
				return err
			}
			for i := 1; i <= 4; i++ {
				err = errors.Join(err, r.Append(record(i)))
			}
			return errors.Join(err, r.Close())
		},
		Check: func(dir string, o fault.Outcome) error {
			path := filepath.Join(dir, "r")
			r, err := fs.OpenRecords(path, whole)
			if err == nil {
				err = r.Close()
			}
			if err != nil {
				return err
			}
			b, err := os.ReadFile(path)
			switch {
			case err != nil:
				return err
			case len(b)%100 != 0 || !bytes.HasPrefix(b, record(0)):
				return fmt.Errorf("%d bytes, beginning with %q", len(b), b[:1])
			case o.Done && len(b) != 500:
				return fmt.Errorf("%d bytes of 500", len(b))
			}
			for i := 100; i < len(b) && !o.Crashed; i += 100 {
				if !bytes.Equal(b[i:i+100], bytes.Repeat(b[i:i+1], 100)) || b[i] <= b[i-100] {
					return fmt.Errorf("record %d isn't one that was appended then", i/100)
				}
			}
			return nil
		},
	})
}

// TestFaultsLock: a lock is taken or there is an error, and after any end it can be taken.
func TestFaultsLock(t *testing.T) {
	fault.Run(t, fault.Writer{
		Write: func(dir string) error {
			l, err := fs.Lock(filepath.Join(dir, "lock"))
			if err != nil {
				return err
			}
			return l.Unlock()
		},
		Check: func(dir string, o fault.Outcome) error {
			l, err := fs.Lock(filepath.Join(dir, "lock"))
			if err != nil {
				return err
			}
			return l.Unlock()
		},
	})
}
