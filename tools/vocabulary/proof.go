package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// prove fills the entries' proofs and returns the golden files that prove none.
func (c *code) prove(es []*entry) (problems []string, err error) {
	gs, err := c.goldens()
	if err != nil {
		return nil, err
	}
	tests := c.touched()
	for _, e := range es {
		r := c.reachOf(e.id)
		e.proofs = append(e.proofs, byGolden(gs, e, r)...)
		e.proofs = append(e.proofs, c.byTests(tests, e, r)...)
	}
	for _, g := range gs {
		if !g.claimed {
			problems = append(problems, fmt.Sprintf("%s proves nothing that is known; see claims in tools/vocabulary/golden.go", g.path))
		}
		if !slices.ContainsFunc(c.texts, g.readBy) {
			problems = append(problems, fmt.Sprintf("%s isn't named in a test", g.path))
		}
	}
	return problems, nil
}

// reach is what a declaration uses, itself or by unexported functions of its package.
type reach struct {
	defs []string // names of Defs
	vjp  bool     // each has a VJP; true where there is none, as in what is composed of ops
	ops  []string // op.X
}

// reachOf follows a function, or all methods of a type.
func (c *code) reachOf(id string) *reach {
	r := &reach{vjp: true}
	seen := map[string]bool{}
	owner, _, _ := strings.Cut(id, ".")
	if c.types[id] == nil {
		c.follow(r, owner, id, seen)
		return r
	}
	for _, name := range c.order {
		if strings.HasPrefix(name, id+".") {
			c.follow(r, owner, name, seen)
		}
	}
	return r
}

func (c *code) follow(r *reach, owner, id string, seen map[string]bool) {
	f := c.funcs[id]
	if f == nil || seen[id] {
		return
	}
	seen[id] = true
	use := func(x ast.Expr) {
		if x, ok := x.(*ast.Ident); ok && c.defs[x.Name] != nil {
			r.defs = append(r.defs, c.defs[x.Name].name)
			r.vjp = r.vjp && c.defs[x.Name].vjp
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr: // relu.Apply, op.ReLU
			use(n.X)
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "op" && ast.IsExported(n.Sel.Name) && !slices.Contains(r.ops, "op."+n.Sel.Name) {
				r.ops = append(r.ops, "op."+n.Sel.Name)
			}
		case *ast.UnaryExpr: // &relu
			use(n.X)
		case *ast.CallExpr:
			switch f := n.Fun.(type) {
			case *ast.Ident:
				if !ast.IsExported(f.Name) {
					c.follow(r, owner, f.Name, seen)
				}
			case *ast.SelectorExpr:
				c.follow(r, owner, owner+"."+f.Sel.Name, seen)
				if l, ok := f.X.(*ast.CompositeLit); ok { // MSELoss{}.Of
					c.follow(r, typeName(l.Type), typeName(l.Type)+"."+f.Sel.Name, seen)
				}
			}
		}
		return true
	})
}
