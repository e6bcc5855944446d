package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// code is a package as written: its declarations and those of its tests.
type code struct {
	root, dir string
	funcs     map[string]*ast.FuncDecl // a method is Type.Name
	types     map[string]*ast.TypeSpec
	docs      map[string]string // of functions, methods and types
	files     map[string]string // where each is, and each test
	order     []string          // of funcs and types, by file, then as written
	defs      map[string]*def   // ops' definitions, by variable
	tests     map[string]ast.Node
	texts     []string        // string literals of tests
	within    map[string]bool // tests that are in the package itself and name its things without it
}

// def is what a grad.Def says of itself.
type def struct {
	name string
	vjp  bool
}

func read(root, dir string) (*code, error) {
	c := &code{
		root: root, dir: dir, funcs: map[string]*ast.FuncDecl{}, types: map[string]*ast.TypeSpec{}, docs: map[string]string{},
		files: map[string]string{}, defs: map[string]*def{}, tests: map[string]ast.Node{}, within: map[string]bool{},
	}
	names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var parsed []*ast.File
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		if strings.HasSuffix(name, "_test.go") {
			c.test(f, path.Join(dir, filepath.Base(name)))
			continue
		}
		parsed = append(parsed, f)
		c.declare(f, path.Join(dir, filepath.Base(name)))
	}
	for _, f := range parsed {
		c.define(f)
	}
	return c, nil
}

func (c *code) declare(f *ast.File, file string) {
	add := func(name string, doc *ast.CommentGroup) {
		c.docs[name], c.files[name] = doc.Text(), file
		c.order = append(c.order, name)
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			c.funcs[name] = d
			add(name, d.Doc)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.TypeSpec); ok {
					c.types[s.Name.Name] = s
					if s.Doc == nil {
						s.Doc = d.Doc
					}
					add(s.Name.Name, s.Doc)
				}
			}
		}
	}
}

// test keeps the functions, variables and texts of a test file.
func (c *code) test(f *ast.File, file string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if x, ok := n.(*ast.BasicLit); ok && x.Kind == token.STRING {
			c.texts = append(c.texts, text(x))
		}
		return true
	})
	keep := func(name string, n ast.Node) {
		c.tests[name], c.files[name] = n, file
		c.within[name] = !strings.HasSuffix(f.Name.Name, "_test")
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			keep(d.Name.Name, d)
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if s, ok := s.(*ast.ValueSpec); ok {
					for _, n := range s.Names {
						keep(n.Name, s)
					}
				}
			}
		}
	}
}

// define finds the Defs: literals of grad.Def, or what a function of the package makes of a name and more, and where init
// gives one its VJP.
func (c *code) define(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			s := s.(*ast.ValueSpec)
			for i, v := range s.Values {
				if d := c.defOf(v); d != nil {
					c.defs[s.Names[i].Name] = d
				}
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok {
			for _, l := range a.Lhs {
				if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "VJP" {
					if x, ok := s.X.(*ast.Ident); ok && c.defs[x.Name] != nil {
						c.defs[x.Name].vjp = true
					}
				}
			}
		}
		return true
	})
}

// defOf returns what v, a variable's value, defines, or nil.
func (c *code) defOf(v ast.Expr) *def {
	switch v := v.(type) {
	case *ast.CompositeLit:
		if !isDef(v.Type) {
			return nil
		}
		d := &def{}
		for _, e := range v.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				switch kv.Key.(*ast.Ident).Name {
				case "Name":
					d.name = text(kv.Value)
				case "VJP":
					d.vjp = true
				}
			}
		}
		return d
	case *ast.CallExpr:
		f, ok := v.Fun.(*ast.Ident)
		if !ok || c.funcs[f.Name] == nil || !returnsDef(c.funcs[f.Name]) {
			return nil
		}
		d := &def{vjp: mentions(c.funcs[f.Name], "VJP")}
		for _, a := range v.Args {
			if d.name = text(a); d.name != "" {
				break
			}
		}
		return d
	}
	return nil
}

func isDef(t ast.Expr) bool {
	x, ok := t.(*ast.IndexExpr)
	if !ok {
		return false
	}
	s, ok := x.X.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Def"
}

func returnsDef(f *ast.FuncDecl) bool {
	return f.Type.Results != nil && slices.ContainsFunc(f.Type.Results.List, func(r *ast.Field) bool { return isDef(r.Type) })
}

// mentions reports whether a name occurs in n as the key of a literal.
func mentions(n ast.Node, key string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			k, ok := kv.Key.(*ast.Ident)
			found = found || ok && k.Name == key
		}
		return !found
	})
	return found
}

// text returns a string literal's value, or "".
func text(x ast.Expr) string {
	if l, ok := x.(*ast.BasicLit); ok && l.Kind == token.STRING {
		if s, err := strconv.Unquote(l.Value); err == nil {
			return s
		}
	}
	return ""
}

// receiver returns the name of a method's type.
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
