package events

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/internal/fs"
)

// prefix begins the names of event files; the time of the file follows, by which TensorBoard orders them.
const prefix = "events.out.tfevents."

// Writer appends events to a file. It belongs to one goroutine.
type Writer struct {
	file    *fs.Records
	pending []byte
}

// Create begins a new event file in the folder dir, of a training that goes on after so many steps: TensorBoard then drops
// what the folder's files before it say of later steps. A record that the newest of them holds only a part of is cut off.
func Create(dir string, step int64) (*Writer, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	stamp, newest := now.Unix(), ""
	for _, e := range entries { // in the order of their names
		text, ours := strings.CutPrefix(e.Name(), prefix)
		if !ours {
			continue
		}
		newest = e.Name()
		text, _, _ = strings.Cut(text, ".")
		if t, err := strconv.ParseInt(text, 10, 64); err == nil {
			stamp = max(stamp, t+1)
		}
	}
	if newest != "" {
		if err := Repair(filepath.Join(dir, newest)); err != nil {
			return nil, err
		}
	}
	w := &Writer{}
	if w.file, err = fs.OpenRecords(filepath.Join(dir, fmt.Sprintf("%s%010d.ingot", prefix, stamp)), whole); err != nil {
		return nil, err
	}
	w.Add(Event{Time: seconds(now), Version: Version})
	w.Add(Event{Time: seconds(now), Step: step, Start: true})
	return w, w.Flush()
}

// Repair cuts off a torn record at a file's end.
func Repair(path string) error {
	f, err := fs.OpenRecords(path, whole)
	if err != nil {
		return err
	}
	return f.Close()
}

// Add takes an event for the next Flush; where it has no Time, it gets now's.
func (w *Writer) Add(e Event) {
	if e.Time == 0 {
		e.Time = seconds(time.Now())
	}
	w.pending = appendRecord(w.pending, e.encode())
}

// Flush writes what was added, in one piece. After an error it is still to be written.
func (w *Writer) Flush() error {
	if len(w.pending) == 0 {
		return nil
	}
	if err := w.file.Append(w.pending); err != nil {
		return err
	}
	w.pending = w.pending[:0]
	return nil
}

// Close flushes, syncs and closes the file.
func (w *Writer) Close() error { return errors.Join(w.Flush(), w.file.Close()) }

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }
