package fs

import (
	"errors"
	"io"
	"path/filepath"
)

// Records is an append-only file of records whose ends the caller knows, such as an event file. It belongs to one goroutine.
type Records struct {
	path string
	file File
	size int64 // bytes of whole records
	torn bool  // a part of one may be behind them
}

// OpenRecords opens the file at path, or begins one. whole returns how many of the file's bytes are whole records; what is
// behind them, left by a process that died while writing, is cut off.
func OpenRecords(path string, whole func(r io.ReaderAt, size int64) (int64, error)) (*Records, error) {
	f, err := system.OpenLog(path)
	if err != nil {
		return nil, pathError("open", path, err)
	}
	r := &Records{path: path, file: f}
	if err := r.recover(whole); err != nil {
		return nil, errors.Join(pathError("open", path, err), f.Close())
	}
	return r, nil
}

func (r *Records) recover(whole func(io.ReaderAt, int64) (int64, error)) error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() == 0 { // it may be new
		return system.SyncDir(filepath.Dir(r.path))
	}
	if r.size, err = whole(r.file, info.Size()); err != nil || r.size == info.Size() {
		return err
	}
	return r.file.Truncate(r.size)
}

// Append writes whole records by one call to the system. What can't be written whole is taken back.
func (r *Records) Append(records []byte) error {
	if err := r.mend(); err != nil {
		return pathError("append", r.path, err)
	}
	if _, err := r.file.Write(records); err != nil {
		r.torn = true
		return pathError("append", r.path, errors.Join(err, r.mend()))
	}
	r.size += int64(len(records))
	return nil
}

// mend cuts off the part of a record that a failed Append left.
func (r *Records) mend() error {
	if !r.torn {
		return nil
	}
	err := r.file.Truncate(r.size)
	r.torn = err != nil
	return err
}

// Close syncs and closes the file.
func (r *Records) Close() error {
	err := r.file.Sync()
	if err != nil {
		err = pathError("sync", r.path, err)
	}
	if cerr := r.file.Close(); err == nil && cerr != nil {
		err = pathError("close", r.path, cerr)
	}
	return err
}
