package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// golden is a file of testdata: where its numbers come from and what else is named in it.
type golden struct {
	path    string
	source  string
	inside  []string // names of cases and of metrics' values
	plain   []string // metrics' names whose values come from a plain reference
	claimed bool
}

// claims are golden files whose name isn't that of the one thing they prove.
var claims = map[string][]string{
	"amsgrad":             {"Adam"},
	"amsgrad_decoupled":   {"AdamW"},
	"batch_norm":          {"BatchNorm"},
	"clip_grad_norm":      {"ClipNorm"},
	"clip_grad_value":     {"ClipValue"},
	"transformer_decoder": {"TransformerDecoderLayer"},
	"transformer_encoder": {"TransformerEncoderLayer"},
}

func (c *code) goldens() ([]*golden, error) {
	names, err := filepath.Glob(filepath.Join(c.root, c.dir, "testdata", "*.json"))
	if err != nil {
		return nil, err
	}
	var gs []*golden
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var f struct {
			Source string
			Cases  []struct {
				Name               string
				Values, References any // by name, those of metrics
			}
		}
		if err := json.Unmarshal(b, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		g := &golden{path: path.Join(c.dir, "testdata", filepath.Base(name)), source: f.Source}
		for _, k := range f.Cases {
			g.inside = append(g.inside, squeeze(k.Name))
			for v := range named(k.Values) {
				g.inside = append(g.inside, squeeze(firstWord(v)))
			}
			for v := range named(k.References) {
				g.plain = append(g.plain, squeeze(firstWord(v)))
			}
		}
		gs = append(gs, g)
	}
	return gs, nil
}

func named(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return s
}

// squeeze makes names comparable: LogSoftmax, log_softmax.
func squeeze(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// proves reports whether the file holds an entry's values by its name, and by which source.
func (g *golden) proves(e *entry) (source string, ok bool) {
	if ids, special := claims[g.stem()]; special {
		return g.source, slices.Contains(ids, e.id)
	}
	name := squeeze(strings.TrimSuffix(e.last(), "Keep")) // MaxKeep is Max with its axes kept
	stem := squeeze(g.stem())
	short := strings.TrimPrefix(strings.TrimPrefix(stem, "loss"), "schedule")
	switch {
	case stem == name, short == strings.TrimSuffix(name, "loss"), slices.Contains(g.inside, name):
		return g.source, true
	case slices.Contains(g.plain, name):
		return "a plain reference", true
	}
	return g.source, e.kind >= initKind && strings.HasPrefix(g.stem(), name+"_")
}

func (g *golden) stem() string { return strings.TrimSuffix(path.Base(g.path), ".json") }

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
			problems = append(problems, fmt.Sprintf("%s proves nothing that is known; see claims in tools/vocabulary/proof.go", g.path))
		}
	}
	return problems, nil
}

// byGolden finds the golden files of an entry's name or, where there is none, of the Defs that it applies.
func byGolden(gs []*golden, e *entry, r *reach) []string {
	var proofs []string
	last := ""
	add := func(g *golden, source string) {
		g.claimed = true
		file := fmt.Sprintf("[%s](../%s)", g.stem(), g.path)
		if source = origin(source); source == last {
			proofs[len(proofs)-1] += ", " + file
			return
		}
		last = source
		proofs = append(proofs, source+": "+file)
	}
	for _, g := range gs {
		if source, ok := g.proves(e); ok {
			add(g, source)
		}
	}
	if proofs != nil {
		return proofs
	}
	var ofDefs []*golden
	for _, g := range gs {
		if slices.Contains(r.defs, g.stem()) {
			ofDefs = append(ofDefs, g)
		}
	}
	if len(ofDefs) == 1 { // of several, none need be of the whole
		add(ofDefs[0], ofDefs[0].source)
	}
	return proofs
}

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
		if best == nil || t.about(e) && !best.about(e) || t.about(e) == best.about(e) && len(t.words) < len(best.words) {
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

// origin shortens a golden file's source.
func origin(s string) string {
	switch {
	case strings.HasPrefix(s, "PyTorch"):
		return "PyTorch"
	case strings.HasPrefix(s, "scikit-learn"):
		return "scikit-learn"
	}
	return "a plain reference"
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

// about reports whether the test is named after the entry.
func (t *touch) about(e *entry) bool {
	return strings.HasPrefix(t.name, "Test") && strings.Contains(t.name, e.last())
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
