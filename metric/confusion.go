package metric

import "fmt"

// Confusion counts predictions by true class and predicted class. Make it with NewConfusion.
type Confusion struct {
	Classes int
	Counts  []int // [Classes Classes]: row true, column predicted
}

// NewConfusion returns an empty matrix.
func NewConfusion(classes int) *Confusion {
	return &Confusion{Classes: classes, Counts: make([]int, classes*classes)}
}

// Add takes predicted and true class ids; one outside the classes is an error, and nothing is counted.
func (c *Confusion) Add(pred, target []int32) error {
	if err := checkLengths("Confusion", len(pred), len(target)); err != nil {
		return err
	}
	for i := range pred {
		for _, id := range [...]int32{pred[i], target[i]} {
			if id < 0 || int(id) >= c.Classes {
				return fmt.Errorf("metric: Confusion: row %d has class %d; there are %d classes", i, id, c.Classes)
			}
		}
	}
	for i, p := range pred {
		c.Counts[int(target[i])*c.Classes+int(p)]++
	}
	return nil
}

// Merge adds what o, of the same classes, has seen.
func (c *Confusion) Merge(o *Confusion) error {
	if o.Classes != c.Classes {
		return fmt.Errorf("metric: Confusion of %d classes merged with one of %d", c.Classes, o.Classes)
	}
	for i, n := range o.Counts {
		c.Counts[i] += n
	}
	return nil
}

// Value returns the matrix as rows, one for each true class.
func (c *Confusion) Value() [][]int {
	rows := make([][]int, c.Classes)
	for i := range rows {
		rows[i] = c.Counts[i*c.Classes : (i+1)*c.Classes]
	}
	return rows
}

// Predicted returns how often class k was predicted.
func (c *Confusion) Predicted(k int) int {
	n := 0
	for i := range c.Classes {
		n += c.Counts[i*c.Classes+k]
	}
	return n
}

// Actual returns how often class k was true.
func (c *Confusion) Actual(k int) int {
	n := 0
	for j := range c.Classes {
		n += c.Counts[k*c.Classes+j]
	}
	return n
}

// Right returns how often class k was predicted and true.
func (c *Confusion) Right(k int) int { return c.Counts[k*c.Classes+k] }
