package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
)

// paint is a colour by its meaning; what it looks like is the page's choice, and differs in the dark.
type paint uint8

const (
	ink paint = iota
	faint
	first // of the series
	second
	third
	fourth
	shade // of a heat map, by its strength
)

// canvas is what a plot is drawn on: SVG or pixels. Lengths are CSS pixels, from the upper left.
type canvas interface {
	line(points [][2]float64, p paint, width float64, dashed bool)
	// box fills a rectangle; strength is 0 to 1.
	box(x, y, w, h float64, p paint, strength float64)
	// text writes s on the line y; anchor −1 begins at x, 0 is around it, 1 ends there. Turned text reads upwards.
	text(x, y float64, anchor int, turned bool, p paint, s string)
}

// plot is a picture with axes or a heat map.
type plot struct {
	name     string // of the file
	title    string
	alt      string // what it shows, for who doesn't see it
	x, y     axis
	series   []series
	diagonal bool // a dashed line from corner to corner: what chance, or perfection, is

	classes []string // of a heat map, whose rows and columns they are
	heat    [][]int
}

type axis struct {
	label    string
	min, max float64
	whole    bool // its numbers are counted
}

type series struct {
	name   string
	points [][2]float64
	paint  paint
	dots   bool
}

// The size of a plot and of what is around its axes.
const (
	plotWidth, plotHeight = 460.0, 300.0
	left, right           = 58.0, 16.0
	top, bottom           = 40.0, 44.0
	fontSize              = 12.0
)

func (p *plot) draw(c canvas) {
	c.text(left, 18, -1, false, ink, p.title)
	if p.heat != nil {
		p.drawHeat(c)
		return
	}
	sx := func(x float64) float64 { return left + (x-p.x.min)/(p.x.max-p.x.min)*(plotWidth-left-right) }
	sy := func(y float64) float64 {
		return plotHeight - bottom - (y-p.y.min)/(p.y.max-p.y.min)*(plotHeight-top-bottom)
	}
	for _, t := range p.x.ticks() {
		c.line([][2]float64{{sx(t), top}, {sx(t), plotHeight - bottom}}, faint, 1, false)
		c.text(sx(t), plotHeight-bottom+16, 0, false, ink, number(t))
	}
	for _, t := range p.y.ticks() {
		c.line([][2]float64{{left, sy(t)}, {plotWidth - right, sy(t)}}, faint, 1, false)
		c.text(left-6, sy(t)+4, 1, false, ink, number(t))
	}
	c.text((left+plotWidth-right)/2, plotHeight-8, 0, false, ink, p.x.label)
	c.text(14, (top+plotHeight-bottom)/2, 0, true, ink, p.y.label)
	if p.diagonal {
		c.line([][2]float64{{sx(p.x.min), sy(p.y.min)}, {sx(p.x.max), sy(p.y.max)}}, ink, 1, true)
	}
	at := plotWidth - right
	for i := len(p.series) - 1; i >= 0; i-- {
		s := p.series[i]
		scaled := make([][2]float64, len(s.points))
		for k, q := range s.points {
			scaled[k] = [2]float64{sx(q[0]), sy(q[1])}
			if s.dots || len(s.points) == 1 {
				c.box(scaled[k][0]-2.5, scaled[k][1]-2.5, 5, 5, s.paint, 1)
			}
		}
		c.line(scaled, s.paint, 2, false)
		if len(p.series) > 1 { // the legend, from the right
			at -= textWidth(s.name)
			c.text(at, 34, -1, false, ink, s.name)
			c.box(at-18, 27, 12, 6, s.paint, 1)
			at -= 28
		}
	}
}

// drawHeat draws the confusion of few enough classes: true by row, said by column.
func (p *plot) drawHeat(c canvas) {
	most := 1
	for _, row := range p.heat {
		most = max(most, slices.Max(row))
	}
	n := float64(len(p.heat))
	const names = 92.0 // left of the cells
	w, h := (plotWidth-names-right)/n, (plotHeight-top-bottom)/n
	for i, row := range p.heat {
		c.text(names-6, top+(float64(i)+0.5)*h+4, 1, false, ink, short(p.classes[i], 12))
		for j, k := range row {
			x, y := names+float64(j)*w, top+float64(i)*h
			c.box(x, y, w-1, h-1, shade, math.Sqrt(float64(k)/float64(most)))
			if k > 0 && textWidth(strconv.Itoa(k)) < w {
				c.text(x+w/2, y+h/2+4, 0, false, ink, strconv.Itoa(k))
			}
		}
	}
	for j, name := range p.classes {
		c.text(names+(float64(j)+0.5)*w, plotHeight-bottom+14, 0, false, ink, short(name, int(w/7)))
	}
	c.text((names+plotWidth-right)/2, plotHeight-8, 0, false, ink, p.x.label)
	c.text(12, (top+plotHeight-bottom)/2, 0, true, ink, p.y.label)
}

// textWidth is about what a text takes.
func textWidth(s string) float64 { return 0.55 * fontSize * float64(len([]rune(s))) }

// short cuts a text to at most n letters.
func short(s string, n int) string {
	r := []rune(s)
	if n < 1 {
		return ""
	}
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

// ticks are at most 8 round numbers on the axis.
func (a *axis) ticks() []float64 {
	low, high := a.min, a.max
	step := math.Pow(10, math.Floor(math.Log10(high-low)))
	for _, f := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if n := (high - low) / (step * f); n <= 7 {
			step *= f
			break
		}
	}
	if a.whole {
		step = max(step, 1)
	}
	var r []float64
	for i := math.Ceil(low/step - 1e-9); i*step <= high+step*1e-9; i++ {
		r = append(r, i*step)
	}
	return r
}

func number(x float64) string {
	if math.Abs(x) < 1e-12 {
		return "0"
	}
	return fmt.Sprintf("%.4g", x)
}

// spread is an axis over all of the series' values in one dimension, from zero where that is near.
func spread(label string, all []series, dimension int) axis {
	a := axis{label: label, min: math.Inf(1), max: math.Inf(-1)}
	for _, s := range all {
		for _, p := range s.points {
			a.min, a.max = min(a.min, p[dimension]), max(a.max, p[dimension])
		}
	}
	if a.min > 0 && a.min < a.max/2 {
		a.min = 0
	}
	if a.max-a.min < 1e-9*max(math.Abs(a.max), 1e-9) {
		a.min, a.max = a.min-math.Abs(a.min)/10-1e-6, a.max+math.Abs(a.max)/10+1e-6
	}
	return a
}
