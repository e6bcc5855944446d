package softmax

// Targets say what the rows of [rows cols] should be. Row i has the masses
//
//	p[i, j] = Rows[i]·Classes[j]·((1 − Smoothing)·t[i, j] + Smoothing/cols)
//
// where t is Probs, or else 1 at IDs[i] and 0 elsewhere. A row whose id is Ignored, if Ignore is true, has none. All other
// ids must be in [0, cols).
type Targets struct {
	IDs           []int32
	Probs         []float32
	Classes, Rows []float32 // weights; nil: ones
	Smoothing     float32
	Ignore        bool
	Ignored       int32
}

// row returns row r's weight: 0 where it is ignored.
func (p *Targets) row(r int) float32 {
	switch {
	case p.Ignore && p.IDs[r] == p.Ignored:
		return 0
	case p.Rows != nil:
		return p.Rows[r]
	}
	return 1
}

// oneClass reports whether each row's mass is on the class of its id alone.
func (p *Targets) oneClass() bool { return p.Probs == nil && p.Smoothing == 0 }

// shares returns what row r's own target counts for, and what each class does besides; both without the class's weight.
func (p *Targets) shares(r, cols int) (own, each float32) {
	w := p.row(r)
	return w * (1 - p.Smoothing), w * p.Smoothing / float32(cols)
}

func (p *Targets) class(j int) float32 {
	if p.Classes == nil {
		return 1
	}
	return p.Classes[j]
}

// mass is p[r, j], given the row's shares.
func (p *Targets) mass(r, j, cols int, own, each float32) float32 {
	v := each
	if p.Probs != nil {
		v += own * p.Probs[r*cols+j]
	} else if int(p.IDs[r]) == j {
		v += own
	}
	return v * p.class(j)
}

// Total returns what PyTorch divides the sum of the losses by for their mean: the sum over the rows that aren't ignored of
// the row's weight times, for ids, the weight of its class.
func (p *Targets) Total(rows int) float32 {
	if p.Rows == nil && !p.Ignore && (p.Probs != nil || p.Classes == nil) {
		return float32(rows)
	}
	var s float64
	for r := range rows {
		w := p.row(r)
		if w != 0 && p.Probs == nil {
			w *= p.class(int(p.IDs[r]))
		}
		s += float64(w)
	}
	return float32(s)
}

// Masses writes p times scale to dst [rows cols].
func (p *Targets) Masses(dst []float32, scale float32, rows, cols int) {
	for r := range rows {
		own, each := p.shares(r, cols)
		for j := range cols {
			dst[r*cols+j] = scale * p.mass(r, j, cols, own, each)
		}
	}
}
