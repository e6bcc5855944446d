package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Summary is what a run's folder tells of it.
type Summary struct {
	Run     string    `json:"run"` // path of the folder
	Begun   time.Time `json:"begun"`
	State   string    `json:"state"` // "done", "interrupted", "failed", "unfinished" (running, or killed), or "unreadable"
	Stopped string    `json:"stopped,omitempty"`
	Error   string    `json:"error,omitempty"`
	Epochs  int       `json:"epochs"`
	Steps   int       `json:"steps"`
	Seconds float64   `json:"seconds"`
	Weights string    `json:"weights,omitempty"`
	Train   Metrics   `json:"train,omitempty"` // of the last epoch
	Val     Metrics   `json:"val,omitempty"`   // of the last epoch, or of the weights that the run ended with
	Test    Metrics   `json:"test,omitempty"`
	History []Point   `json:"history,omitempty"`

	Finished string    `json:"weights_sha256,omitempty"` // of the weights of a run that has nothing left to do
	Sessions []Session `json:"sessions,omitempty"`       // ReadRun only: one, and one more for each resume
}

// Session is the work of one process on a run.
type Session struct {
	Begun   time.Time `json:"begun"`
	From    int       `json:"from"`              // the step that it began after
	To      int       `json:"to"`                // the last step that the log tells of
	Skipped []string  `json:"skipped,omitempty"` // checkpoints that were damaged when it began
	Stopped string    `json:"stopped,omitempty"` // why it ended; empty: it is at work, or was killed
}

// Point is one epoch of a run.
type Point struct {
	Epoch   int     `json:"epoch"`
	Step    int     `json:"step"`
	Seconds float64 `json:"seconds"`
	Train   Metrics `json:"train"`
	Val     Metrics `json:"val,omitempty"`
}

// FindRun returns the folder that a path names: a run's folder, or out/last, the newest run of a folder of runs.
func FindRun(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if inRuns := filepath.Join("runs", path); filepath.Base(path) == path && isRun(inRuns) {
			return "", fmt.Errorf("no run at %s (did you mean %q?)", path, inRuns)
		}
		return "", fmt.Errorf("no run at %s: %s", path, beside(path))
	} else if err != nil {
		return "", err
	}
	if !info.IsDir() {
		if filepath.Base(path) != Last {
			return "", fmt.Errorf("%s is a file, want a run's folder", path)
		}
		name, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		dir := filepath.Join(filepath.Dir(path), filepath.Base(strings.TrimSpace(string(name))))
		if _, err := os.Stat(dir); err != nil {
			return "", fmt.Errorf("%s points at %s, which isn't there: %s", path, dir, beside(path))
		}
		path = dir
	}
	if _, err := os.Stat(filepath.Join(path, MetricsFile)); err != nil {
		return "", fmt.Errorf("%s isn't a run's folder: it has no %s; %s", path, MetricsFile, beside(filepath.Join(path, "x")))
	}
	return path, nil
}

// isRun reports whether a folder is a run's.
func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, MetricsFile))
	return err == nil
}

// beside says which runs there are in a path's folder.
func beside(path string) string {
	out := filepath.Dir(path)
	var names []string
	entries, _ := os.ReadDir(out)
	for _, e := range entries {
		if isRun(filepath.Join(out, e.Name())) {
			names = append(names, e.Name())
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("there is no run in %s", out)
	}
	return fmt.Sprintf("the runs in %s are %s", out, strings.Join(names, ", "))
}

// ListRuns returns the runs of a folder, the oldest first.
func ListRuns(out string) ([]Summary, error) {
	entries, err := os.ReadDir(out)
	if err != nil {
		return nil, err
	}
	runs := []Summary{}
	for _, e := range entries {
		dir := filepath.Join(out, e.Name())
		if _, err := os.Stat(filepath.Join(dir, MetricsFile)); err != nil {
			continue
		}
		s, err := ReadRun(dir)
		if err != nil { // it doesn't hide the others
			s = Summary{Run: dir, Begun: s.Begun, State: "unreadable", Error: err.Error()}
		}
		s.Sessions = nil
		runs = append(runs, s)
	}
	slices.SortStableFunc(runs, func(a, b Summary) int { return a.Begun.Compare(b.Begun) })
	return runs, nil
}

// line is any line of metrics.jsonl.
type line struct {
	Event   string  `json:"event"`
	Epoch   int     `json:"epoch"`
	Epochs  int     `json:"epochs"`
	Step    int     `json:"step"`
	Steps   int     `json:"steps"`
	Seconds float64 `json:"seconds"`
	Train   Metrics `json:"train"`
	Val     Metrics `json:"val"`
	Metrics Metrics `json:"metrics"`
	Stopped string  `json:"stopped"`
	Weights string  `json:"weights"`
	Error   string  `json:"error"`

	Time    time.Time `json:"time"`
	Skipped []string  `json:"skipped"`
	SHA256  string    `json:"weights_sha256"`
}

// ReadRun reads a run's folder.
func ReadRun(dir string) (Summary, error) {
	s := Summary{Run: dir, State: "unfinished"}
	var env struct {
		Begun time.Time `json:"begun"`
	}
	if b, err := os.ReadFile(filepath.Join(dir, EnvFile)); err == nil {
		if err := json.Unmarshal(b, &env); err != nil {
			return s, fmt.Errorf("%s: %w", filepath.Join(dir, EnvFile), err)
		}
	}
	s.Begun = env.Begun
	s.Sessions = []Session{{Begun: s.Begun}}
	err := readLog(filepath.Join(dir, MetricsFile), func(_ []byte, l *line, bad *LineError) error {
		if bad != nil {
			return fmt.Errorf("%w: a crash or the disk damaged this line; resuming the run drops it", bad)
		}
		s.note(l)
		return nil
	})
	return s, err
}

func (s *Summary) note(l *line) {
	switch l.Event {
	case "step":
		s.at(l.Step)
	case "epoch":
		s.at(l.Step)
		s.Epochs, s.Seconds, s.Train, s.Val = l.Epoch, l.Seconds, l.Train, l.Val
		s.History = append(s.History, Point{l.Epoch, l.Step, l.Seconds, l.Train, l.Val})
	case "resume":
		s.undo(l)
	case "finish":
		s.Finished = l.SHA256
	case "end":
		s.at(l.Steps)
		s.Epochs, s.Seconds = l.Epochs, l.Seconds
		s.Sessions[len(s.Sessions)-1].Stopped = l.Stopped
		s.Stopped, s.Weights, s.Error = l.Stopped, l.Weights, l.Error
		switch {
		case strings.HasPrefix(l.Stopped, "interrupted"):
			s.State = "interrupted"
		case l.Error != "":
			s.State = "failed"
		default:
			s.State = "done"
		}
	case "test":
		s.Test = l.Metrics
	case "val":
		s.Val = l.Metrics
	}
}

// at notes the newest step.
func (s *Summary) at(step int) {
	s.Steps = step
	s.Sessions[len(s.Sessions)-1].To = step
}

// undo forgets what was done after the step that a process went on from.
func (s *Summary) undo(l *line) {
	s.State, s.Stopped, s.Error, s.Weights, s.Finished, s.Test, s.Train, s.Val = "unfinished", "", "", "", "", nil, nil, nil
	s.Epochs, s.Steps, s.Seconds = l.Epoch, l.Step, l.Seconds
	s.History = slices.DeleteFunc(s.History, func(p Point) bool { return p.Step > l.Step })
	if n := len(s.History); n > 0 {
		s.Train, s.Val = s.History[n-1].Train, s.History[n-1].Val
	}
	s.Sessions = append(s.Sessions, Session{Begun: l.Time, From: l.Step, To: l.Step, Skipped: l.Skipped})
}
