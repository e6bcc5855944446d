package main

import (
	"fmt"
	"slices"
	"strings"
)

const head = `# The vocabulary

Written by ` + "`go run ./tools/vocabulary`" + ` from the code; a test holds it to that. Each name leads to the file that holds formula, shapes,
gradient and variant.

How a thing is proven: against values of **PyTorch** or **scikit-learn**, or of **a plain reference** written by the paper where they have
none, in the file named, which ` + "`tools/golden/`" + ` wrote; against a **float64 reference**, value and gradient, the gradient by central differences; by
**double differences** of that where it can be differentiated twice. A layer's value may be that of the
ops named, proven there. What none of these fits has the test that is the most about it.
`

func page(es []*entry) string {
	var b strings.Builder
	b.WriteString(head)
	for k := range kinds {
		other := "PyTorch"
		if k == metricKind {
			other = "scikit-learn"
		}
		rows := slices.DeleteFunc(slices.Clone(es), func(e *entry) bool { return e.kind != k })
		slices.SortFunc(rows, func(a, b *entry) int { return strings.Compare(strings.ToLower(a.id), strings.ToLower(b.id)) })
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| name | what it is | %s | proven by | source |\n| --- | --- | --- | --- | --- |\n", titles[k], counts(rows), other)
		for _, e := range rows {
			fmt.Fprintf(&b, "| [`%s`](../%s) | %s | %s | %s | %s |\n", e.name, e.file, cell(e.sentence), quoted(e.elsewhere), cell(strings.Join(e.proofs, "; ")), cell(e.source))
		}
	}
	return b.String()
}

// counts tells how many rows are proven in which way.
func counts(rows []*entry) string {
	text := fmt.Sprintf("%d in all", len(rows))
	for _, p := range [...]struct{ proof, says string }{
		{"PyTorch: ", "held to PyTorch's values"}, {"scikit-learn: ", "held to scikit-learn's values"}, {"a plain reference: ", "to a plain reference's"},
		{"float64 reference", "to a float64 reference"}, {"double differences", "differentiable twice"},
	} {
		n := 0
		for _, e := range rows {
			if slices.ContainsFunc(e.proofs, func(s string) bool { return strings.HasPrefix(s, p.proof) }) {
				n++
			}
		}
		if n > 0 {
			text += fmt.Sprintf(", %d %s", n, p.says)
		}
	}
	return text + "."
}

// cell writes text that may hold what Markdown takes for its own.
func cell(s string) string {
	if s == "" {
		return "–"
	}
	return strings.NewReplacer("|", `\|`, "*", `\*`).Replace(s)
}

// quoted writes a name of code.
func quoted(s string) string {
	if s == none {
		return "–"
	}
	return "`" + s + "`"
}
