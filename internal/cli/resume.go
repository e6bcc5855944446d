package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

var resumeVerb = verb{
	name: "resume", args: "RUN [key=value …]", summary: "Go on with a run that was stopped or killed",
	help: `It goes on from the newest checkpoint that is whole, or from the beginning where
there is none yet, and ends with the bits of a run that was never stopped, with
any number of cores, with AVX2 or AVX-512. A damaged checkpoint is named and the
one before it is used. The time of all parts counts for train.max_time.

It refuses a run that is being trained, data that have changed since, and a CPU
that computes other bits (checkpoint.cpu=any goes on all the same). Settings
hold for this part of the run alone; those that would change the bits can't be
given: it takes limits.*, checkpoint.* and train.max_time.

Examples:
  ingot resume runs/last
  ingot resume runs/mnist-1 train.max_time=2h
`,
	min: 1, max: 1, settings: true, flags: []string{quietFlag}, run: runResume,
}

func runResume(ctx context.Context, c *call) error {
	dir, err := train.FindRun(c.args[0])
	if err != nil {
		return dataError(err)
	}
	if err := resumable(c.settings); err != nil {
		return err
	}
	if err := train.VerifySums(dir); err != nil {
		return dataError(fmt.Errorf("run %s can't be resumed: %w", dir, err))
	}
	r, err := resumed(dir, c.settings)
	if err != nil {
		return err
	}
	defer limit(r)()
	run, err := train.OpenRun(dir)
	if err != nil {
		return dataError(err)
	}
	defer run.Close()
	summary, err := train.ReadRun(dir)
	if err != nil {
		return dataError(err)
	}
	if summary.Finished != "" {
		return c.finished(r, &summary)
	}
	saved, err := train.LatestCheckpoint(run.Path(train.CheckpointDir))
	if err != nil {
		return dataError(fmt.Errorf("run %s can't be resumed: %w", dir, err))
	}
	if saved != nil {
		defer saved.Close()
	}
	j, err := newJob(ctx, c, r)
	if err != nil {
		return err
	}
	j.config.Resume = saved
	if _, err := os.Stat(run.Path(train.SumsFile)); saved == nil && errors.Is(err, fs.ErrNotExist) { // it was killed before that was written
		err = record(run, j)
		if err != nil {
			return err
		}
	}
	if err := sameData(run, j); err != nil {
		return err
	}
	c.announceResume(run, saved)
	if err := c.train(ctx, j, run); err != nil {
		if other := (*train.ArithmeticError)(nil); errors.As(err, &other) {
			return configError(fmt.Errorf("%w; checkpoint.cpu=any goes on all the same", err))
		}
		return err
	}
	return nil
}

// resumable refuses settings that would give a run other bits.
func resumable(settings []string) error {
	for _, s := range settings {
		key, _, _ := strings.Cut(s, "=")
		if section, _, _ := strings.Cut(key, "."); key != "train.max_time" && section != "limits" && section != "checkpoint" {
			return usagef("%s can't be set by resume: a run goes on as it began, with the same bits; limits.*, checkpoint.* and train.max_time can", key)
		}
	}
	return nil
}

// resumed is the recipe that a run was begun with, changed by settings.
func resumed(dir string, settings []string) (*recipe.Recipe, error) {
	if _, err := os.Stat(filepath.Join(dir, task.FoldsFile)); err == nil {
		return nil, dataError(fmt.Errorf("run %s is a finished cross-validation: there is nothing to resume", dir))
	}
	path := filepath.Join(dir, train.ConfigFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, dataError(fmt.Errorf("run %s has no %s: it was killed before it began; `%s train` begins another", dir, train.ConfigFile, program()))
	}
	if !strings.ContainsAny(path, `./\`) {
		path = "./" + path
	}
	return recipe.Load(path, settings)
}

// announceResume says where the run goes on, and what is wrong with newer checkpoints.
func (c *call) announceResume(run *train.Run, s *train.Saved) {
	for _, bad := range run.Dropped() {
		c.note("WARNING: %s", wrap("a line of the log was damaged and is taken out: "+bad, 2))
	}
	if was, now := builtBy(run), thisBuild(); was != (build{}) && was != now {
		c.note("WARNING: %s", wrap(fmt.Sprintf("the run was begun by ingot %s, built with %s, and goes on with %s, %s: the same bits are promised for one build",
			cmp.Or(was.Revision, was.Ingot), was.Go, cmp.Or(now.Revision, now.Ingot), now.Go), 2))
	}
	if s == nil {
		if !c.quiet {
			c.note("%s has no checkpoint yet: it begins again\n", run.Dir)
		}
		return
	}
	for _, bad := range s.Skipped {
		c.note("WARNING: %s", wrap(fmt.Sprintf("a checkpoint is damaged and the one before is used: %v", bad), 2))
	}
	if c.quiet {
		return
	}
	c.note("%s goes on after step %s, from %s\n", run.Dir, count(s.Step), s.Dir)
}

// builtBy is the build that a run was begun by; zero where that isn't known.
func builtBy(run *train.Run) build {
	var env struct {
		Build build `json:"build"`
	}
	b, err := os.ReadFile(run.Path(train.EnvFile))
	if err != nil || json.Unmarshal(b, &env) != nil {
		return build{}
	}
	return env.Build
}

// finished tells of a run that has nothing left to do, as train did.
func (c *call) finished(r *recipe.Recipe, s *train.Summary) error {
	o := &trained{
		Run: s.Run, Model: filepath.Join(s.Run, train.ModelFile), Task: r.Task, Epochs: s.Epochs, Steps: s.Steps, Seconds: s.Seconds,
		Stopped: s.Stopped, Weights: s.Weights, SHA256: s.Finished, Metrics: map[string]train.Metrics{},
	}
	for name, m := range map[string]train.Metrics{"val": s.Val, "test": s.Test} {
		if m != nil {
			o.Metrics[name] = m
		}
	}
	c.note("run %s is finished: there is nothing to resume\n", s.Run)
	if c.json {
		return c.printJSON(o)
	}
	o.print(c)
	return nil
}

// sameData refuses data that aren't what the run began with: data.json, but for where they lie.
func sameData(run *train.Run, j *job) error {
	path := run.Path(train.DataFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return dataError(err)
	}
	var was, is map[string]any
	if err := json.Unmarshal(b, &was); err != nil {
		return fileError(path, fmt.Errorf("%s: %w", path, err))
	}
	now, err := json.Marshal(j.kind.data())
	if err != nil {
		return err
	}
	if err := json.Unmarshal(now, &is); err != nil {
		return err
	}
	delete(was, "from")
	delete(is, "from")
	keys := slices.Sorted(maps.Keys(is))
	if i := slices.Index(keys, "files"); i > 0 { // whose difference explains the others
		keys = slices.Insert(slices.Delete(keys, i, i+1), 0, "files")
	}
	for _, key := range keys {
		if !reflect.DeepEqual(was[key], is[key]) {
			a, _ := json.Marshal(was[key])
			b, _ := json.Marshal(is[key])
			return dataError(fmt.Errorf("the data of run %s have changed since it began, and it would come to other weights: %s was\n  %s\nand is\n  %s", run.Dir, key, a, b))
		}
	}
	return nil
}
