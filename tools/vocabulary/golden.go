package main

import (
	"encoding/json"
	"fmt"
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
	"batch_norm":          {"BatchNorm", "BatchNormInfer"},
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

// readBy reports whether a text of a test names the file, alone or among all.
func (g *golden) readBy(text string) bool {
	return text == g.stem() || text == "testdata/*.json" || strings.HasSuffix(text, "testdata/"+g.stem()+".json")
}

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
