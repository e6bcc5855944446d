// Package fs is the only package of the module that creates, writes, renames or syncs files. All of it goes through one
// small interface, System, so that a test can put faults (a full disk, a lost rename, a crash between two calls) under every
// writer at once.
//
// What it promises: after WriteFile returns nil the file is whole and on the disk under its name, and at every moment before
// that the name holds either what it held or nothing; a Log is a sequence of whole lines, whenever the process died.
package fs

import (
	"errors"
	"os"
	"path/filepath"
)

// System is what the writers ask of an operating system.
type System interface {
	// Create makes a new file for writing; it fails with os.ErrExist if the name is taken.
	Create(path string) (File, error)
	// OpenLog opens a file for reading and appending, and makes it where it is missing.
	OpenLog(path string) (File, error)
	// Lock opens a file for reading and writing, makes it where it is missing, and holds its lock until it is closed; it fails
	// with ErrLocked where that is held.
	Lock(path string) (File, error)
	// ReadDir returns the names in a folder, sorted.
	ReadDir(path string) ([]os.DirEntry, error)
	// Rename replaces newPath by oldPath in one step. A folder replaces nothing but an empty one.
	Rename(oldPath, newPath string) error
	// Remove deletes a file or an empty folder.
	Remove(path string) error
	// Mkdir makes one folder; it fails with os.ErrExist if the name is taken.
	Mkdir(path string) error
	// SyncDir makes the names in a folder durable, where the system can.
	SyncDir(path string) error
}

// File is an open file of a System. *os.File is one.
type File interface {
	Write(p []byte) (int, error)
	ReadAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
	Stat() (os.FileInfo, error)
	Sync() error
	Close() error
}

var system System = OS{}

// Swap puts another System under every writer of the process and returns the call that puts the old one back. It is for
// tests, which call it before their writers start.
func Swap(s System) (restore func()) {
	old := system
	system = s
	return func() { system = old }
}

// Mkdir makes the folder path, whose parent must exist. A name already taken is an error (os.ErrExist), so that of two runs
// that want the same folder one is told.
func Mkdir(path string) error {
	if err := system.Mkdir(path); err != nil {
		return pathError("mkdir", path, err)
	}
	if err := system.SyncDir(filepath.Dir(path)); err != nil {
		return pathError("sync", path, err)
	}
	return nil
}

// MkdirAll makes the folder path and every missing folder above it, durably: a name that a crash takes away takes with it all
// that is below.
func MkdirAll(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil
	}
	if above := filepath.Dir(path); above != path {
		if err := MkdirAll(above); err != nil {
			return err
		}
	}
	err := Mkdir(path)
	if info, serr := os.Stat(path); errors.Is(err, os.ErrExist) && serr == nil && info.IsDir() { // another was faster
		return nil
	}
	return err
}

// Remove deletes a file or an empty folder.
func Remove(path string) error { return system.Remove(path) }

// OS is the System of the machine.
type OS struct{}

// Create implements System.
func (OS) Create(path string) (File, error) {
	return open(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
}

// OpenLog implements System.
func (OS) OpenLog(path string) (File, error) {
	f, err := open(path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return nil, err
	}
	return appendOnly{f, path}, nil
}

// appendOnly is a file opened for appending. It is cut by its name: Windows gives no right to cut a file to who may only append to it.
type appendOnly struct {
	File
	path string
}

// Truncate implements File.
func (f appendOnly) Truncate(size int64) error { return os.Truncate(f.path, size) }

// Lock implements System.
func (OS) Lock(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := lockExclusive(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// ReadDir implements System.
func (OS) ReadDir(path string) ([]os.DirEntry, error) { return os.ReadDir(path) }

// Rename implements System.
func (OS) Rename(oldPath, newPath string) error { return os.Rename(oldPath, newPath) }

// Remove implements System.
func (OS) Remove(path string) error { return os.Remove(path) }

// Mkdir implements System.
func (OS) Mkdir(path string) error { return os.Mkdir(path, 0o777) }

// SyncDir implements System.
func (OS) SyncDir(path string) error { return syncDir(path) }

// open returns an untyped nil with an error: a nil *os.File in a File would not compare equal to nil.
func open(path string, flag int) (File, error) {
	f, err := os.OpenFile(path, flag, 0o666)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// pathError says op and path, and keeps the cause only.
func pathError(op, path string, err error) error {
	return &os.PathError{Op: op, Path: path, Err: cause(err)}
}

// cause is what went wrong without the path: the operating system's own error often names a temporary file that the reader
// never asked for.
func cause(err error) error {
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}
