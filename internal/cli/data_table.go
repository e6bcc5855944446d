package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/ingot-ml/ingot/dataset"
)

// knownTable is a table in `data ls --json`, and all of `data describe --json` of one.
type knownTable struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Rows     int          `json:"rows"`
	Columns  int          `json:"columns"`
	Target   string       `json:"target"`
	Licence  string       `json:"licence"`
	Source   string       `json:"source"`
	Citation string       `json:"citation"`
	File     dataset.File `json:"file"`
	Folder   string       `json:"folder,omitempty"`  // where it is, whole; absent: it would be fetched
	Damaged  string       `json:"damaged,omitempty"` // what is wrong with a file that is here
}

func newKnownTable(t *dataset.Table) (k knownTable, damaged error) {
	k = knownTable{Name: t.Name, Title: t.Title, Rows: t.Rows, Columns: t.Columns, Target: t.Target, Licence: t.Licence, Source: t.Source, Citation: t.Citation, File: t.File}
	k.Folder, damaged = t.Locate()
	if damaged != nil {
		k.Damaged = damaged.Error()
	}
	return k, damaged
}

func describeTable(c *call, t *dataset.Table) error {
	k, damaged := newKnownTable(t)
	if c.json {
		return c.printJSON(k)
	}
	for _, line := range [][2]string{
		{"name", k.Name}, {"what", k.Title}, {"licence", k.Licence}, {"source", k.Source}, {"cite", k.Citation},
		{"found in", whereText(k.Name, k.Folder, damaged)},
		{"size", fmt.Sprintf("%s rows, %d columns", count(k.Rows), k.Columns)},
		{"target", k.Target}, {"file", fmt.Sprintf("%s, %s", k.File.Name, bytesText(int(k.File.Size)))}, {"sha256", k.File.SHA256},
	} {
		c.printf("%s", wrap(pad(line[0], 10)+line[1], 10))
	}
	return nil
}

// openTable finds or fetches a table we know, with progress on stderr: its file's bytes, and where they were found.
func openTable(ctx context.Context, c *call, t *dataset.Table) (content []byte, from string, err error) {
	p := newProgress(c.err)
	content, from, err = t.Open(ctx, dataset.Options{Progress: p.fetching})
	p.clear()
	if errors.Is(err, context.Canceled) {
		return nil, "", err
	}
	return content, from, dataError(err)
}

func getTable(ctx context.Context, c *call, t *dataset.Table) error {
	_, from, err := openTable(ctx, c, t)
	if err != nil {
		return err
	}
	if folder, err := t.Locate(); err == nil && folder != "" {
		from = folder
	}
	if c.json {
		return c.printJSON(map[string]any{"name": t.Name, "from": from, "folder": from})
	}
	c.printf("%s: whole and verified, in %s\n", t.Name, from)
	return nil
}
