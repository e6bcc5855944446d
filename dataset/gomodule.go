package dataset

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// moduleTimeout bounds the Go tool's download, which says nothing while it waits.
const moduleTimeout = 60 * time.Second

// downloadModule has the Go tool fetch module (path@version) into its module cache and returns the folder data in it. The
// tool runs outside any module, with the user's proxy. Its checksum database isn't asked: it is one more host to reach, and
// our own SHA-256 of every file is the check.
func downloadModule(ctx context.Context, module string) (dir string, err error) {
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("no Go tool is installed")
	}
	ctx, cancel := context.WithTimeout(ctx, moduleTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool, "mod", "download", "-json", module)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GO111MODULE=on", "GOWORK=off", "GOTOOLCHAIN=local", "GONOSUMDB=*")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output() // it prints JSON when it fails, too
	var m struct{ Dir, Error string }
	if jerr := json.Unmarshal(bytes.TrimSpace(out), &m); jerr != nil && err == nil {
		err = fmt.Errorf("its output is not JSON: %w", jerr)
	}
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("not done after %v", moduleTimeout)
	case m.Error != "":
		return "", errors.New(m.Error)
	case err != nil:
		return "", err
	}
	return filepath.Join(m.Dir, "data"), nil
}
