//go:build unix

package fs

import (
	"errors"
	"os"
	"syscall"
)

// syncDir syncs the folder's entries. Some file systems (network mounts, FUSE) can't sync a folder and say EINVAL or
// ENOTSUP; there is nothing more to be done on them.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	if cerr := d.Close(); err == nil {
		err = cerr
	}
	return err
}
