//go:build unix

package cli

import (
	"strings"
	"syscall"
	"testing"
)

// TestPipes: a pipe that nobody writes to is refused as a text and as a recipe, not waited for.
func TestPipes(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"text", "recipe.yaml"} {
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Skip(err)
		}
	}
	for _, args := range [][]string{{"train", "chargpt", "data=text"}, {"train", "recipe.yaml"}} {
		if code, _, stderr := ingot(args...); code == 0 || !strings.Contains(stderr, "not a regular file") {
			t.Errorf("%v: exit code %d and %q, want an error of a file that isn't regular", args, code, stderr)
		}
	}
}
