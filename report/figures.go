package report

import (
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/train"
)

// maxHeat is the most classes whose confusion is drawn.
const maxHeat = 12

// maxCurves is the most classes whose curves share a plot.
const maxCurves = 4

// plots are all that the run has something to draw of.
func (r *Report) plots() []*plot {
	all := r.training()
	if r.Measured == nil {
		return all
	}
	m := r.Measured
	if n := len(m.Confusion); n > 1 && n <= maxHeat {
		names := make([]string, n)
		for k := range names {
			names[k] = m.Classes[k].Class
		}
		all = append(all, &plot{
			name: "confusion", title: "Confusion", classes: names, heat: m.Confusion, x: axis{label: "said"}, y: axis{label: "true"},
			alt: fmt.Sprintf("Confusion matrix of %d classes; the table of the same name has its numbers", n),
		})
	}
	return append(append(all, m.curves()...), m.calibration()...)
}

// training are the curves of losses and of accuracy over the epochs.
func (r *Report) training() []*plot {
	if len(r.Run.History) < 2 {
		return nil
	}
	label := "epoch"
	if r.Task == "lm" {
		label = "step"
	}
	at := func(p *train.Point) float64 {
		if label == "step" {
			return float64(p.Step)
		}
		return float64(p.Epoch)
	}
	curve := func(name, part, metric string, c paint) series {
		s := series{name: name, paint: c}
		for i := range r.Run.History {
			p := &r.Run.History[i]
			m := p.Train
			if part == "val" {
				m = p.Val
			}
			if y, ok := m[metric]; ok {
				s.points = append(s.points, [2]float64{at(p), y})
			}
		}
		return s
	}
	var all []*plot
	for _, f := range []struct {
		name, title, metric string
		series              []series
	}{
		{"loss", "Loss", "loss", []series{curve("training", "train", "loss", first), curve("validation", "val", "loss", second)}},
		{"accuracy", "Accuracy on the validation part", "accuracy", []series{curve("validation", "val", "accuracy", second)}},
		{"rmse", "RMSE on the validation part", "rmse", []series{curve("validation", "val", "rmse", second)}},
	} {
		var drawn []series
		for _, s := range f.series {
			if len(s.points) > 1 {
				drawn = append(drawn, s)
			}
		}
		if drawn == nil {
			continue
		}
		var alt strings.Builder
		fmt.Fprintf(&alt, "%s over %d epochs or validations", f.title, len(r.Run.History))
		for _, s := range drawn {
			fmt.Fprintf(&alt, "; %s from %.4g to %.4g", s.name, s.points[0][1], s.points[len(s.points)-1][1])
		}
		all = append(all, &plot{name: f.name, title: f.title, alt: alt.String(), series: drawn, x: spread(label, drawn, 0), y: spread(f.metric, drawn, 1)})
	}
	for _, p := range all {
		p.x.min, p.x.whole = min(p.x.min, at(&r.Run.History[0])), true
	}
	return all
}

// curves are ROC and precision-recall, of two classes, or of the few classes that are hardest to tell.
func (m *Measured) curves() []*plot {
	chosen := hardest(m.Curves, m.Classes)
	if chosen == nil {
		return nil
	}
	unit := func(label string) axis { return axis{label: label, max: 1} }
	roc := &plot{name: "roc", title: "ROC", x: unit("false positive rate"), y: unit("true positive rate"), diagonal: true, alt: "ROC curves"}
	pr := &plot{name: "pr", title: "Precision and recall", x: unit("recall"), y: unit("precision"), alt: "Precision-recall curves"}
	for i, c := range chosen {
		name := short(c.Class, 14)
		roc.series = append(roc.series, series{name: name, points: c.ROC, paint: first + paint(i)})
		pr.series = append(pr.series, series{name: name, points: c.PR, paint: first + paint(i)})
		for _, k := range m.Classes {
			if k.Class == c.Class {
				roc.alt += fmt.Sprintf("; %s: area %.4f", c.Class, k.Metrics["roc_auc"])
				pr.alt += fmt.Sprintf("; %s: average precision %.4f", c.Class, k.Metrics["pr_auc"])
			}
		}
	}
	if len(chosen) < len(m.Curves) {
		roc.title += fmt.Sprintf(" of the %d of %d classes with the least area", len(chosen), len(m.Curves))
		pr.title += ", the same classes"
	}
	return []*plot{roc, pr}
}

// hardest are at most maxCurves curves, those of the least areas.
func hardest(curves []task.Curves, classes []task.ClassResult) []task.Curves {
	area := map[string]float64{}
	for _, c := range classes {
		area[c.Class] = c.Metrics["roc_auc"]
	}
	var chosen []task.Curves
	for _, c := range curves {
		i := 0
		for i < len(chosen) && area[chosen[i].Class] <= area[c.Class] {
			i++
		}
		chosen = append(chosen[:i], append([]task.Curves{c}, chosen[i:]...)...)
		chosen = chosen[:min(len(chosen), maxCurves)]
	}
	return chosen
}

// calibration is how often the model is right where it is so sure.
func (m *Measured) calibration() []*plot {
	if len(m.Calibration) == 0 {
		return nil
	}
	s := series{name: "the model", paint: first, dots: true}
	for _, b := range m.Calibration {
		s.points = append(s.points, [2]float64{b.Confidence, b.Accuracy})
	}
	return []*plot{{
		name: "calibration", title: "Calibration: how often it is right where it is so sure", x: axis{label: "probability of the likeliest class", max: 1},
		y: axis{label: "share that is right", max: 1}, diagonal: true, series: []series{s},
		alt: fmt.Sprintf("Calibration curve; expected calibration error %.4f", m.Metrics["ece"]),
	}}
}
