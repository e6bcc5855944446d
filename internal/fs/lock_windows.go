package fs

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockAt is the place of the byte that is locked: behind anything written, since Windows lets nobody else read what is locked.
const lockAt = 1 << 30

// lockExclusive takes f's lock, which lasts until f is closed or the process ends.
func lockExclusive(f *os.File) error { return lockByte(f, windows.LOCKFILE_EXCLUSIVE_LOCK) }

// lockShared fails with ErrLocked where another holds f's lock, and else keeps others from taking it until f is closed.
func lockShared(f *os.File) error { return lockByte(f, 0) }

func lockByte(f *os.File, flags uint32) error {
	at := windows.Overlapped{OffsetHigh: lockAt}
	err := windows.LockFileEx(windows.Handle(f.Fd()), flags|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return ErrLocked
	}
	return err
}
