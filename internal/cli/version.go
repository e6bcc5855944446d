package cli

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

var versionVerb = verb{
	name: "version", summary: "Print the version of ingot, of Go and of the platform",
	help: "Examples:\n  ingot version\n  ingot version --json\n",
	run:  runVersion,
}

// build is what made this binary.
type build struct {
	Ingot    string `json:"ingot"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from a changed checkout
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func thisBuild() build {
	b := build{Ingot: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" {
		b.Ingot = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// program is what the person types to run ingot: its name, its path, or `go run`.
func program() string {
	exe, err := os.Executable()
	if err == nil && strings.Contains(exe, "go-build") { // the Go tool's temporary folder: gone when the command ends
		return "go run ./cmd/ingot"
	}
	return os.Args[0]
}

func runVersion(_ context.Context, c *call) error {
	b := thisBuild()
	if c.json {
		return c.printJSON(b)
	}
	c.printf("ingot %s, %s, %s/%s\n", b.Ingot, b.Go, b.OS, b.Arch)
	if b.Revision != "" {
		changed := ""
		if b.Modified {
			changed = ", changed since"
		}
		c.printf("revision %s%s\n", b.Revision, changed)
	}
	return nil
}
