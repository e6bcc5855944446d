package cli

import (
	"strings"
	"unicode/utf8"
)

// pad fills s with spaces to a width; at least one follows.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 1))
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0)) + s
}

// table is rows of text in columns; the first row is the head. A column is aligned to the right where align has an 'r' for
// it, and to the left elsewhere.
type table struct {
	align string
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String returns the table with two spaces between columns and none at a line's end.
func (t *table) String() string {
	var width []int
	for _, row := range t.rows {
		for i, s := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	var b strings.Builder
	for _, row := range t.rows {
		var line string
		for i, s := range row {
			if i > 0 {
				line += "  "
			}
			if i < len(t.align) && t.align[i] == 'r' {
				line += padLeft(s, width[i])
			} else {
				line += s + strings.Repeat(" ", width[i]-utf8.RuneCountInString(s))
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// screen is how many columns of a terminal the texts for people keep to.
const screen = 80

// wrap breaks a text at its spaces into lines that fit the screen, those after the first indented, and ends the last one.
// Spaces within a line stay as they are.
func wrap(text string, indent int) string {
	var b strings.Builder
	line, words := "", strings.SplitAfter(text, " ")
	for i, w := range words {
		if i > 0 && utf8.RuneCountInString(line)+utf8.RuneCountInString(strings.TrimRight(w, " ")) > screen {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = strings.Repeat(" ", indent)
		}
		line += w
	}
	return b.String() + strings.TrimRight(line, " ") + "\n"
}

// shorten cuts s to at most n letters.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
