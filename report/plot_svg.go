package report

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"strings"
)

// classes are the paints' names in style sheets.
var classes = [...]string{ink: "ink", faint: "faint", first: "s1", second: "s2", third: "s3", fourth: "s4", shade: "shade"}

// svg draws as elements whose colours are left to a style sheet.
type svg struct{ bytes.Buffer }

func (s *svg) line(points [][2]float64, p paint, width float64, dashed bool) {
	if len(points) < 2 {
		return
	}
	dash := ""
	if dashed {
		dash = ` stroke-dasharray="4 4"`
	}
	fmt.Fprintf(s, `<polyline class="l %s" stroke-width="%g"%s points="`, classes[p], width, dash)
	for i, q := range points {
		if i > 0 {
			s.WriteByte(' ')
		}
		fmt.Fprintf(s, "%.1f,%.1f", q[0], q[1])
	}
	s.WriteString("\"/>\n")
}

func (s *svg) box(x, y, w, h float64, p paint, strength float64) {
	fmt.Fprintf(s, `<rect class="f %s" x="%.1f" y="%.1f" width="%.1f" height="%.1f"`, classes[p], x, y, w, h)
	if strength < 1 {
		fmt.Fprintf(s, ` fill-opacity="%.3f"`, strength)
	}
	s.WriteString("/>\n")
}

func (s *svg) text(x, y float64, anchor int, turned bool, p paint, text string) {
	turn := ""
	if turned {
		turn = fmt.Sprintf(` transform="rotate(-90 %.1f %.1f)"`, x, y)
	}
	fmt.Fprintf(s, `<text class="f %s" x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`+"\n", classes[p], x, y, [...]string{"start", "middle", "end"}[anchor+1], turn, html.EscapeString(printable(text)))
}

// printable leaves out control characters, which XML can't have.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xFFFE || r == 0xFFFF {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// element is the svg element of a plot; style is what comes first in it.
func element(p *plot, style string) string {
	s := &svg{}
	fmt.Fprintf(s, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img" aria-label="%s" font-size="%g">`+"\n%s",
		plotWidth, plotHeight, plotWidth, plotHeight, html.EscapeString(printable(p.alt)), fontSize, style)
	p.draw(s)
	s.WriteString("</svg>\n")
	return s.String()
}

// alone is the style sheet of a plot that isn't in a page.
const alone = `<style>
svg{background:#fff;font-family:system-ui,sans-serif}
.l{fill:none;stroke-linejoin:round}.l.ink{stroke:#333}.l.faint{stroke:#ddd}.f.ink{fill:#222}.f.shade{fill:#7fb2e5}
.l.s1{stroke:#1f6fb4}.l.s2{stroke:#c8501e}.l.s3{stroke:#2a8a4a}.l.s4{stroke:#8a4fb0}
.f.s1{fill:#1f6fb4}.f.s2{fill:#c8501e}.f.s3{fill:#2a8a4a}.f.s4{fill:#8a4fb0}
</style>
`

func writeSVG(w io.Writer, p *plot) error {
	_, err := io.WriteString(w, element(p, alone))
	return err
}
