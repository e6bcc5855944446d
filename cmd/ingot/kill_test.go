package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/fs"
)

// The long form of TestKill:
//
//	INGOT_KILLS=200 INGOT_KILL_SEED=7 go test ./cmd/ingot -run TestKill -v -timeout 0
//
// It kills the reference job on MNIST and chargpt; INGOT_KILL_BINARY names the program to kill, built before.

// killJob is a job that is killed: arguments of train.
type killJob struct {
	name string
	args []string
}

var shortJobs = []killJob{
	{"digits", []string{"digits", "train.epochs=150", "train.stop.patience=0", "train.schedule.type=cosine", "checkpoint.steps=20"}},
	{"text", []string{"chargpt", "model.layers=2", "model.dim=32", "model.context=32", "model.dropout=0.1", "train.steps=120", "train.eval_steps=40", "checkpoint.steps=5", "data.tokenizer=chars"}},
}

var longJobs = []killJob{
	{"reference", []string{"mnist", "train.epochs=3", "data.split.val=5%", "train.weights=best", "train.schedule.type=cosine", "checkpoint.steps=40"}},
	{"chargpt", []string{"chargpt", "train.steps=150", "train.eval_steps=50", "model.dropout=0.1", "checkpoint.steps=4"}},
}

// killer is a campaign.
type killer struct {
	t      *testing.T
	binary string
	dir    string
	rand   *rand.Rand
	tally
}

// tally counts what came of it.
type tally struct {
	Kills     int `json:"kills"`               // kill -9 of a process at work
	Before    int `json:"before_the_run"`      // of them: before there was a run to resume
	Writing   int `json:"writing_a_file"`      // of them: with a file or a checkpoint half written
	Resuming  int `json:"resuming"`            // of them: of a process that was resuming
	Signals   int `json:"signals"`             // SIGINT that was obeyed: exit 130
	Twice     int `json:"second_signals"`      // SIGINT, and another before the process was done
	Ends      int `json:"ends"`                // runs that came to an end
	Identical int `json:"identical"`           // of them: with the weights of the undisturbed run
	Damaged   int `json:"damaged_checkpoints"` // that a resume told of
}

// TestKill kills a training at random moments, again and again, resumes it to its end, with other numbers of cores and widths of
// vectors, and wants the SHA-256 of the weights of a run that was never disturbed. Some processes are interrupted instead.
func TestKill(t *testing.T) {
	kills, jobs := 6, shortJobs
	if text := os.Getenv("INGOT_KILLS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("INGOT_KILLS: %v", err)
		}
		kills, jobs = n, longJobs
	} else if testing.Short() {
		t.Skip("it takes seconds")
	}
	seed, err := strconv.ParseInt(os.Getenv("INGOT_KILL_SEED"), 10, 64)
	if err != nil {
		seed = time.Now().UnixNano()
	}
	t.Logf("seed %d", seed)
	binary := buildIngot(t)
	for i, job := range jobs {
		t.Run(job.name, func(t *testing.T) {
			k := &killer{t: t, binary: binary, dir: t.TempDir(), rand: rand.New(rand.NewSource(seed + int64(i)))}
			k.campaign(job, kills/len(jobs))
			b, _ := json.Marshal(k.tally)
			t.Logf("%s: %s", job.name, b)
			if k.Identical != k.Ends || k.Damaged > 0 {
				t.Errorf("%d of %d runs have the weights of the undisturbed one; %d damaged checkpoints", k.Identical, k.Ends, k.Damaged)
			}
		})
	}
}

// buildIngot returns the program's path.
func buildIngot(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("INGOT_KILL_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "ingot")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// campaign trains the job undisturbed, and then disturbed until enough processes were killed.
func (k *killer) campaign(job killJob, kills int) {
	begun := time.Now()
	want := k.whole(job)
	length := time.Since(begun)
	for n := 1; k.Kills < kills; n++ {
		run := fmt.Sprintf("run=%d", n)
		args := append(append([]string{"train"}, job.args...), run)
		for sum := ""; sum == ""; {
			sum = k.disturbed(args, length)
			if _, err := os.Stat(filepath.Join(k.dir, "runs", strconv.Itoa(n), "config.yaml")); err == nil {
				args = []string{"resume", "runs/" + strconv.Itoa(n)}
			} else if err := os.RemoveAll(filepath.Join(k.dir, "runs", strconv.Itoa(n))); err != nil {
				k.t.Fatal(err)
			} else {
				k.Before++
			}
			if sum == want {
				k.Identical++
			} else if sum != "" {
				k.t.Errorf("run %d has the weights %s, want %s", n, sum, want)
			}
		}
		k.Ends++
		k.t.Logf("%s: %d kills, %d of %d runs identical", job.name, k.Kills, k.Identical, k.Ends)
	}
}

// whole trains undisturbed and returns the weights' SHA-256.
func (k *killer) whole(job killJob) string {
	k.t.Helper()
	c := k.command(append(append([]string{"train"}, job.args...), "run=whole"))
	if err := c.Run(); err != nil {
		k.t.Fatalf("%v: %s", err, c.Stderr)
	}
	return k.sum(c)
}

func (k *killer) sum(c *exec.Cmd) string {
	k.t.Helper()
	var o struct {
		SHA256 string `json:"weights_sha256"`
	}
	if err := json.Unmarshal(c.Stdout.(*bytes.Buffer).Bytes(), &o); err != nil || o.SHA256 == "" {
		k.t.Fatalf("%v in %q: %s", err, c.Stdout, c.Stderr)
	}
	return o.SHA256
}

// command is a process on some cores, with some width of vectors.
func (k *killer) command(args []string) *exec.Cmd {
	c := exec.Command(k.binary, append(args, "--json")...)
	c.Dir, c.Stdout, c.Stderr = k.dir, &bytes.Buffer{}, &bytes.Buffer{}
	level := cpu.Level(0)
	if cpu.Best() > cpu.Go {
		level = cpu.AVX2 + cpu.Level(k.rand.Intn(int(cpu.Best()-cpu.AVX2)+1))
	}
	c.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", 1+k.rand.Intn(3)), "INGOT_CPU="+level.String())
	return c
}

// disturbed runs a process and disturbs it at a random moment within length. It returns the weights' SHA-256 where the process came to
// its end before, and "" elsewhere.
func (k *killer) disturbed(args []string, length time.Duration) string {
	k.t.Helper()
	c := k.command(args)
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	// Half of them come early, where a process starts or resumes.
	wait := time.Duration(k.rand.Float64() * float64(length))
	if k.rand.Intn(2) == 0 {
		wait /= 8
	}
	select {
	case err := <-ended:
		return k.ended(c, err)
	case <-time.After(wait):
	}
	if k.rand.Intn(6) == 0 && runtime.GOOS != "windows" {
		return k.interrupt(c, ended)
	}
	if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		k.t.Fatal(err)
	}
	if err := <-ended; c.ProcessState.Exited() {
		return k.ended(c, err)
	}
	k.Kills++
	if args[0] == "resume" {
		k.Resuming++
	}
	if k.halfWritten() {
		k.Writing++
	}
	return ""
}

// ended is a process that ended by itself.
func (k *killer) ended(c *exec.Cmd, err error) string {
	k.t.Helper()
	text := c.Stderr.(*bytes.Buffer).String()
	k.Damaged += strings.Count(text, "damaged")
	if err != nil {
		k.t.Fatalf("%v: %v: %s", c.Args, err, text)
	}
	return k.sum(c)
}

// interrupt sends SIGINT, and one time in three another soon after.
func (k *killer) interrupt(c *exec.Cmd, ended <-chan error) string {
	k.t.Helper()
	if err := c.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		k.t.Fatal(err)
	}
	if k.rand.Intn(3) == 0 {
		time.Sleep(time.Duration(k.rand.Intn(10_000)) * time.Microsecond)
		if err := c.Process.Signal(os.Interrupt); err == nil {
			k.Twice++
		}
	}
	switch err := <-ended; {
	case !c.ProcessState.Exited(): // by the second, or before it could be caught
		return ""
	case c.ProcessState.ExitCode() == 130:
		k.Signals++
		return ""
	default:
		return k.ended(c, err)
	}
}

// halfWritten reports whether a process left something that it was writing.
func (k *killer) halfWritten() bool {
	found := false
	filepath.WalkDir(k.dir, func(path string, d os.DirEntry, err error) error {
		found = found || err == nil && fs.IsTemp(d.Name())
		return nil
	})
	return found
}
