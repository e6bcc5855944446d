//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly || windows)

package fs

import (
	"errors"
	"os"
)

func lockExclusive(*os.File) error { return errors.ErrUnsupported }

func lockShared(*os.File) error { return errors.ErrUnsupported }
