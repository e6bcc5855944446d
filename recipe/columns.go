package recipe

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Columns are a table's columns that differ from what is inferred, in the order they are written.
type Columns []Column

// Column says how one column differs. What is empty is inferred.
type Column struct {
	Name     string
	Type     string   // number, binary, category, date, text, id or image
	Layout   string   // of a date, as package time writes it: 02/01/2006
	Drop     bool     // no input
	Scale    string   // as data.scale
	Impute   string   // as data.impute, or constant
	Fill     *float64 // what a missing number counts as, with impute: constant
	Encode   string   // of a category: id, or target: by the target's mean
	Optional bool     // prediction may lack it
}

// scales are the ways to bring numbers to a range.
var scales = []string{"standard", "minmax", "robust", "log", "quantile", "none"}

// columnKeys are the settings of a column, with what they may be.
var columnKeys = []struct {
	key string
	ok  func(any) error
	set func(c *Column, v string)
	get func(c *Column) string
}{
	{"type", oneOf("number", "binary", "category", "date", "text", "id", "image"), func(c *Column, v string) { c.Type = v }, func(c *Column) string { return c.Type }},
	{"layout", notEmpty, func(c *Column, v string) { c.Layout = v }, func(c *Column) string { return c.Layout }},
	{"drop", oneOf("true", "false"), func(c *Column, v string) { c.Drop = v == "true" }, func(c *Column) string { return onlyTrue(c.Drop) }},
	{"scale", oneOf(scales...), func(c *Column, v string) { c.Scale = v }, func(c *Column) string { return c.Scale }},
	{"impute", oneOf("mean", "median", "mode", "constant"), func(c *Column, v string) { c.Impute = v }, func(c *Column) string { return c.Impute }},
	{"fill", isNumber, func(c *Column, v string) { x, _ := strconv.ParseFloat(v, 64); c.Fill = &x }, func(c *Column) string { return fillText(c.Fill) }},
	{"encode", oneOf("id", "target"), func(c *Column, v string) { c.Encode = v }, func(c *Column) string { return c.Encode }},
	{"optional", oneOf("true", "false"), func(c *Column, v string) { c.Optional = v == "true" }, func(c *Column) string { return onlyTrue(c.Optional) }},
}

func onlyTrue(b bool) string {
	if b {
		return "true"
	}
	return ""
}

func fillText(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'g', -1, 64)
}

func isNumber(v any) error {
	if x, err := strconv.ParseFloat(v.(string), 64); err != nil || x-x != 0 {
		return fmt.Errorf("%q isn't a number", v)
	}
	return nil
}

// String returns the columns as YAML, {} of none.
func (cs Columns) String() string {
	list := make([]string, len(cs))
	for i := range cs {
		var settings []string
		for _, k := range columnKeys {
			if v := k.get(&cs[i]); v != "" {
				settings = append(settings, k.key+": "+quoteItem(v))
			}
		}
		list[i] = fmt.Sprintf("%s: {%s}", quoteItem(cs[i].Name), strings.Join(settings, ", "))
	}
	return "{" + strings.Join(list, ", ") + "}"
}

// parseColumns reads {NAME: {SETTING: VALUE, …}, …}.
func parseColumns(n *yaml.Node) (Columns, error) {
	const want = "columns with their settings, such as {zip: {type: category}, id: {drop: true}}"
	if n.Kind != yaml.MappingNode {
		return nil, wrongType(n, want)
	}
	cs := Columns{}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || v.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("%s: %w", cut(k.Value), wrongType(v, want))
		}
		if seen[k.Value] {
			return nil, fmt.Errorf("column %q stands twice", cut(k.Value))
		}
		seen[k.Value] = true
		c := Column{Name: k.Value}
		for j := 0; j+1 < len(v.Content); j += 2 {
			if err := c.set(v.Content[j], v.Content[j+1]); err != nil {
				return nil, fmt.Errorf("column %q: %w", cut(c.Name), err)
			}
		}
		if (c.Impute == "constant") != (c.Fill != nil) {
			return nil, fmt.Errorf("column %q: impute: constant and fill: NUMBER go together", cut(c.Name))
		}
		cs = append(cs, c)
	}
	return cs, nil
}

// set puts one setting in place.
func (c *Column) set(k, v *yaml.Node) error {
	var names []string
	for _, known := range columnKeys {
		names = append(names, known.key)
		if k.Value != known.key {
			continue
		}
		if v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null" {
			return fmt.Errorf("%s: %w", known.key, wrongType(v, "one value"))
		}
		if err := known.ok(v.Value); err != nil {
			return fmt.Errorf("%s: %w", known.key, err)
		}
		known.set(c, v.Value)
		return nil
	}
	return fmt.Errorf("unknown setting %q%s; there are %s", cut(k.Value), DidYouMean(k.Value, names), strings.Join(names, ", "))
}

// GapNumber is data.split.gap as a number: of a column's unit, or seconds of 7d, 12h, 30m.
func (d *Data) GapNumber() float64 {
	x, _ := parseGap(d.Gap)
	return x
}

func gap(v any) error {
	_, err := parseGap(v.(string))
	return err
}

func parseGap(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		if x, err = strconv.ParseFloat(days, 64); err == nil {
			x *= (24 * time.Hour).Seconds()
		}
	} else if err != nil {
		var d time.Duration
		if d, err = time.ParseDuration(s); err == nil {
			x = d.Seconds()
		}
	}
	if err != nil || !(x >= 0) || x-x != 0 {
		return 0, fmt.Errorf("%q; want a number of at least 0, or a time such as 7d or 12h", s)
	}
	return x, nil
}
