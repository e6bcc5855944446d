package lint

import (
	"fmt"
	"go/ast"
	"io/fs"
	"regexp"
	"strings"
)

// documents are the pages whose example and file names are held to the code.
var documents = []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"}

// named is a file or folder in backquotes: it has a slash at its end, or a known extension.
var named = regexp.MustCompile("`([A-Za-z0-9_.][A-Za-z0-9_./-]*(?:/|\\.(?:go|s|md|sh|py|yaml|json|mod|c)))`")

// written are names that a run makes and the repository doesn't hold.
var written = regexp.MustCompile(`^(runs/|out/|.*\.jsonl$|(config|recipe|env|data|my|x)[a-z_]*\.(yaml|json)$)`)

// checkDocumentPaths wants every file and folder that a page names to exist. A plain file name, without a folder, may be
// anywhere.
func checkDocumentPaths(t *tree) []Finding {
	base := map[string]bool{}
	_ = fs.WalkDir(t.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fs.SkipDir
		}
		base[lastElement(name)] = true
		return nil
	})
	var r []Finding
	for _, doc := range documents {
		b, err := fs.ReadFile(t.fsys, doc)
		if err != nil {
			r = append(r, Finding{doc, 1, "it is missing"})
			continue
		}
		for i, line := range strings.Split(string(b), "\n") {
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				name := strings.TrimSuffix(strings.TrimPrefix(m[1], "./"), "/")
				if written.MatchString(m[1]) || !strings.Contains(m[1], "/") && base[name] {
					continue
				}
				if _, err := fs.Stat(t.fsys, name); err != nil {
					r = append(r, Finding{doc, i + 1, fmt.Sprintf("there is no %s", m[1])})
				}
			}
		}
	}
	return r
}

// The library example: at most so many lines, the same on the front page as in the test that runs it.
const (
	exampleFile  = "example_test.go"
	maxExample   = 20
	exampleFence = "```go\n"
)

// checkExample wants the README's first Go block to be the body of Example in example_test.go.
func checkExample(t *tree) []Finding {
	readme, err := fs.ReadFile(t.fsys, "README.md")
	if err != nil {
		return nil // said by checkDocumentPaths
	}
	shown, at, ok := fenced(string(readme))
	if !ok {
		return []Finding{{"README.md", 1, "there is no Go example; it is the body of Example in " + exampleFile}}
	}
	var r []Finding
	if n := strings.Count(shown, "\n"); n > maxExample {
		r = append(r, Finding{"README.md", at, fmt.Sprintf("the example has %d lines; at most %d", n, maxExample)})
	}
	run, ok := t.exampleBody()
	switch {
	case !ok:
		r = append(r, Finding{exampleFile, 1, "there is no func Example that README.md could show"})
	case shown != run:
		r = append(r, Finding{"README.md", at, fmt.Sprintf("the example isn't the one that %s runs:\n%s", exampleFile, run)})
	}
	return r
}

// fenced returns the first Go block of a page and its line.
func fenced(page string) (code string, line int, ok bool) {
	before, rest, ok := strings.Cut(page, exampleFence)
	if !ok {
		return "", 0, false
	}
	code, _, ok = strings.Cut(rest, "```")
	return code, strings.Count(before, "\n") + 2, ok
}

// exampleBody returns the statements of func Example, one tab to the left, without the expected output.
func (t *tree) exampleBody() (string, bool) {
	for _, s := range t.sources {
		if s.path != exampleFile {
			continue
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "Example" {
				body := s.text[t.set.Position(f.Body.Lbrace).Offset+2 : t.set.Position(f.Body.Rbrace).Offset]
				body, _, _ = strings.Cut(body, "\t// Output:")
				return strings.ReplaceAll("\n"+body, "\n\t", "\n")[1:], true
			}
		}
	}
	return "", false
}
