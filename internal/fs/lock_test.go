package fs

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the other process of TestLockOfDeadProcess.
func TestMain(m *testing.M) {
	path := os.Getenv("INGOT_TEST_HOLD")
	if path == "" {
		os.Exit(m.Run())
	}
	if _, err := Lock(path); err != nil {
		os.Stdout.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Stdout.WriteString("held\n")
	time.Sleep(time.Minute)
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	if h, err := LockedBy(path); h != nil || err != nil {
		t.Fatalf("no file is held by %v, %v", h, err)
	}
	l, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	h, err := LockedBy(path)
	if err != nil || h == nil || h.PID != os.Getpid() || h.Host == "" || time.Since(h.Begun) > time.Minute {
		t.Fatalf("held by %+v, %v; want this process", h, err)
	}
	_, err = Lock(path)
	var held *LockedError
	if !errors.As(err, &held) || !errors.Is(err, ErrLocked) || held.Holder.PID != os.Getpid() || !strings.Contains(err.Error(), path+" is held by process ") {
		t.Fatalf("the second lock: %v", err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, "")
	if h, err := LockedBy(path); h != nil || err != nil {
		t.Fatalf("given back, and held by %v, %v", h, err)
	}
	if l, err = Lock(path); err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(filepath.Join(path, "x")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("a lock that can't be opened: %v", err)
	}
}

// TestLockOfDeadProcess: a process that is killed holds its lock no longer, though its file stays and names it.
func TestLockOfDeadProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "INGOT_TEST_HOLD="+path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	var held *LockedError
	if _, err := Lock(path); !errors.As(err, &held) || held.Holder.PID != c.Process.Pid {
		t.Errorf("held by process %d: %v", c.Process.Pid, err)
	}
	c.Process.Kill()
	c.Wait()
	if h := readHolder(path); h.PID != c.Process.Pid {
		t.Errorf("the file names %v", h)
	}
	if h, err := LockedBy(path); h != nil || err != nil {
		t.Errorf("held by %v, %v", h, err)
	}
	l, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
}

func TestHolderText(t *testing.T) {
	if got := (Holder{}).String(); got != "another process" {
		t.Error(got)
	}
	h := Holder{7, "box\n\x1b[31m", time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)}
	if got, want := h.String(), `process 7 on "box\n\x1b[31m", since 2026-01-02 03:04:05`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// FuzzLock: whatever is in a lock's file, it can be taken and given back, and what is said of its holder is one plain line.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"pid":4711,"host":"box","begun":"2026-11-25T18:40:00Z"}` + "\n"))
	f.Add([]byte(`{"pid":-1,"host":"a\nb"}`))
	f.Add([]byte("\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if text := parseHolder(b).String(); strings.ContainsAny(text, "\n\r\x1b\x00") {
			t.Errorf("%q isn't a plain line", text)
		}
		path := filepath.Join(t.TempDir(), "lock")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		l, err := Lock(path)
		if err != nil {
			t.Fatal(err)
		}
		if h := readHolder(path); h.PID != os.Getpid() {
			t.Errorf("held by %v", h)
		}
		if err := l.Unlock(); err != nil {
			t.Error(err)
		}
	})
}
