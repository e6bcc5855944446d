package prep

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Scale brings numbers to a range that training works well with. By Method:
//
//	none      y = x
//	standard  y = (x − Shift) / Width     mean and standard deviation (of n, not n−1)
//	minmax    y = (x − Shift) / Width     smallest value, and the largest less the smallest: 0 … 1
//	robust    y = (x − Shift) / Width     median, and the third quartile less the first
//	log       y = (s − Shift) / Width     standard, of s = sign(x)·log(1 + |x|)
//	quantile  y = Φ⁻¹(F(x))               F: the share of values below x, between Quantiles linear
//
// Where all values are the same, Width is 1. standard, minmax, robust and quantile are scikit-learn's StandardScaler,
// MinMaxScaler, RobustScaler and QuantileTransformer (output_distribution "normal").
type Scale struct {
	Method    string    `json:"method"`
	Shift     float64   `json:"shift,omitempty"`
	Width     float64   `json:"width,omitempty"`
	Quantiles []float64 `json:"quantiles,omitempty"`
}

// Methods are the names of Scale.Method.
var Methods = []string{"none", "standard", "minmax", "robust", "log", "quantile"}

// Quantiles are at most maxQuantiles, and about one for rowsPerQuantile rows: with fewer rows between two of them F follows
// single rows. Source of the 30: Gorishniy et al. 2021, arXiv:2106.11959, as in its published code.
const (
	maxQuantiles    = 1000
	minQuantiles    = 10
	rowsPerQuantile = 30
)

// FitScale returns the scale of a method for values, none of which is NaN.
func FitScale(method string, values []float64) (Scale, error) {
	return fitScale(method, slices.Clone(values), max(min(len(values)/rowsPerQuantile, maxQuantiles), minQuantiles))
}

// fitScale may reorder values.
func fitScale(method string, values []float64, quantiles int) (Scale, error) {
	s := Scale{Method: method}
	if len(values) == 0 {
		return s, errors.New("no values to scale by")
	}
	switch method {
	case "none":
	case "standard":
		s.Shift, s.Width = moments(values)
	case "minmax":
		s.Shift = slices.Min(values)
		s.Width = slices.Max(values) - s.Shift
	case "robust":
		slices.Sort(values)
		s.Shift = percentile(values, 0.5)
		s.Width = percentile(values, 0.75) - percentile(values, 0.25)
	case "log":
		for i, v := range values {
			values[i] = signedLog(v)
		}
		s.Shift, s.Width = moments(values)
	case "quantile":
		slices.Sort(values)
		s.Quantiles = make([]float64, min(quantiles, len(values)))
		for i := range s.Quantiles {
			s.Quantiles[i] = percentile(values, reference(i, len(s.Quantiles)))
		}
	default:
		return s, fmt.Errorf("unknown scale %q; there are %v", method, Methods)
	}
	if s.Width == 0 && s.affine() {
		s.Width = 1
	}
	if s.check() != nil {
		return s, fmt.Errorf("values of up to %.3g are too large for the scale %s; leave such rows out, or use log", max(slices.Max(values), -slices.Min(values)), method)
	}
	return s, nil
}

func (s *Scale) affine() bool { return s.Method != "none" && s.Method != "quantile" }

func (s *Scale) check() error {
	switch {
	case !slices.Contains(Methods, s.Method):
		return fmt.Errorf("unknown scale %q", s.Method)
	case s.affine() && !(s.Width > 0 && s.Width < math.Inf(1)) || math.IsNaN(s.Shift) || math.IsInf(s.Shift, 0):
		return fmt.Errorf("a scale with shift %v and width %v", s.Shift, s.Width)
	case s.Method == "quantile" && (len(s.Quantiles) == 0 || !slices.IsSorted(s.Quantiles)):
		return errors.New("a scale whose quantiles aren't sorted")
	}
	return nil
}

// moments returns mean and standard deviation, in two passes; the deviation of values that differ by rounding only is 0, as
// StandardScaler has it. Of values whose squares are beyond a float64 it isn't finite.
func moments(values []float64) (mean, deviation float64) {
	n := float64(len(values))
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	mean = sum / n
	squares := 0.0
	for _, v := range values {
		d := v - mean
		squares += float64(d * d)
	}
	variance := squares / n
	const eps = 0x1p-52
	if e := n * mean * eps; variance-variance == 0 && variance <= n*eps*variance+e*e {
		return mean, 0
	}
	return mean, math.Sqrt(variance)
}

// percentile is NumPy's, method "linear", of sorted values.
func percentile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-1)
	a, b := sorted[i], sorted[min(i+1, len(sorted)-1)]
	return a + float64((b-a)*(at-float64(i)))
}

// reference is the share of values that quantile i of n bounds.
func reference(i, n int) float64 {
	if n == 1 {
		return 0
	}
	return float64(i) / float64(n-1)
}

func signedLog(x float64) float64 { return math.Copysign(math.Log1p(math.Abs(x)), x) }

// Apply returns the scaled value of x.
func (s *Scale) Apply(x float64) float64 {
	switch s.Method {
	case "none":
		return x
	case "log":
		return (signedLog(x) - s.Shift) / s.Width
	case "quantile":
		return s.normal(x)
	}
	return (x - s.Shift) / s.Width
}

// Invert returns the x whose scaled value is y; of quantile, one in the range of the values it was fitted on.
func (s *Scale) Invert(y float64) float64 {
	switch s.Method {
	case "none":
		return y
	case "log":
		l := float64(y*s.Width) + s.Shift
		return math.Copysign(math.Expm1(math.Abs(l)), l)
	case "quantile":
		n := len(s.Quantiles)
		f := 0.5 * math.Erfc(-y/math.Sqrt2)
		switch {
		case f < bound:
			f = 0
		case f > 1-bound:
			f = 1
		}
		at := f * float64(n-1)
		i := min(int(at), n-1)
		a, b := s.Quantiles[i], s.Quantiles[min(i+1, n-1)]
		return a + float64((b-a)*(at-float64(i)))
	}
	return float64(y*s.Width) + s.Shift
}

// bound keeps F away from 0 and 1, whose normal quantiles are infinite, as scikit-learn does.
const bound = 1e-7

// lowest is Φ⁻¹ of a little less than bound, so that Invert knows it.
var lowest = probit(bound - 0x1p-52)

// probit is Φ⁻¹.
func probit(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// normal is the quantile transform. A value that is several quantiles stands in their middle.
func (s *Scale) normal(x float64) float64 {
	q := s.Quantiles
	n := len(q)
	switch {
	case x-bound < q[0]:
		return lowest
	case x+bound > q[n-1]:
		return -lowest
	}
	hi := above(q, x) // q[hi-1] ≤ x < q[hi]
	var f float64
	if lo := hi - 1; q[lo] == x {
		first := lo
		for first > 0 && q[first-1] == x {
			first--
		}
		f = 0.5 * (reference(first, n) + reference(lo, n))
	} else {
		a, b := reference(lo, n), reference(hi, n)
		f = a + float64((b-a)/(q[hi]-q[lo])*(x-q[lo]))
	}
	return max(min(probit(f), -lowest), lowest)
}

// above returns the first place whose quantile is greater than x: fewer branches to foresee than slices.BinarySearch has.
func above(q []float64, x float64) int {
	at, n := 0, len(q)
	for n > 0 {
		half := n / 2
		if q[at+half] <= x {
			at += n - half
		}
		n = half
	}
	return at
}
