package prep

// Places returns for each input where its values are in a row: its numbers, then its flag, then its category.
func (p *Plan) Places() [][]int {
	all := make([][]int, len(p.Inputs))
	for i, at := range p.places() {
		in := &p.Inputs[i]
		for k := range in.Numbers {
			all[i] = append(all[i], at.numbers+k)
		}
		if in.Flag {
			all[i] = append(all[i], at.flag)
		}
		if in.category() {
			all[i] = append(all[i], at.category)
		}
	}
	return all
}

// Typical returns the row [F] whose numbers are what a missing one counts as, the median or mean of training as a rule, and target
// statistics those of an unknown value; all its flags are 0 and all its categories unknown.
func (p *Plan) Typical() []float32 {
	x := make([]float32, p.Features())
	for i, at := range p.places() {
		in := &p.Inputs[i]
		for k := range in.Numbers {
			num := &in.Numbers[k]
			v := num.Fill
			if in.Means != nil {
				v = in.Means[0][k]
			}
			x[at.numbers+k] = float32(num.Scale.Apply(v))
		}
	}
	return x
}
