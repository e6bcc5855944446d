package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCompletions(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, stderr := ingot("train", "digits", "train.epochs=1", "--quiet"); code != 0 {
		t.Fatal(stderr)
	}
	if err := os.WriteFile("my.yaml", nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"tr":                             "train",
		"x y":                            "",
		"train di":                       "diabetes-progression digits",
		"train my":                       "my.yaml",
		"train mnist train.opt":          "train.optimizer=",
		"train mnist train.optimizer=":   "train.optimizer=adam train.optimizer=adamw train.optimizer=sgd",
		"train mnist train.optimizer=s":  "train.optimizer=sgd",
		"train mnist name=":              "",
		"train mnist data=mn":            "data=mnist",
		"train mnist --q":                "--quiet",
		"runs ":                          "gc ls rm show verify",
		"runs show r":                    "runs/digits-1 runs/last",
		"runs show --c":                  "--csv",
		"eval runs/d":                    "runs/digits-1",
		"config sh":                      "show",
		"config show mnist model.hidden": "model.hidden=",
		"data describe uci-d":            "uci-digits",
		"help ev":                        "eval",
		"bench ge":                       "gemm",
		"completion z":                   "zsh",
	} {
		if got := strings.Join(completions(strings.Split(line, " ")), " "); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

// TestMain lets the test's own program be the ingot that a shell calls.
func TestMain(m *testing.M) {
	if os.Getenv("INGOT_TEST_IS_INGOT") != "" {
		os.Exit(Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(dir, "ingot")); err != nil {
		t.Skip("no links here: ", err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("INGOT_TEST_IS_INGOT", "1")
	_, script, _ := ingot("completion", "bash")
	for line, want := range map[string][]string{
		"ingot ev":                            {"eval"},
		"ingot train mni":                     {"mnist"},
		"ingot train mnist train.optimizer=a": {"adam", "adamw"}, // bash replaces what is behind the =
		"ingot train mnist train.bat":         {"train.batch="},
		"ingot runs ":                         {"gc", "ls", "rm", "show", "verify"},
	} {
		cmd := exec.Command(bash, "--norc", "-c", script+`COMP_LINE=$1 COMP_POINT=${#1}; _ingot; printf '%s\n' "${COMPREPLY[@]}"`, "bash", line)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", line, got, err, want)
		}
	}
}
