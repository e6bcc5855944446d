package data

import (
	"math"

	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// MixUp mixes each row with another of the same data, the values and the classes alike:
//
//	x = λ·xᵢ + (1 − λ)·xⱼ
//	y = λ·onehot(yᵢ) + (1 − λ)·onehot(yⱼ)
//
// λ ~ Beta(Alpha, Alpha), and λ ≥ ½ after swapping, so that a row stays itself for the most part. j is any row. Both are
// drawn for each row by (Seed, epoch, row): the paper draws one λ for a batch and pairs its rows.
//
// Source: Zhang, Cisse, Dauphin & Lopez-Paz 2018, arXiv:1710.09412.
type MixUp struct {
	Data    Source // of class ids
	Classes int
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

// Targets implements Source: a row's target is the shares of the classes.
func (m *MixUp) Targets() int { return m.Classes }

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
		m.partners = make([]int, n)
	}
	partners, other := m.partners[:n], m.x.Slice(0, 0, n, 1)
	ids, otherIDs := m.ids.Slice(0, 0, n, 1), m.y.Slice(0, 0, n, 1)
	epoch := rng.Stream{Seed: m.Seed, ID: mixStream}.Sub(uint64(m.epoch))
	for i, r := range rows {
		partners[i] = epoch.Sub(uint64(r)).IntN(0, m.Data.Len())
	}
	if err := m.Data.Gather(x, ids, rows); err != nil {
		return err
	}
	if err := m.Data.Gather(other, otherIDs, partners); err != nil {
		return err
	}
	own, mixed := tensor.Of[float32](x), tensor.Of[float32](other)
	a, b, to := tensor.Of[int32](ids), tensor.Of[int32](otherIDs), tensor.Of[float32](y)
	clear(to)
	width := len(own) / max(n, 1)
	for i, r := range rows {
		share := beta(epoch.Sub(uint64(r)), m.Alpha)
		k := max(share, 1-share)
		for c, v := range own[i*width : (i+1)*width] {
			own[i*width+c] = float32(k*v) + float32((1-k)*mixed[i*width+c])
		}
		to[i*m.Classes+int(a[i])] += k
		to[i*m.Classes+int(b[i])] += 1 - k
	}
	return nil
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
