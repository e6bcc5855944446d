package task

import (
	"math"
	"slices"

	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/rng"
)

// bootstrapStream is the random stream of resamples: "bootstrap" without its vowels, in ASCII.
const bootstrapStream = 0x62747374727070

// resampler draws resamples of n rows with replacement and measures each.
type resampler struct {
	n, metrics int
	stream     rng.Stream
	measure    func(w []uint16, to []float64)
	values     []float64 // [resamples metrics]
	free       parallel.Free[counts]
}

type counts struct{ w []uint16 }

// resample measures so many resamples of n rows; the same seed gives the same, whatever else is measured of it.
func resample(n, metrics, resamples int, seed uint64, f func(w []uint16, to []float64)) []float64 {
	r := &resampler{
		n: n, metrics: metrics, stream: rng.Stream{Seed: seed, ID: bootstrapStream}, measure: f, values: make([]float64, resamples*metrics),
	}
	parallel.For(resamples, r)
	return r.values
}

// Run measures resample i. A row is one of n by 32 random bits: the bias is below n/2³².
func (r *resampler) Run(i int) {
	c := r.free.Get()
	if c.w == nil {
		c.w = make([]uint16, r.n)
	}
	clear(c.w)
	s := r.stream.Sub(uint64(i))
	for at := 0; at < r.n; at += 4 {
		b := s.At(uint64(at / 4))
		for _, u := range b[:min(4, r.n-at)] {
			c.w[uint64(u)*uint64(r.n)>>32]++
		}
	}
	r.measure(c.w, r.values[i*r.metrics:][:r.metrics])
	r.free.Put(c)
}

// interval is the 95 % percentile interval of metric k of resampled values, between order statistics linear; NaNs count as not drawn.
// Source: Efron & Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
func interval(values []float64, metrics, k int) [2]float64 {
	var x []float64
	for i := k; i < len(values); i += metrics {
		if !math.IsNaN(values[i]) {
			x = append(x, values[i])
		}
	}
	if len(x) == 0 {
		return [2]float64{math.NaN(), math.NaN()}
	}
	slices.Sort(x)
	return [2]float64{quantile(x, 0.025), quantile(x, 0.975)}
}

// quantile is of sorted values, linear between them.
func quantile(x []float64, q float64) float64 {
	at := q * float64(len(x)-1)
	i := int(at)
	if i+1 == len(x) {
		return x[i]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}
