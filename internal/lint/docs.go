package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// checkPackageDocs wants one package comment in each package, and no more: two would be printed one after the other.
func checkPackageDocs(t *tree) []Finding {
	docs, first := map[string][]*source{}, map[string]*source{}
	var dirs []string
	for _, s := range t.sources {
		if strings.HasSuffix(s.file.Name.Name, "_test") && lastElement(s.dir) != "proof" {
			continue
		}
		if first[s.dir] == nil {
			first[s.dir] = s
			dirs = append(dirs, s.dir)
		}
		if s.file.Doc != nil {
			docs[s.dir] = append(docs[s.dir], s)
		}
	}
	var r []Finding
	for _, dir := range dirs {
		switch d := docs[dir]; len(d) {
		case 0:
			r = append(r, Finding{first[dir].path, 1, "package " + dir + " has no package comment: say what it is for"})
		case 1:
			if !docStarts(d[0]) {
				r = append(r, t.at(d[0], d[0].file.Doc, "the package comment of %s doesn't start with its name", dir))
			}
		default:
			r = append(r, Finding{d[1].path, 1, fmt.Sprintf("package %s has %d package comments; the first is in %s", dir, len(d), d[0].path)})
		}
	}
	return r
}

// docStarts reports whether a package comment starts as go doc wants: "Package name", or a program's own name.
func docStarts(s *source) bool {
	text, name := s.file.Doc.Text(), s.file.Name.Name
	if name == "main" {
		return text != ""
	}
	return strings.HasPrefix(text, "Package "+name+" ")
}

// implied are methods that an interface of the standard library explains.
var implied = []string{"Error", "String", "Unwrap", "Is", "Len", "Less", "Swap", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "UnmarshalYAML"}

// checkExportedDocs wants a comment on everything exported.
func checkExportedDocs(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		if s.test || s.generated || s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Doc == nil && exportedFunc(d) {
					r = append(r, t.at(s, d, "exported %s has no comment", d.Name.Name))
				} else if d.Doc != nil && exportedFunc(d) && !startsWith(d.Doc, d.Name.Name) {
					r = append(r, t.at(s, d.Doc, "the comment of %s doesn't start with its name", d.Name.Name))
				}
			case *ast.GenDecl:
				r = append(r, t.undocumented(s, d)...)
			}
		}
	}
	return r
}

func exportedFunc(d *ast.FuncDecl) bool {
	if !d.Name.IsExported() || slices.Contains(implied, d.Name.Name) {
		return false
	}
	return d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type))
}

// receiver returns the name of a method's type: T of T, *T, T[P] and *T[P].
func receiver(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.IndexListExpr:
		return receiver(x.X)
	}
	return ""
}

// startsWith allows an article before the name.
func startsWith(doc *ast.CommentGroup, name string) bool {
	words := strings.Fields(doc.Text())
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return len(words) > 0 && strings.HasPrefix(words[0], name)
}

// undocumented looks at the types, constants and variables of one declaration. A comment on a group serves for all in it.
func (t *tree) undocumented(s *source, d *ast.GenDecl) []Finding {
	var r []Finding
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			doc := spec.Doc
			if doc == nil && (!d.Lparen.IsValid() || len(d.Specs) == 1) {
				doc = d.Doc
			}
			switch {
			case !spec.Name.IsExported() || doc == nil && d.Doc != nil:
			case doc == nil:
				r = append(r, t.at(s, spec, "exported type %s has no comment", spec.Name.Name))
			case !startsWith(doc, spec.Name.Name):
				r = append(r, t.at(s, doc, "the comment of %s doesn't start with its name", spec.Name.Name))
			}
		case *ast.ValueSpec:
			if d.Doc != nil || spec.Doc != nil || spec.Comment != nil || d.Tok == token.IMPORT {
				continue
			}
			for _, n := range spec.Names {
				if n.IsExported() {
					r = append(r, t.at(s, spec, "exported %s has no comment", n.Name))
					break
				}
			}
		}
	}
	return r
}
