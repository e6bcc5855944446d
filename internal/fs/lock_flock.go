//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fs

import (
	"errors"
	"os"
	"syscall"
)

// lockExclusive takes f's lock, which lasts until f is closed or the process ends.
func lockExclusive(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// lockShared fails with ErrLocked where another holds f's lock, and else keeps others from taking it until f is closed.
func lockShared(f *os.File) error { return flock(f, syscall.LOCK_SH) }

func flock(f *os.File, how int) error {
	for {
		switch err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); {
		case err == syscall.EINTR:
		case err == syscall.EWOULDBLOCK:
			return ErrLocked
		case err == syscall.ENOLCK, err == syscall.EINVAL: // what file systems without locks say beside ENOSYS and ENOTSUP
			return errors.Join(err, errors.ErrUnsupported)
		default:
			return err
		}
	}
}
