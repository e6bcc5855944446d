package recipe

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Value is one key with its value and where it comes from.
type Value struct {
	Key    string
	Text   string // as YAML
	Origin Origin
	Doc    string
	Of     []string // the models that alone have it; nil: any
}

// Values returns every key in the order of the file.
func (r *Recipe) Values() []Value {
	vs := make([]Value, len(fields))
	for i := range fields {
		f := &fields[i]
		doc := f.doc
		if f.of != "" {
			doc += " (" + strings.ReplaceAll(f.of, " ", ", ") + ")"
		}
		vs[i] = Value{f.key, text(f.at(r)), r.origins[f.key], doc, strings.Fields(f.of)}
	}
	return vs
}

// text writes a value as YAML.
func text(p any) string {
	switch p := p.(type) {
	case *bool:
		return strconv.FormatBool(*p)
	case *int:
		return strconv.Itoa(*p)
	case *uint64:
		return strconv.FormatUint(*p, 10)
	case *float64:
		return strconv.FormatFloat(*p, 'g', -1, 64)
	case *[]float64:
		return strings.ReplaceAll(fmt.Sprint(*p), " ", ", ")
	case *[]int:
		return strings.ReplaceAll(fmt.Sprint(*p), " ", ", ")
	case *[]string:
		quoted := make([]string, len(*p))
		for i, s := range *p {
			quoted[i] = quoteItem(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case *Columns:
		return p.String()
	case *time.Duration:
		return p.String()
	case *Count:
		return p.String()
	case *Bytes:
		return p.String()
	case *string:
		return quote(*p)
	}
	panic(fmt.Sprintf("recipe: value of type %T", p))
}

// quote leaves a text as it is where it reads back as itself, and quotes it elsewhere.
func quote(s string) string {
	n := yaml.Node{Kind: yaml.ScalarNode, Value: s, Tag: "!!str"}
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		n.Style = yaml.DoubleQuotedStyle
	}
	b, err := yaml.Marshal(&n)
	if err != nil {
		return strconv.Quote(s)
	}
	return strings.TrimSuffix(string(b), "\n")
}

// quoteItem is quote for an item of a list in brackets, whose signs mean something there.
func quoteItem(s string) string {
	if strings.ContainsAny(s, "[]{},&*#?|-<>=!%@:`'\"") {
		return strconv.Quote(s)
	}
	return quote(s)
}

// YAML returns the whole recipe as a file that Parse reads back: with each value's origin as a comment where origins is
// true. The keys and sections named in without are left out.
func (r *Recipe) YAML(origins bool, without ...string) []byte {
	return r.Explain(func(v *Value) (string, bool) {
		section, _, _ := strings.Cut(v.Key, ".")
		keep := !slices.Contains(without, v.Key) && !slices.Contains(without, section)
		if !origins {
			return "", keep
		}
		return v.Origin.String(), keep
	})
}

// Explain returns the recipe as a file that Parse reads back, with a comment beside each value, but for those of which why says
// that they are to be left out. It may write a value's text in another way: in lines of its own, the first of them empty.
func (r *Recipe) Explain(why func(*Value) (comment string, keep bool)) []byte {
	var b bytes.Buffer
	var open []string
	for _, v := range r.Values() {
		comment, keep := why(&v)
		if !keep {
			continue
		}
		path := strings.Split(v.Key, ".")
		dir, leaf := path[:len(path)-1], path[len(path)-1]
		for i, name := range dir {
			if i >= len(open) || open[i] != name {
				fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", i), name)
				open = append(open[:i:i], dir[i])
			}
		}
		open = open[:len(dir)]
		line := strings.TrimSuffix(fmt.Sprintf("%s%s: %s", strings.Repeat("  ", len(dir)), leaf, v.Text), "\n")
		line = strings.Replace(line, ": \n", ":\n", 1)
		if comment != "" {
			line = fmt.Sprintf("%-34s # %s", line, comment)
		}
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}
