package lint

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"strings"
)

// What a reader can hold in mind. Tests and generated files may be longer: they aren't read from top to bottom.
const (
	maxFileLines = 600
	maxFuncLines = 60
)

// vague are file names that say nothing of what is inside.
var vague = []string{"util", "utils", "helper", "helpers", "misc", "common", "shared", "base", "stuff"}

func lastElement(p string) string { return path.Base(p) }

// checkFileNames refuses names that could hold anything.
func checkFileNames(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
		for _, v := range vague {
			if stem == v || lastElement(s.dir) == v {
				r = append(r, Finding{s.path, 1, fmt.Sprintf("the name %q says nothing of what is inside: name it after the thing", v)})
			}
		}
	}
	return r
}

// checkSizes bounds files and functions.
func checkSizes(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		if s.test || s.generated {
			continue
		}
		if s.lines > maxFileLines {
			r = append(r, Finding{s.path, 1, fmt.Sprintf("%d lines; at most %d: it holds more than one thing", s.lines, maxFileLines)})
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := t.set.Position(f.End()).Line - t.line(f) + 1; n > maxFuncLines {
				r = append(r, t.at(s, f, "%s has %d lines; at most %d", f.Name.Name, n, maxFuncLines))
			}
		}
	}
	return r
}

// Words that put off what a change should do, and paths of one person's machine.
var (
	putOff  = regexp.MustCompile(`\b(` + strings.Join([]string{"TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"}, "|") + `)\b`)
	machine = regexp.MustCompile(`/(home|root|Users)/[a-z]`)
)

// checkWords looks at comments for words, and at all of a file for paths.
func checkWords(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		for _, g := range s.file.Comments {
			for _, c := range g.List {
				if w := putOff.FindString(c.Text); w != "" {
					r = append(r, t.at(s, c, "%s: do it, or open an issue that says why not yet", w))
				}
			}
		}
		for i, line := range strings.Split(s.text, "\n") {
			if p := machine.FindString(line); p != "" {
				r = append(r, Finding{s.path, i + 1, "a path of one person's machine: " + p + "…"})
			}
		}
	}
	return r
}
