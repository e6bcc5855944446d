package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// synonyms are names that other libraries give to our keys.
var synonyms = map[string]string{
	"learning_rate": "train.lr", "batch_size": "train.batch", "num_epochs": "train.epochs", "hidden_size": "model.hidden",
	"max_iters": "train.steps", "eval_interval": "train.eval_steps", "gradient_accumulation_steps": "train.accumulate",
	"n_layer": "model.layers", "n_head": "model.heads", "n_embd": "model.dim", "block_size": "model.context",
}

// suggestKey returns `; did you mean "train.epochs"?` for the known key nearest to an unknown one, or nothing. A key given
// without its section is near, and so is another library's name for one.
func suggestKey(key string) string {
	last := key[strings.LastIndexByte(key, '.')+1:]
	for _, f := range fields {
		if f.key == last || strings.HasSuffix(f.key, "."+last) {
			return fmt.Sprintf("; did you mean %q?", f.key)
		}
	}
	var known []string
	for _, f := range fields {
		for i, c := range f.key {
			if c == '.' && !slices.Contains(known, f.key[:i]) {
				known = append(known, f.key[:i])
			}
		}
		known = append(known, f.key)
	}
	if s := mark(key, known); s != "" {
		return s
	}
	for _, name := range slices.Sorted(maps.Keys(synonyms)) {
		if DidYouMean(last, []string{name}) != "" {
			return fmt.Sprintf("; did you mean %q?", synonyms[name])
		}
	}
	return ""
}

func mark(name string, known []string) string {
	if s := DidYouMean(name, known); s != "" {
		return "; " + strings.TrimSuffix(strings.TrimPrefix(s, " ("), ")")
	}
	return ""
}

// DidYouMean returns ` (did you mean "mnist"?)` for the nearest of the known names, or nothing where none is near.
func DidYouMean(name string, known []string) string {
	best, at := max(len(name)/3, 1)+1, ""
	for _, k := range known {
		if d := distance(name, k); d < best {
			best, at = d, k
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", at)
}

// distance is the number of letters to insert, remove, change or swap with their neighbour to make b of a (optimal string
// alignment; Damerau 1964, Levenshtein 1966).
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 { // no key is as long
		return len(a) + len(b)
	}
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// children returns the keys one level below a path.
func children(path string) []string {
	var r []string
	for _, f := range fields {
		rest, ok := strings.CutPrefix(f.key, path)
		if !ok || path != "" && !strings.HasPrefix(rest, ".") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(rest, "."), ".")
		if !slices.Contains(r, name) {
			r = append(r, name)
		}
	}
	return r
}

// Choices returns the names that a key's value is one of, in the order of its doc; nil: the value is of another kind.
func Choices(key string) []string {
	f := find(key)
	if f == nil || f.ok == nil {
		return nil
	}
	if _, text := f.def.(string); !text || f.ok("no such name") == nil {
		return nil
	}
	var names []string
	for _, word := range strings.FieldsFunc(f.doc, func(r rune) bool { return strings.ContainsRune(" |;:,", r) }) {
		if f.ok(word) == nil && !slices.Contains(names, word) {
			names = append(names, word)
		}
	}
	return names
}
