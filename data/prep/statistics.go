package prep

import (
	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/rng"
)

// smooth is how many rows of the mean over all each level's mean is mixed with.
const smooth = 10

// folds is how many parts the training rows are cut into, so that a row's own target isn't in what stands for its level.
const folds = 5

// foldStream is the random stream that deals rows to folds: "fold" in ASCII.
const foldStream = 0x666f6c64

// fold is the part that a row belongs to.
func fold(seed uint64, row int) int {
	return rng.Stream{Seed: seed, ID: foldStream}.IntN(uint64(row), folds)
}

// levelSums has for each id how many rows it has, and the sums of their targets.
type levelSums struct {
	rows []float64
	sums [][]float64 // [target][id]
}

func newLevelSums(ids, targets int) *levelSums {
	s := &levelSums{rows: make([]float64, ids), sums: make([][]float64, targets)}
	for k := range s.sums {
		s.sums[k] = make([]float64, ids)
	}
	return s
}

// add counts the rows for which keep is true.
func (s *levelSums) add(c *table.Column, ids []int32, y [][]float64, rows []int, keep func(row int) bool) {
	for _, r := range rows {
		if !keep(r) {
			continue
		}
		id := idOf(c, ids, r)
		s.rows[id]++
		for k := range y {
			s.sums[k][id] += y[k][r]
		}
	}
}

// means is m-estimates: (sum + smooth·mean over all) / (rows + smooth), by id and target.
func (s *levelSums) means() [][]float64 {
	means := make([][]float64, len(s.rows))
	for id := range means {
		means[id] = make([]float64, len(s.sums))
	}
	for k, sums := range s.sums {
		n, all := 0.0, 0.0
		for id, sum := range sums {
			n, all = n+s.rows[id], all+sum
		}
		all /= max(n, 1)
		for id, sum := range sums {
			means[id][k] = (sum + smooth*all) / (s.rows[id] + smooth)
		}
	}
	return means
}

// idOf is the model's id of a row's code.
func idOf(c *table.Column, ids []int32, row int) int32 {
	if code := c.Codes[row]; code >= 0 {
		return ids[code]
	}
	return 0
}

// statistics writes target statistics in place of a category.
func (in *Input) statistics(m matrix, at place, c *table.Column, ids []int32) (n Count) {
	for i, code := range c.Codes {
		id := idOf(c, ids, i)
		switch {
		case code < 0:
			n.Missing++
		case id == 0:
			n.Unknown++
		}
		in.mean(m, at, i, in.Means[id])
	}
	return n
}

func (in *Input) mean(m matrix, at place, row int, means []float64) {
	for k := range in.Numbers {
		m.x[row*m.row+(at.numbers+k)*m.col] = float32(in.Numbers[k].Scale.Apply(means[k]))
	}
}

// outOfFold writes for each training row the statistics of the other folds' rows, which a new row's statistics are like: those of
// its own fold have seen its target.
func (in *Input) outOfFold(m matrix, at place, c *table.Column, y [][]float64, rows []int, seed uint64) {
	ids := in.ids(c)
	for f := range folds {
		s := newLevelSums(len(in.Levels)+1, len(y))
		s.add(c, ids, y, rows, func(r int) bool { return fold(seed, r) != f })
		means := s.means()
		for _, r := range rows {
			if fold(seed, r) == f {
				in.mean(m, at, r, means[idOf(c, ids, r)])
			}
		}
	}
}
