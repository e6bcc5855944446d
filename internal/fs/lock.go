package fs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"
)

// ErrLocked is the cause of the error of Lock where another holds the lock.
var ErrLocked = errors.New("locked")

// A reader that asks who holds a lock has it for a moment itself: Lock tries again before it says that another has it.
const (
	lockTries = 6
	lockPause = 10 * time.Millisecond
)

// maxHolder bounds what is read of a lock's file, in bytes.
const maxHolder = 4096

// Holder is the process that holds a lock. The zero Holder is one that hasn't said who it is.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Begun time.Time `json:"begun"` // when it took the lock
}

// String returns "process 4711 on box, since 2026-11-25 18:40:00".
func (h Holder) String() string {
	if h == (Holder{}) {
		return "another process"
	}
	host := h.Host
	if strconv.Quote(host) != `"`+host+`"` {
		host = strconv.Quote(host)
	}
	return fmt.Sprintf("process %d on %s, since %s", h.PID, host, h.Begun.Local().Format(time.DateTime))
}

// LockedError says who holds a lock. It wraps ErrLocked.
type LockedError struct {
	Path   string
	Holder Holder
}

// Error names the file and the holder.
func (e *LockedError) Error() string { return fmt.Sprintf("%s is held by %v", e.Path, e.Holder) }

// Unwrap returns ErrLocked.
func (e *LockedError) Unwrap() error { return ErrLocked }

// LockFile is a lock that is held.
type LockFile struct {
	path string
	file File
}

// Lock takes the lock at path, a file that it makes where there is none, and writes into it who holds it. The operating
// system gives the lock back when the process ends, in whatever way: a dead process holds none, and the file alone means
// nothing. A lock held elsewhere, or by this process, is a *LockedError; a system or file system without locks is an error
// that wraps errors.ErrUnsupported.
func Lock(path string) (*LockFile, error) {
	var f File
	var err error
	for try := range lockTries {
		if try > 0 {
			time.Sleep(lockPause)
		}
		if f, err = system.Lock(path); !errors.Is(err, ErrLocked) {
			break
		}
	}
	if errors.Is(err, ErrLocked) {
		return nil, &LockedError{path, readHolder(path)}
	} else if err != nil {
		return nil, pathError("lock", path, err)
	}
	if err := sign(f); err != nil {
		return nil, pathError("lock", path, errors.Join(err, f.Close()))
	}
	return &LockFile{path, f}, nil
}

// sign writes into a lock's file who holds it.
func sign(f File) error {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	b, err := json.Marshal(Holder{os.Getpid(), host, time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return err
}

// Unlock gives the lock back. Its file stays, empty: a file removed could be one that another process is about to lock.
func (l *LockFile) Unlock() error {
	err := l.file.Truncate(0)
	if err = errors.Join(err, l.file.Close()); err != nil {
		return pathError("unlock", l.path, err)
	}
	return nil
}

// LockedBy returns who holds the lock at path, or nil where nobody does. It changes nothing.
func LockedBy(path string) (*Holder, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close() // which gives back what was taken
	switch err := lockShared(f); {
	case errors.Is(err, ErrLocked):
		h := readHolder(path)
		return &h, nil
	case err != nil:
		return nil, pathError("lock", path, err)
	}
	return nil, nil
}

// readHolder reads what a holder wrote; what isn't that is a Holder that hasn't said who it is.
func readHolder(path string) Holder {
	f, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxHolder))
	if err != nil {
		return Holder{}
	}
	return parseHolder(b)
}

func parseHolder(b []byte) Holder {
	var h Holder
	if err := json.Unmarshal(b, &h); err != nil || h.PID < 1 || h.Host == "" || h.Begun.IsZero() {
		return Holder{}
	}
	return h
}
