// Package lint is the style guide as a test: go test ./internal/lint holds every file of the module to the rules that
// CONTRIBUTING.md states, and says for each finding which rule, where and why.
//
// Each rule is a function of the parsed module and is itself tested on a small module that breaks it. What gofmt, go vet and
// staticcheck find is left to them. Folders that hold a go.mod of their own, testdata, and folders whose name starts with a
// dot or an underscore aren't looked at.
package lint

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is the path that the module's own imports start with.
const Module = "github.com/ingot-ml/ingot"

// Finding is one breach of a rule.
type Finding struct {
	File string // slash-separated, from the module's root
	Line int    // from 1
	Text string // what was found, what is wanted and why
}

// String returns "file:line: text".
func (f Finding) String() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text) }

// source is one parsed Go file.
type source struct {
	path      string // from the module's root
	dir       string // its package's folder; "." is the root
	text      string
	file      *ast.File
	lines     int
	test      bool
	generated bool
}

// tree is the module: its Go files, and all of its files for the rules about documents.
type tree struct {
	fsys    fs.FS
	set     *token.FileSet
	sources []*source
}

// rules are applied in this order.
var rules = []func(*tree) []Finding{
	checkImports, checkDependencies, checkCalls, checkFileNames, checkSizes, checkWords, checkPackageDocs, checkExportedDocs,
	checkExample, checkDocumentPaths,
}

// Check applies every rule to the module whose root is fsys. The error is about files that can't be read or parsed.
func Check(fsys fs.FS) ([]Finding, error) {
	t, err := load(fsys)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, rule := range rules {
		found = append(found, rule(t)...)
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line)
	})
	return found, nil
}

func load(fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, set: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if skipped(fsys, name) {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go":
			return nil
		}
		return t.add(name)
	})
	return t, err
}

// skipped reports whether a folder is no part of the module.
func skipped(fsys fs.FS, name string) bool {
	base := path.Base(name)
	if name == "." {
		return false
	}
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(name, "go.mod"))
	return err == nil
}

func (t *tree) add(name string) error {
	b, err := fs.ReadFile(t.fsys, name)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(t.set, name, b, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.sources = append(t.sources, &source{
		path: name, dir: path.Dir(name), text: string(b), file: f, lines: strings.Count(string(b), "\n"),
		test: strings.HasSuffix(name, "_test.go"), generated: ast.IsGenerated(f),
	})
	return nil
}

func (t *tree) line(n ast.Node) int { return t.set.Position(n.Pos()).Line }

func (t *tree) at(s *source, n ast.Node, format string, args ...any) Finding {
	return Finding{s.path, t.line(n), fmt.Sprintf(format, args...)}
}

// within reports whether dir is the folder or lies below it.
func within(dir, folder string) bool { return dir == folder || strings.HasPrefix(dir, folder+"/") }
