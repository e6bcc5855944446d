package nn

import (
	"strings"
	"unicode"
)

// snake turns a Go name to snake_case: FC1 → fc1, RunningMean → running_mean, LMHead → lm_head, Conv2D → conv2d.
func snake(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) && (unicode.IsLower(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1]) && r[i-1] != '_') {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}
