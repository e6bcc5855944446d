package cli

import (
	"fmt"
	"slices"
	"strings"
)

// maxMatrix is the largest number of classes whose matrix fits in 80 columns.
const maxMatrix = 10

// confusionText is the confusion matrix, a row for each true class and a column for each predicted one, with dots for
// zeros; of many classes it is the list of the commonest mistakes.
func confusionText(classes []string, counts [][]int) string {
	if len(classes) > maxMatrix {
		return mistakes(classes, counts, 20)
	}
	width := 1
	for _, row := range counts {
		for _, n := range row {
			width = max(width, len(fmt.Sprint(n)))
		}
	}
	name := 0
	for _, c := range classes {
		name = max(name, min(len([]rune(c)), 16))
	}
	column := min(max(width, 3), 5)
	for _, c := range classes {
		column = max(column, min(len([]rune(c)), 5))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "confusion: true class by row, predicted by column\n%s", strings.Repeat(" ", name))
	for _, c := range classes {
		b.WriteString(" " + padLeft(shorten(c, column), column))
	}
	b.WriteString("\n")
	for i, row := range counts {
		b.WriteString(padLeft(shorten(classes[i], name), name))
		for _, n := range row {
			s := fmt.Sprint(n)
			if n == 0 {
				s = "·"
			}
			b.WriteString(" " + padLeft(s, column))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// mistakes lists the commonest pairs of true and predicted class that differ.
func mistakes(classes []string, counts [][]int, most int) string {
	type pair struct{ n, truth, said int }
	var pairs []pair
	for i, row := range counts {
		for j, n := range row {
			if i != j && n > 0 {
				pairs = append(pairs, pair{n, i, j})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return b.n - a.n })
	t := table{align: "rll"}
	t.add("ROWS", "TRUE", "PREDICTED")
	for _, p := range pairs[:min(len(pairs), most)] {
		t.add(count(p.n), shorten(classes[p.truth], 30), shorten(classes[p.said], 30))
	}
	return "the commonest mistakes\n" + t.String()
}
