package fs

import (
	"errors"
	"math"
	"os"
)

// Map gives the bytes of the file at path for reading: a memory map where the platform has one, a copy elsewhere. close
// releases them; nothing may use data after it. data must not be written to. Bytes are those of the file when it was opened
// as long as it is replaced by WriteFile; a file that another program cuts short under the map faults when it is read.
// Anything but a regular file is refused.
func Map(path string) (data []byte, close func() error, err error) {
	info, err := os.Stat(path) // before it is opened: opening a pipe waits for who writes to it
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, pathError("map", path, errors.New("not a regular file"))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, nil, err
	}
	switch {
	case info.Size() > math.MaxInt:
		return nil, nil, pathError("map", path, errors.New("too large for the address space"))
	case info.Size() == 0:
		return nil, func() error { return nil }, nil
	}
	if data, close, err = mapFile(f, int(info.Size())); err != nil {
		return nil, nil, pathError("map", path, err)
	}
	return data, close, nil
}
