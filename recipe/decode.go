package recipe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxFile is the largest YAML file that is read.
const maxFile = 1 << 16

func readFile(name string) ([]byte, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // opening a pipe would wait for who writes to it
		return nil, &Error{File: name, Msg: "can't be read: it is not a regular file"}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &Error{File: name, Msg: "can't be read: " + cause(err).Error()}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{File: name, Msg: "can't be read: " + cause(err).Error()}
	}
	return text, nil
}

func cause(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// decoder puts YAML nodes into a Recipe.
type decoder struct {
	r    *Recipe
	file string // empty: the command line
	seen map[string]int
}

func (d *decoder) document(text []byte) error {
	if len(text) > maxFile {
		return &Error{File: d.file, Msg: fmt.Sprintf("larger than %d bytes: not a recipe", maxFile)}
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return &Error{File: d.file, Msg: "it has a zero byte: not a text file"}
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	if err := decode(dec, &doc); errors.Is(err, io.EOF) {
		return &Error{File: d.file, Line: 1, Column: 1, Msg: "the file is empty"}
	} else if err != nil {
		return d.syntax(err)
	}
	if err := decode(dec, &more); err == nil {
		return d.at(&more, "a second document begins; want one")
	} else if !errors.Is(err, io.EOF) {
		return d.syntax(err)
	}
	d.seen = map[string]int{}
	return d.node("", doc.Content[0])
}

// decode is dec.Decode with the parser's panics, which it has for some malformed texts, as errors.
func decode(dec *yaml.Decoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	if err := dec.Decode(n); err != nil {
		return err
	}
	if n.Kind != yaml.DocumentNode || len(n.Content) == 0 {
		return io.EOF
	}
	return nil
}

func (d *decoder) argument(key, value string) error {
	var doc yaml.Node
	err := decode(yaml.NewDecoder(strings.NewReader(value)), &doc)
	switch {
	case errors.Is(err, io.EOF): // key= is the empty text
		doc.Content = []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle}}
	case err != nil:
		return d.syntax(fmt.Errorf("value of %s: %w", key, err))
	}
	d.seen = map[string]int{}
	return d.node(key, doc.Content[0])
}

// yamlLine is how the parser tells a position.
var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

func (d *decoder) syntax(err error) error {
	msg := err.Error()
	e := &Error{File: d.file, Msg: strings.TrimPrefix(msg, "yaml: ")}
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column, e.Msg = 1, msg[len(m[0]):]
	}
	e.Msg = "not YAML: " + e.Msg
	return e
}

func (d *decoder) at(n *yaml.Node, format string, args ...any) error {
	e := &Error{Msg: fmt.Sprintf(format, args...)}
	if d.file != "" {
		e.File, e.Line, e.Column = d.file, n.Line, n.Column
	}
	return e
}

// node decodes what stands at a path: a section's keys or a field's value.
func (d *decoder) node(path string, n *yaml.Node) error {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return d.at(n, "anchors and aliases aren't read; write the value out")
	}
	if f := find(path); f != nil {
		return d.value(f, n)
	}
	if !section(path) {
		return d.at(n, "unknown key %q%s", cut(path), suggestKey(path))
	}
	if n.Kind != yaml.MappingNode {
		return d.at(n, "%sfound %s, want keys such as %s", where(path), describe(n), strings.Join(children(path), ", "))
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			return d.at(k, "%sa key is %s, want a name", where(path), describe(k))
		}
		key := join(path, k.Value)
		if find(key) == nil && !section(key) {
			return d.at(k, "unknown key %q%s", cut(key), suggestKey(key))
		}
		if line, twice := d.seen[key]; twice {
			return d.at(k, "key %q stands twice; first in line %d", key, line)
		}
		d.seen[key] = k.Line
		if err := d.node(key, v); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) value(f *field, n *yaml.Node) error {
	v, err := parse(f, n)
	if err == nil && f.ok != nil {
		err = f.ok(v)
	}
	if err != nil {
		return d.at(n, "%s: %v", f.key, err)
	}
	switch p := f.at(d.r).(type) {
	case *bool:
		*p = v.(bool)
	case *int:
		*p = v.(int)
	case *uint64:
		*p = v.(uint64)
	case *float64:
		*p = v.(float64)
	case *string:
		*p = v.(string)
	case *[]int:
		*p = v.([]int)
	case *[]float64:
		*p = v.([]float64)
	case *[]string:
		*p = v.([]string)
	case *Columns:
		*p = v.(Columns)
	case *time.Duration:
		*p = v.(time.Duration)
	case *Count:
		*p = v.(Count)
	case *Bytes:
		*p = v.(Bytes)
	}
	o := Origin{Source: fromArgs}
	if d.file != "" {
		o = Origin{d.file, n.Line}
	}
	d.r.origins[f.key] = o
	return nil
}

// parse reads a node as the field's type.
func parse(f *field, n *yaml.Node) (any, error) {
	switch p := f.at(&Recipe{}).(type) {
	case *bool:
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			return nil, wrongType(n, "true or false")
		}
		return n.Value == "true", nil
	case *int:
		return parseInt(n)
	case *uint64:
		u, err := strconv.ParseUint(n.Value, 10, 64)
		if err != nil || !number(n) {
			return nil, wrongType(n, "a whole number from 0 to 2⁶⁴−1")
		}
		return u, nil
	case *float64:
		return parseFloat(f, n)
	case *string:
		if n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
			return nil, wrongType(n, "text")
		}
		return n.Value, nil
	case *[]int:
		if n.Kind != yaml.SequenceNode {
			return nil, wrongType(n, "a list of whole numbers such as [500]")
		}
		list := make([]int, len(n.Content))
		for i, c := range n.Content {
			v, err := parseInt(c)
			if err != nil {
				return nil, fmt.Errorf("item %d: %w", i+1, err)
			}
			list[i] = v
		}
		return list, nil
	case *[]float64:
		return parseFloats(f, n)
	case *[]string:
		return parseTexts(n)
	case *Columns:
		return parseColumns(n)
	case *time.Duration:
		v, err := time.ParseDuration(n.Value)
		if err != nil || n.Kind != yaml.ScalarNode {
			return nil, wrongType(n, "a time such as 30s, 10m or 2h")
		}
		return v, nil
	case *Count:
		return parseCount(n)
	case *Bytes:
		return parseBytes(n)
	default:
		panic(fmt.Sprintf("recipe: field %s has type %T", f.key, p))
	}
}

func parseInt(n *yaml.Node) (int, error) {
	v, err := strconv.Atoi(n.Value)
	if err != nil || !number(n) {
		return 0, wrongType(n, "a whole number")
	}
	return v, nil
}

func parseFloats(f *field, n *yaml.Node) (any, error) {
	if n.Kind != yaml.SequenceNode {
		return nil, wrongType(n, "a list of numbers such as [0.9, 0.99]")
	}
	list := make([]float64, len(n.Content))
	for i, c := range n.Content {
		v, err := parseFloat(f, c)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		list[i] = v
	}
	return list, nil
}

// parseTexts reads a list of texts, or one text as a list of it.
func parseTexts(n *yaml.Node) (any, error) {
	items := n.Content
	if n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
		items = []*yaml.Node{n}
	} else if n.Kind != yaml.SequenceNode {
		return nil, wrongType(n, "a list of texts such as [baseline, wide]")
	}
	list := make([]string, len(items))
	for i, c := range items {
		if c.Kind != yaml.ScalarNode || c.ShortTag() == "!!null" {
			return nil, fmt.Errorf("item %d: %w", i+1, wrongType(c, "text"))
		}
		list[i] = c.Value
	}
	return list, nil
}

func parseFloat(f *field, n *yaml.Node) (float64, error) {
	text, unit, want := n.Value, 1.0, "a number"
	if f.kind == share {
		want = "a share such as 0.1 or 10%"
		if t, ok := strings.CutSuffix(text, "%"); ok {
			text, unit = t, 100
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !number(n) || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, wrongType(n, want)
	}
	return v / unit, nil
}

// number reports whether a node may be read as a number: a scalar that isn't quoted.
func number(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

func wrongType(n *yaml.Node, want string) error {
	return fmt.Errorf("found %s, want %s", describe(n), want)
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.ShortTag() == "!!null":
		return "nothing"
	case !number(n):
		return fmt.Sprintf("the text %q", cut(n.Value))
	}
	return fmt.Sprintf("%q", cut(n.Value))
}

// cut shortens what a message shows of a file.
func cut(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

func where(path string) string {
	if path == "" {
		return ""
	}
	return path + ": "
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
