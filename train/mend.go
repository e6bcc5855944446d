package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
)

// maxLine bounds a line of the log, in bytes: more than the metrics of any epoch.
const maxLine = 1 << 20

// LineError says what is wrong with a line of a run's log.
type LineError struct {
	File string
	Line int // from 1
	Err  error
}

// Error returns "metrics.jsonl:9: …".
func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

// readLog gives each whole line of a run's log to use, with the *LineError of one that can't be read. A last line without its end
// is being written, or its writer died: it isn't given.
func readLog(path string, use func(text []byte, l *line, bad *LineError) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, maxLine)
	for n := 1; ; n++ {
		text, err := lines.ReadSlice('\n')
		var bad *LineError
		for errors.Is(err, bufio.ErrBufferFull) {
			bad = &LineError{path, n, fmt.Errorf("a line of more than %d bytes", maxLine)}
			_, err = lines.ReadSlice('\n')
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		var l line
		if bad == nil {
			if err := json.Unmarshal(text, &l); err != nil {
				bad = &LineError{path, n, err}
			}
		}
		if err := use(text, &l, bad); err != nil {
			return err
		}
	}
}

// mendLog takes out of a run's log the lines that can't be read, and returns what was wrong with them. Lines written after the last
// checkpoint aren't yet on the disk when a machine goes down, and what it leaves of them may be anything.
func mendLog(dir string) (dropped []string, err error) {
	path := filepath.Join(dir, MetricsFile)
	err = readLog(path, func(_ []byte, _ *line, bad *LineError) error {
		if bad != nil {
			dropped = append(dropped, bad.Error())
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || dropped == nil {
		return nil, err
	}
	err = ingotfs.WriteFile(path, func(w io.Writer) error {
		return readLog(path, func(text []byte, _ *line, bad *LineError) error {
			if bad != nil {
				return nil
			}
			_, err := w.Write(text)
			return err
		})
	})
	return dropped, err
}
