package fs

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
)

// Log is an append-only file of lines, such as metrics.jsonl. It belongs to one goroutine.
type Log struct {
	path string
	file File
	size int64  // bytes of whole lines
	torn bool   // a part of a line may be behind them
	line []byte // reused by Append
}

// OpenLog opens the log at path, or begins one. A last line without its end, left by a process that died while writing it,
// is cut off.
func OpenLog(path string) (*Log, error) {
	f, err := system.OpenLog(path)
	if err != nil {
		return nil, pathError("open", path, err)
	}
	l := &Log{path: path, file: f}
	if err := l.recover(); err != nil {
		return nil, errors.Join(pathError("open", path, err), f.Close())
	}
	return l, nil
}

// recover finds the end of the last whole line, from the back, and cuts off what is behind it.
func (l *Log) recover() error {
	info, err := l.file.Stat()
	if err != nil {
		return err
	}
	end := info.Size()
	if end == 0 { // it may be new
		return system.SyncDir(filepath.Dir(l.path))
	}
	var block [4096]byte
	for l.size = end; l.size > 0; {
		b := block[:min(int64(len(block)), l.size)]
		from := l.size - int64(len(b))
		if _, err := l.file.ReadAt(b, from); err != nil && err != io.EOF {
			return err
		}
		if i := bytes.LastIndexByte(b, '\n'); i >= 0 {
			l.size = from + int64(i) + 1
			break
		}
		l.size = from
	}
	if l.size == end {
		return nil
	}
	return l.file.Truncate(l.size)
}

// Append writes one line (given without its end) by one call to the system. A line that can't be written whole is taken
// back, so that the log still ends with a whole line. A line with a newline in it is refused.
func (l *Log) Append(line []byte) error {
	if bytes.IndexByte(line, '\n') >= 0 {
		return pathError("append", l.path, errors.New("a line of a log can't hold a newline"))
	}
	if err := l.mend(); err != nil {
		return pathError("append", l.path, err)
	}
	l.line = append(append(l.line[:0], line...), '\n')
	if _, err := l.file.Write(l.line); err != nil {
		l.torn = true
		return pathError("append", l.path, errors.Join(err, l.mend()))
	}
	l.size += int64(len(l.line))
	return nil
}

// mend cuts off the part of a line that a failed Append left.
func (l *Log) mend() error {
	if !l.torn {
		return nil
	}
	err := l.file.Truncate(l.size)
	l.torn = err != nil
	return err
}

// Sync makes what was appended durable.
func (l *Log) Sync() error {
	if err := l.file.Sync(); err != nil {
		return pathError("sync", l.path, err)
	}
	return nil
}

// Close syncs and closes the log.
func (l *Log) Close() error {
	err := l.Sync()
	if cerr := l.file.Close(); err == nil && cerr != nil {
		err = pathError("close", l.path, cerr)
	}
	return err
}
