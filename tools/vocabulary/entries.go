package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"regexp"
	"slices"
	"strings"
)

// kind is a section of the page.
type kind int

const (
	opKind kind = iota
	lossKind
	layerKind
	initKind
	optimizerKind
	scheduleKind
	metricKind
	kinds
)

var titles = [kinds]string{"Ops", "Losses", "Layers", "Initialisers", "Optimizers", "Schedules", "Metrics"}

// entry is a row of the page.
type entry struct {
	kind      kind
	id        string // in its package: Add, or Confusion.MCC
	name      string // op.Add
	file      string
	constant  bool // it gives a tensor, and no tape is involved
	sentence  string
	source    string
	elsewhere string
	proofs    []string
}

// others are functions that aren't words of the vocabulary.
var others = []string{"nn.Buffers", "nn.Load", "nn.Params", "nn.State"}

// unlisted returns the exported functions that are no entries.
func (c *code) unlisted() (problems []string) {
	for _, id := range c.order {
		f := c.funcs[id]
		_, listed := c.kindOf(id)
		if f == nil || f.Recv != nil || !ast.IsExported(id) || listed || c.types[strings.TrimPrefix(id, "New")] != nil || slices.Contains(others, c.dir+"."+id) {
			continue
		}
		problems = append(problems, fmt.Sprintf("%s.%s: is neither a word of the vocabulary nor in others, tools/vocabulary/entries.go", c.dir, id))
	}
	return problems
}

// last is a method's own name.
func (e *entry) last() string { return e.id[strings.LastIndexByte(e.id, '.')+1:] }

func (c *code) entries() []*entry {
	var es []*entry
	for _, id := range c.order {
		if k, ok := c.kindOf(id); ok {
			text := c.docs[id]
			es = append(es, &entry{
				kind: k, id: id, name: c.dir + "." + id, file: c.files[id], sentence: sentence(text, id), source: source(text),
				constant: c.funcs[id] != nil && gives(c.funcs[id], "Tensor"),
			})
		}
	}
	return es
}

// kindOf tells what a declaration is by what it looks like: an op takes and gives values, a layer has Forward, an optimizer Apply
// and Prepare or a step of its own, a schedule Factor, a metric Value; an initialiser fills a tensor.
func (c *code) kindOf(id string) (kind, bool) {
	if f := c.funcs[id]; f != nil {
		return c.kindOfFunc(id, f)
	}
	if !ast.IsExported(id) {
		return 0, false
	}
	if _, ok := c.types[id].Type.(*ast.InterfaceType); ok {
		return 0, false
	}
	has := func(m string) bool { return c.hasMethod(id, m, 0) }
	switch {
	case c.dir == "op":
		return lossKind, has("Of") && strings.HasPrefix(c.files[id], "op/loss_")
	case c.dir == "nn":
		return layerKind, has("Forward") || c.funcs["New"+id] != nil
	case c.dir == "optim" && has("Factor"):
		return scheduleKind, true
	case c.dir == "optim":
		return optimizerKind, has("Apply") && has("Prepare") || has("Step") || has("Backward")
	case c.dir == "metric":
		return metricKind, has("Value") && has("Merge")
	}
	return 0, false
}

func (c *code) kindOfFunc(id string, f *ast.FuncDecl) (kind, bool) {
	owner, method, isMethod := strings.Cut(id, ".")
	if !ast.IsExported(owner) || isMethod && !ast.IsExported(method) {
		return 0, false
	}
	switch {
	case c.dir == "op" && !isMethod && (gives(f, "Value") || gives(f, "Tensor")):
		if strings.HasPrefix(c.files[id], "op/loss_") {
			return lossKind, true
		}
		return opKind, true
	case c.dir == "nn" && !isMethod:
		return initKind, f.Type.Results == nil && takes(f, "Tensor")
	case c.dir == "optim" && !isMethod:
		return optimizerKind, gives(f, "Groups") || gives(f, "Optimizer")
	case c.dir == "metric" && !isMethod:
		return metricKind, !strings.HasPrefix(id, "New") && gives(f, "float64")
	case c.dir == "metric":
		return metricKind, owner == "Confusion" && gives(f, "float64")
	}
	return 0, false
}

// hasMethod looks in a type and in what it embeds.
func (c *code) hasMethod(name, method string, depth int) bool {
	if c.funcs[name+"."+method] != nil {
		return true
	}
	t := c.types[name]
	if t == nil || depth > 5 {
		return false
	}
	s, ok := t.Type.(*ast.StructType)
	if !ok {
		return false
	}
	for _, f := range s.Fields.List {
		if len(f.Names) == 0 && c.hasMethod(receiver(f.Type), method, depth+1) {
			return true
		}
	}
	return false
}

// gives reports whether the first result is of the type, a slice or a list of it.
func gives(f *ast.FuncDecl, name string) bool {
	r := f.Type.Results
	return r != nil && len(r.List) > 0 && typeName(r.List[0].Type) == name
}

func takes(f *ast.FuncDecl, name string) bool {
	for _, p := range f.Type.Params.List {
		if typeName(p.Type) == name {
			return true
		}
	}
	return false
}

func typeName(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	case *ast.ArrayType:
		return typeName(x.Elt)
	}
	return ""
}

// link is a link of a doc comment; [K] is a shape.
var link = regexp.MustCompile(`\[((?:[a-z]+\.)?[A-Z]\w+(?:\.\w+)*)\]`)

// sentence returns the first sentence of a comment without the name that it starts with.
func sentence(text, id string) string {
	s := new(doc.Package).Synopsis(text)
	last := id[strings.LastIndexByte(id, '.')+1:]
	for _, article := range []string{"", "A ", "An ", "The "} {
		if rest, ok := strings.CutPrefix(s, article+last+" "); ok {
			s = rest
			break
		}
	}
	for _, verb := range []string{"is ", "are ", "computes ", "returns "} {
		s = strings.TrimPrefix(s, verb)
	}
	return strings.TrimSuffix(strings.TrimSuffix(link.ReplaceAllString(s, "$1"), "."), ":")
}

// remark is what follows a source in its paragraph.
var remark = regexp.MustCompile(`(\d)\. [A-Z].*`)

// source returns what follows "Source:" in a comment.
func source(text string) string {
	_, s, ok := strings.Cut(text, "Source: ")
	if !ok {
		return ""
	}
	s, _, _ = strings.Cut(s, "\n\n")
	s = link.ReplaceAllString(s, "$1")
	return strings.TrimSuffix(remark.ReplaceAllString(strings.Join(strings.Fields(s), " "), "$1"), ".")
}
