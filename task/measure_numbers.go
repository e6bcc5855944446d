package task

import "math"

// labelMeasure is of Labels: means over the labels, but for subset_accuracy, the share of rows with every label right.
type labelMeasure struct {
	labels   int
	said     []bool // [N labels]
	truth    []bool
	loss     []float64 // by row, the mean over its labels
	brier    []float64
	rankings []*ranking
}

func newLabelMeasure(p *Predictions) *labelMeasure {
	n, c := len(p.Rows), len(p.Names)
	m := &labelMeasure{labels: c, said: make([]bool, n*c), truth: make([]bool, n*c), loss: make([]float64, n), brier: make([]float64, n)}
	threshold := p.Threshold
	if threshold == 0 {
		threshold = 0.5
	}
	for i := range n * c {
		v := float64(p.Output[i])
		m.said[i], m.truth[i] = v >= threshold, p.Targets[i] > 0.5
		of := v // what was given to the truth
		if !m.truth[i] {
			of = 1 - v
		}
		m.loss[i/c] -= math.Log(min(max(of, tiny), 1)) / float64(c)
		m.brier[i/c] += (1 - of) * (1 - of) / float64(c)
	}
	for k := 0; k < c && c <= maxRanked; k++ {
		m.rankings = append(m.rankings, newRanking(func(i int) float32 { return p.row(i)[k] }, func(i int) bool { return m.truth[i*c+k] }, n))
	}
	return m
}

func (m *labelMeasure) names() []string {
	r := []string{"accuracy", "subset_accuracy", "f1", "log_loss", "brier"}
	if m.rankings != nil {
		r = append(r, "roc_auc", "pr_auc")
	}
	return r
}

func (m *labelMeasure) values(w []uint16, to []float64) {
	hit, miss, false1 := make([]float64, m.labels), make([]float64, m.labels), make([]float64, m.labels)
	var rows, right, all, loss, brier float64
	for i := range m.loss {
		v := float64(w[i])
		rows += v
		loss += v * m.loss[i]
		brier += v * m.brier[i]
		whole := v
		for k := range m.labels {
			switch said, truth := m.said[i*m.labels+k], m.truth[i*m.labels+k]; {
			case said && truth:
				hit[k] += v
				right += v
			case truth:
				miss[k] += v
				whole = 0
			case said:
				false1[k] += v
				whole = 0
			default:
				right += v
			}
		}
		all += whole
	}
	f1 := make([]float64, m.labels)
	for k := range f1 {
		f1[k] = 2 * hit[k] / (2*hit[k] + miss[k] + false1[k])
	}
	to[0], to[1], to[2], to[3], to[4] = right/(rows*float64(m.labels)), all/rows, meanDefined(f1), loss/rows, brier/rows
	if m.rankings == nil {
		return
	}
	roc, pr := make([]float64, m.labels), make([]float64, m.labels)
	for k, r := range m.rankings {
		roc[k], pr[k] = r.areas(w)
	}
	to[5], to[6] = meanDefined(roc), meanDefined(pr)
}

// numberMeasure is of Regress: means over the targets.
type numberMeasure struct {
	targets  int
	t        []float64 // [N targets], less their mean
	relative []float64 // |error| / |target|
	error    []float64 // prediction less target
	quantile float64
}

func newNumberMeasure(p *Predictions) *numberMeasure {
	n, c := len(p.Rows), len(p.Names)
	m := &numberMeasure{targets: c, t: make([]float64, n*c), relative: make([]float64, n*c), error: make([]float64, n*c), quantile: p.Quantile}
	means := make([]float64, c)
	for i, t := range p.Targets {
		means[i%c] += float64(t) / float64(n)
	}
	for i, t := range p.Targets {
		m.error[i] = float64(p.Output[i]) - float64(t)
		m.relative[i] = math.Abs(m.error[i]) / max(math.Abs(float64(t)), 0x1p-52) // scikit-learn's least
		m.t[i] = float64(t) - means[i%c]
	}
	return m
}

func (m *numberMeasure) names() []string {
	r := []string{"rmse", "mae", "r2", "mape"}
	if m.quantile > 0 {
		r = append(r, "pinball")
	}
	return r
}

func (m *numberMeasure) values(w []uint16, to []float64) {
	clear(to)
	k := float64(m.targets)
	for c := range m.targets {
		var rows, t, tt, ee, e, rel, pin float64
		for i := c; i < len(m.t); i += m.targets {
			v, d := float64(w[i/m.targets]), m.error[i]
			rows += v
			t += v * m.t[i]
			tt += v * m.t[i] * m.t[i]
			ee += v * d * d
			e += v * math.Abs(d)
			rel += v * m.relative[i]
			pin += v * max(-m.quantile*d, (1-m.quantile)*d)
		}
		to[0] += math.Sqrt(ee/rows) / k
		to[1] += e / rows / k
		if spread := tt - t*t/rows; spread > 0 {
			to[2] += (1 - ee/spread) / k
		} else {
			to[2] = math.NaN()
		}
		to[3] += rel / rows / k
		if m.quantile > 0 {
			to[4] += pin / rows / k
		}
	}
}
