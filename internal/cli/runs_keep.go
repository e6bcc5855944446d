package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	ingotfs "github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/train"
)

// dryFlag makes gc tell what it would remove.
const dryFlag = "--dry-run"

// runsOf returns the run that a path names, or the runs of the folder that it is.
func runsOf(path string) ([]string, error) {
	_, err := os.Stat(filepath.Join(path, train.MetricsFile))
	info, serr := os.Stat(path)
	if err == nil || serr != nil || !info.IsDir() {
		dir, err := train.FindRun(path)
		return []string{dir}, err
	}
	runs, err := train.ListRuns(path)
	if err != nil {
		return nil, err
	}
	var r []string
	for _, s := range runs {
		r = append(r, s.Run)
	}
	if r == nil {
		return nil, fmt.Errorf("there is no run in %s", path)
	}
	return r, nil
}

// verified is one run of `runs verify --json`.
type verified struct {
	Run   string         `json:"run"`
	OK    bool           `json:"ok"`
	Files []verifiedFile `json:"files"`
}

type verifiedFile struct {
	File  string `json:"file"`
	OK    bool   `json:"ok"`
	Bytes int64  `json:"bytes"`
	Error string `json:"error,omitempty"`
}

// verifyRuns reads all of the runs' files and says of each whether it is what was written. Damage is an error, after all is told.
func verifyRuns(c *call, path string) error {
	dirs, err := runsOf(path)
	if err != nil {
		return dataError(err)
	}
	var runs []verified
	damaged, files := 0, 0
	t := table{align: "llrl"}
	t.add("RUN", "FILE", "SIZE", "RESULT")
	for _, dir := range dirs {
		verdicts, err := train.VerifyRun(dir)
		if err != nil {
			return dataError(err)
		}
		run := verified{Run: dir, OK: true, Files: []verifiedFile{}}
		for _, v := range verdicts {
			f, result := verifiedFile{v.Name, v.Err == nil, v.Bytes, ""}, "PASS"
			if v.Err != nil {
				f.Error, run.OK = v.Err.Error(), false
				result = "FAIL: " + f.Error
				damaged++
			}
			files++
			run.Files = append(run.Files, f)
			t.add(filepath.Base(dir), f.File, bytesText(int(f.Bytes)), result)
		}
		runs = append(runs, run)
	}
	if c.json {
		err = c.printJSON(map[string]any{"ok": damaged == 0, "runs": runs})
	} else {
		c.printf("%s", t.String())
	}
	if damaged > 0 {
		return answered{dataError(fmt.Errorf("%s of %d damaged", plural(damaged, "file"), files))}
	}
	return err
}

// freed is `runs rm --json` and `runs gc --json`.
type freed struct {
	Removed []freedItem `json:"removed"`
	Bytes   int64       `json:"bytes"`
	DryRun  bool        `json:"dry_run,omitempty"`
	Skipped []string    `json:"skipped,omitempty"` // runs that are being trained
}

type freedItem struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Why   string `json:"why,omitempty"`
}

func (f *freed) add(path string, bytes int64, why string) {
	f.Removed = append(f.Removed, freedItem{path, bytes, why})
	f.Bytes += bytes
}

func (f *freed) print(c *call) error {
	if c.json {
		return c.printJSON(f)
	}
	t := table{align: "lrl"}
	for _, r := range f.Removed {
		t.add(r.Path, bytesText(int(r.Bytes)), r.Why)
	}
	c.printf("%s", t.String())
	for _, s := range f.Skipped {
		c.printf("%s; it is left as it is\n", s)
	}
	verb := "freed"
	if f.DryRun {
		verb = "to be freed"
	}
	c.printf("%s %s, %s\n", bytesText(int(f.Bytes)), verb, plural(len(f.Removed), "item"))
	return nil
}

// removeRuns removes runs: all of those named, or none where one of the names isn't a run's.
func removeRuns(c *call, paths []string) error {
	var dirs []string
	for _, p := range paths {
		dir, err := train.FindRun(p)
		if err != nil {
			return dataError(err)
		}
		if dir = filepath.Clean(dir); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	f := freed{Removed: []freedItem{}}
	for _, dir := range dirs {
		n, err := train.RemoveRun(dir)
		if err != nil {
			return kindOf("run", err)
		}
		f.add(dir, n, "")
	}
	return f.print(c)
}

// collectGarbage removes what is left over in a run, or in a folder of runs and beside them.
func collectGarbage(c *call, path string, dry bool) error {
	dirs, err := runsOf(path)
	if err != nil {
		return dataError(err)
	}
	f := freed{Removed: []freedItem{}, DryRun: dry}
	use := func(all []train.Garbage) error {
		for _, g := range all {
			if !dry {
				if err := g.Remove(); err != nil {
					return err
				}
			}
			f.add(g.Path, g.Bytes, g.Why)
		}
		return nil
	}
	for _, dir := range dirs {
		if h, err := ingotfs.LockedBy(filepath.Join(dir, train.LockFile)); err == nil && h != nil {
			f.Skipped = append(f.Skipped, fmt.Sprintf("run %s is being trained by %v", dir, h))
			continue
		}
		if err := train.RunGarbage(dir, keepOf(dir), use); err != nil {
			return kindOf("run", err)
		}
	}
	if _, err := os.Stat(filepath.Join(path, train.MetricsFile)); errors.Is(err, fs.ErrNotExist) {
		beside, err := train.FolderGarbage(path)
		if err == nil {
			err = use(beside)
		}
		if err != nil {
			return kindOf("run", err)
		}
	}
	return f.print(c)
}

// keepOf is how many checkpoints a run wants to keep; 0, the default, where its settings don't tell.
func keepOf(dir string) int {
	r, err := recipe.Load(filepath.Join(dir, train.ConfigFile), nil)
	if err != nil {
		return 0
	}
	return r.Checkpoint.Keep
}
