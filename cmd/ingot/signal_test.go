package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/ingot-ml/ingot/train"
)

// TestSignals: SIGTERM and SIGINT finish the step, save the state, exit with 130 and print the command that goes on.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process can't be sent a signal")
	}
	binary := buildIngot(t)
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		c := exec.Command(binary, "train", "digits", "train.epochs=1000000", "train.stop.patience=0", "checkpoint.steps=0", "checkpoint.minutes=0", "run=x")
		c.Dir = t.TempDir()
		stderr, err := c.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		lines := bufio.NewScanner(io.TeeReader(stderr, &text))
		for lines.Scan() && !strings.HasPrefix(lines.Text(), "epoch ") {
		}
		if err := c.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, stderr); err != nil {
			t.Fatal(err)
		}
		c.Wait()
		if c.ProcessState.ExitCode() != 130 || !strings.Contains(text.String(), "; to go on: "+binary+" resume runs/x\n") {
			t.Errorf("%v: exit %d: %s", signal, c.ProcessState.ExitCode(), &text)
		}
		if all, err := train.ListCheckpoints(c.Dir + "/runs/x/" + train.CheckpointDir); err != nil || len(all) != 1 || train.VerifyCheckpoint(all[0]) != nil {
			t.Errorf("%v: checkpoints %v, %v", signal, all, err)
		}
	}
}
