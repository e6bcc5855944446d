package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// byTests says what the tests that mention an entry do with it: what optest does or, where nothing is known of values yet, which
// one is the most about it.
func (c *code) byTests(tests []*touch, e *entry, r *reach) []string {
	var proofs []string
	var best *touch
	optested, twice := false, false
	for _, t := range tests {
		if !t.mentions(c.dir, e.id) && !(e.kind == lossKind && t.mentions(c.dir, c.twin(e.id))) {
			continue
		}
		optested = optested || t.optest && !e.constant
		twice = twice || t.optest && t.vjp && !e.constant
		if best == nil || cmp.Or(cmp.Compare(t.about(e), best.about(e)), cmp.Compare(len(best.words), len(t.words))) > 0 {
			best = t
		}
	}
	if optested {
		proofs = append(proofs, "float64 reference")
	}
	if twice && r.vjp {
		proofs = append(proofs, "double differences")
	}
	if e.kind == layerKind && len(r.ops) > 0 && len(r.ops) <= 3 {
		proofs = append(proofs, "value by `"+strings.Join(r.ops, "`, `")+"`")
	}
	if !optested && best != nil && (len(e.proofs) == 0 || e.kind == layerKind) {
		proofs = append(proofs, fmt.Sprintf("[%s](../%s)", best.name, c.files[best.name]))
	}
	return proofs
}

// touch is what a test, with all that it calls, mentions.
type touch struct {
	name        string
	words       map[string]bool // pkg.Name; .Method
	optest, vjp bool
	inside      bool // in the package itself
}

func (t *touch) mentions(dir, id string) bool {
	_, method, isMethod := strings.Cut(id, ".")
	return t.words[dir+"."+id] || isMethod && t.words["."+method] || !isMethod && t.words[dir+".New"+id] || t.inside && t.words[id]
}

// twin returns, of a loss as a struct and the function that is short for it, the other one.
func (c *code) twin(id string) string {
	if f, ok := strings.CutSuffix(id, "Loss"); ok && c.funcs[f] != nil {
		return f
	}
	return id + "Loss"
}

// aside are tests of something else than values.
var aside = regexp.MustCompile("Refus|Bad|Error|Alloc|State|Names")

// about tells how much a test, by its name, is about an entry's values.
func (t *touch) about(e *entry) int {
	switch {
	case aside.MatchString(t.name):
		return 0
	case strings.HasPrefix(t.name, "Test") && strings.Contains(t.name, e.last()):
		return 2
	}
	return 1
}

func (c *code) touched() []*touch {
	var ts []*touch
	for name := range c.tests {
		if !strings.HasPrefix(name, "Test") && !strings.HasPrefix(name, "Example") {
			continue
		}
		t := &touch{name: name, words: map[string]bool{}, inside: c.within[name]}
		c.touch(t, name, map[string]bool{})
		ts = append(ts, t)
	}
	slices.SortFunc(ts, func(a, b *touch) int { return strings.Compare(a.name, b.name) })
	return ts
}

func (c *code) touch(t *touch, name string, seen map[string]bool) {
	n := c.tests[name]
	if n == nil || seen[name] {
		return
	}
	seen[name] = true
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			t.words["."+n.Sel.Name] = true
			if x, ok := n.X.(*ast.Ident); ok {
				t.words[x.Name+"."+n.Sel.Name] = true
				t.optest = t.optest || x.Name == "optest" && n.Sel.Name == "Run"
			}
		case *ast.Ident:
			t.words[n.Name] = true
			c.touch(t, n.Name, seen)
		case *ast.KeyValueExpr:
			if k, ok := n.Key.(*ast.Ident); ok && k.Name == "VJP" {
				t.vjp = t.vjp || !isFalse(n.Value)
			}
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "VJP" && n.Tok == token.ASSIGN && len(n.Rhs) == len(n.Lhs) {
					t.vjp = t.vjp || !isFalse(n.Rhs[i])
				}
			}
		}
		return true
	})
}

func isFalse(x ast.Expr) bool {
	i, ok := x.(*ast.Ident)
	return ok && i.Name == "false"
}
