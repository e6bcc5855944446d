package data

import (
	"math"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// MixUp mixes each row with another of the same data, the values and the targets alike:
//
//	x = λ·xᵢ + (1 − λ)·xⱼ
//	y = λ·yᵢ + (1 − λ)·yⱼ, of class ids λ·onehot(yᵢ) + (1 − λ)·onehot(yⱼ)
//
// Values of a row that are ids of categories, those from Numbers on, have no mean: they stay those of row i, which has the larger share.
//
// λ ~ Beta(Alpha, Alpha), and λ ≥ ½ after swapping, so that a row stays itself for the most part. j is any row. Both are
// drawn for each row by (Seed, epoch, row): the paper draws one λ for a batch and pairs its rows.
//
// Source: Zhang, Cisse, Dauphin & Lopez-Paz 2018, arXiv:1710.09412.
type MixUp struct {
	Data    Source
	Classes int     // of class ids; 0: the targets are numbers
	Numbers int     // how many of a row's first values are mixed; 0: all
	Alpha   float64 // in (0, 1]
	Seed    uint64

	epoch     int
	partners  []int
	x, y, ids tensor.Tensor // of the partners, and the rows' own ids
}

// mixStream is the random stream of MixUp: "mixup" in ASCII.
const mixStream = 0x6d69787570

// Len implements Source.
func (m *MixUp) Len() int { return m.Data.Len() }

// RowShape implements Source.
func (m *MixUp) RowShape() []int { return m.Data.RowShape() }

// Targets implements Source: of class ids a row's target is the shares of the classes.
func (m *MixUp) Targets() int {
	if m.Classes > 0 {
		return m.Classes
	}
	return m.Data.Targets()
}

// Epoch implements Epochs.
func (m *MixUp) Epoch(n int) {
	m.epoch = n
	if e, ok := m.Data.(Epochs); ok {
		e.Epoch(n)
	}
}

// Gather implements Source.
func (m *MixUp) Gather(x, y tensor.Tensor, rows []int) error {
	n := len(rows)
	if !m.x.Valid() || m.x.Dim(0) < n {
		m.x, m.y, m.ids = tensor.New(tensor.F32, x.Shape()...), tensor.New(tensor.I32, n), tensor.New(tensor.I32, n)
		if m.Classes == 0 {
			m.y = tensor.New(tensor.F32, y.Shape()...)
		}
		m.partners = make([]int, n)
	}
	partners, own := m.partners[:n], y
	if m.Classes > 0 {
		own = m.ids.Slice(0, 0, n, 1)
	}
	other, otherY := m.x.Slice(0, 0, n, 1), m.y.Slice(0, 0, n, 1)
	epoch := rng.Stream{Seed: m.Seed, ID: mixStream}.Sub(uint64(m.epoch))
	for i, r := range rows {
		partners[i] = epoch.Sub(uint64(r)).IntN(0, m.Data.Len())
	}
	if err := m.Data.Gather(x, own, rows); err != nil {
		return err
	}
	if err := m.Data.Gather(other, otherY, partners); err != nil {
		return err
	}
	if m.Classes > 0 {
		clear(tensor.Of[float32](y))
	}
	a, b := tensor.Of[float32](x), tensor.Of[float32](other)
	width := len(a) / max(n, 1)
	for i, r := range rows {
		k := beta(epoch.Sub(uint64(r)), m.Alpha)
		k = max(k, 1-k)
		mixed := width
		if m.Numbers > 0 {
			mixed = m.Numbers
		}
		mix(a[i*width:][:mixed], b[i*width:][:mixed], k)
		if m.Classes == 0 {
			targets := y.Numel() / n
			mix(tensor.Of[float32](y)[i*targets:][:targets], tensor.Of[float32](otherY)[i*targets:][:targets], k)
			continue
		}
		to := tensor.Of[float32](y)[i*m.Classes:]
		to[tensor.Of[int32](own)[i]] += k
		to[tensor.Of[int32](otherY)[i]] += 1 - k
	}
	return nil
}

// mix makes a k·a + (1 − k)·b.
func mix(a, b []float32, k float32) {
	for i, v := range a {
		a[i] = float32(k*v) + float32((1-k)*b[i])
	}
}

// beta draws from Beta(α, α), α ≤ 1, from block 1 of s on.
//
// Source: Jöhnk 1964, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", Metrika 8.
func beta(s rng.Stream, alpha float64) float32 {
	for block := uint64(1); ; block++ {
		b := s.At(block)
		u := math.Pow((float64(b[0])+0.5)/(1<<32), 1/alpha)
		v := math.Pow((float64(b[1])+0.5)/(1<<32), 1/alpha)
		switch sum := u + v; {
		case sum > 1:
		case sum > 0:
			return float32(u / sum)
		default: // both underflow: the larger is all
			return float32(math.Round(float64(b[2]) / (1 << 32)))
		}
	}
}
