package train

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ingot-ml/ingot/bundle"
	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/train/events"
)

// Verdict is what VerifyRun finds of one file of a run, or of one checkpoint.
type Verdict struct {
	Name  string // in the run's folder
	Bytes int64
	Err   error // nil: it is what was written
}

// VerifyRun reads all of a run's files whose content can be checked, and of each says whether it is what was written: checkpoints,
// model files and event files have sums of their own; SHA256SUMS has those of what a run begins with; a line of the log is JSON.
// Files that it doesn't know it leaves out, and those that a live process is writing or has removed meanwhile.
func VerifyRun(dir string) ([]Verdict, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	sums, sumsErr := readSums(dir)
	var r []Verdict
	for _, e := range entries {
		name := e.Name()
		path := filepath.Join(dir, name)
		switch {
		case name == CheckpointDir:
			more, err := verifyCheckpoints(dir)
			if err != nil {
				return nil, err
			}
			r = append(r, more...)
			continue
		case name == SumsFile:
			err = sumsErr
		case sums[name] != "":
			err = verifySum(path, sums[name])
		case name == MetricsFile:
			err = verifyLog(path)
		case name == ModelFile:
			err = verifyModel(path)
		case name == BestFile, name == LastFile:
			err = bundle.VerifyWeights(path)
		case strings.HasPrefix(name, strings.TrimSuffix(EventFiles, "*")):
			err = verifyEvents(path)
		default:
			continue
		}
		if size, there := sizeOf(path); there {
			r = append(r, Verdict{name, size, err})
		}
	}
	for name := range sums {
		if _, there := sizeOf(filepath.Join(dir, name)); !there {
			r = append(r, Verdict{name, 0, fmt.Errorf("it isn't there, and %s names it", SumsFile)})
		}
	}
	return r, nil
}

func verifyCheckpoints(dir string) ([]Verdict, error) {
	all, err := ListCheckpoints(filepath.Join(dir, CheckpointDir))
	if err != nil {
		return nil, err
	}
	var r []Verdict
	for _, at := range all {
		s, err := OpenCheckpoint(at)
		if err == nil {
			err = s.Close()
		}
		if size, there := sizeOf(at); there {
			r = append(r, Verdict{filepath.Join(CheckpointDir, filepath.Base(at)), size, err})
		}
	}
	return r, nil
}

// verifyLog returns what is wrong with the first line that can't be read.
func verifyLog(path string) error {
	return readLog(path, func(_ []byte, _ *line, bad *LineError) error {
		if bad != nil {
			return bad
		}
		return nil
	})
}

func verifyModel(path string) error {
	b, err := bundle.Open(path)
	if err != nil {
		return err
	}
	return b.Close()
}

// verifyEvents reads all records. A torn last one is being written, or its writer died: resuming cuts it off.
func verifyEvents(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for r := events.NewReader(f); ; {
		switch _, err := r.Next(); {
		case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// sizeOf returns the bytes of a file, or of all files in a folder, and whether it is there.
func sizeOf(path string) (size int64, there bool) {
	err := filepath.WalkDir(path, func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := e.Info(); err == nil && !e.IsDir() {
			size += info.Size()
		}
		return nil
	})
	return size, err == nil
}

// RemoveRun removes a run's folder and returns how many bytes that frees. A run that is being trained is an error. Where "last"
// beside the run pointed at it, it points at the newest run that is left.
func RemoveRun(dir string) (int64, error) {
	r := &Run{Dir: dir}
	if err := r.acquire(); err != nil {
		return 0, err
	}
	size, _ := sizeOf(dir)
	if err := r.release(); err != nil { // Windows removes no file that is open
		return 0, err
	}
	if err := ingotfs.RemoveAll(dir); err != nil {
		return 0, err
	}
	return size, repoint(filepath.Dir(dir), filepath.Base(dir))
}

// repoint makes "last", where it points at the run that is gone, point at the newest other one.
func repoint(out, gone string) error {
	path := filepath.Join(out, Last)
	name, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && strings.TrimSpace(string(name)) != gone {
		return nil
	} else if err != nil {
		return err
	}
	runs, err := ListRuns(out)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		return ingotfs.Remove(path)
	}
	return (&Run{Dir: runs[len(runs)-1].Run}).Point()
}
