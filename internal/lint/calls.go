package lint

import (
	"go/ast"
	"slices"
)

// banned is a set of functions that only some folders may call. Tests are exempt.
type banned struct {
	pkg     string // import path
	names   []string
	folders []string
	why     string
}

var bans = []banned{
	{"log", []string{"Fatal", "Fatalf", "Fatalln"}, []string{"cmd"},
		"only a program ends the process; return an error"},
	{"os", []string{"Exit"}, []string{"cmd", "tools"},
		"only a program ends the process; return an error"},
	{"os", []string{
		"Create", "CreateTemp", "OpenFile", "WriteFile", "Rename", "Remove", "RemoveAll", "Truncate",
		"Mkdir", "MkdirAll", "MkdirTemp", "Symlink", "Link", "Chmod", "Chtimes", "CopyFS",
	}, []string{"internal/fs"},
		"only internal/fs changes files, so that faults can be put under every writer at once"},
	{"syscall", []string{"Open", "Rename", "Unlink", "Mkdir", "Fsync", "Ftruncate"}, []string{"internal/fs"},
		"only internal/fs changes files, so that faults can be put under every writer at once"},
	{"io/ioutil", []string{"WriteFile", "TempFile", "TempDir"}, nil,
		"only internal/fs changes files, and io/ioutil is deprecated"},
	{"fmt", []string{"Print", "Printf", "Println"}, []string{"cmd", "examples", "bench", "tools"},
		"a library prints nothing; the command line writes to the streams it was given"},
}

// checkCalls refuses mentions of banned functions, called or passed on.
func checkCalls(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		if s.test {
			continue
		}
		names := importNames(s.file)
		ast.Inspect(s.file, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			x, ok := sel.X.(*ast.Ident)
			if !ok {
				return true
			}
			if b := ban(names[x.Name], sel.Sel.Name, s.dir); b != nil {
				r = append(r, t.at(s, n, "%s.%s in %s: %s", x.Name, sel.Sel.Name, s.dir, b.why))
			}
			return true
		})
	}
	return r
}

func ban(pkg, name, dir string) *banned {
	for i := range bans {
		b := &bans[i]
		if b.pkg == pkg && slices.Contains(b.names, name) &&
			!slices.ContainsFunc(b.folders, func(f string) bool { return within(dir, f) }) {
			return b
		}
	}
	return nil
}

// importNames maps the names that a file uses for packages to their paths. The banned packages' names are the last elements
// of their paths.
func importNames(f *ast.File) map[string]string {
	r := map[string]string{}
	for _, imp := range f.Imports {
		p := importPath(imp)
		if imp.Name != nil {
			r[imp.Name.Name] = p
			continue
		}
		for _, b := range bans {
			if b.pkg == p {
				r[lastElement(p)] = p
			}
		}
	}
	return r
}
