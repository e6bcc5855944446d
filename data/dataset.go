// Package data holds labelled rows in memory, splits them, and feeds them to a training step in batches: shuffled in an
// order that depends on a seed only, gathered while the step before runs, from a position that can be saved and restored.
package data

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/kernel/convert"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Input says how raw input becomes the rows that a model sees: x = raw·Scale + Shift. It travels in the model file, so that
// prediction prepares its input as training did.
type Input struct {
	Kind     string  `json:"kind"`     // "image": bytes in row-major order, [Height Width Channels]
	Height   int     `json:"height"`   // pixels
	Width    int     `json:"width"`    // pixels
	Channels int     `json:"channels"` // 1 grey, 3 RGB
	Scale    float32 `json:"scale"`    // 1/255 brings bytes to 0 … 1
	Shift    float32 `json:"shift"`

	// What follows says how a picture of any size, as package data/images reads it, becomes those bytes.

	White  int    `json:"white,omitempty"`  // the byte that white is, 1 to 255; 0: 255
	Dark   bool   `json:"dark,omitempty"`   // trained on light things before a dark ground: a picture on a light ground is inverted
	Box    int    `json:"box,omitempty"`    // figures were scaled into so many pixels and centred by mass, as MNIST's were; 0: not
	Resize string `json:"resize,omitempty"` // "crop", "pad" or "stretch" brings another shape to this one; "": pad
}

// Features returns the number of values in a row.
func (in Input) Features() int { return in.Height * in.Width * in.Channels }

// Apply writes raw·Scale + Shift, rounded once, to dst: as many elements as dst has.
func (in Input) Apply(dst []float32, raw []uint8) { convert.U8ToF32(dst, raw, in.Scale, in.Shift) }

// Dataset is N labelled rows in memory. Several may share X and Y: the parts of a Split do.
type Dataset struct {
	X       tensor.Tensor // u8 (Input is applied when a row is gathered) or f32 (given as it is), [N features…], contiguous
	Y       tensor.Tensor // i32 class ids, [N], or f32 numbers, [N T]
	Input   Input
	Classes []string // name of class id i; none where Y holds numbers

	rows []int // the rows of X and Y that belong to it; nil: all
}

// Len returns the number of rows.
func (d *Dataset) Len() int {
	if d.rows != nil {
		return len(d.rows)
	}
	return d.X.Dim(0)
}

// RowShape returns the shape of one row, without N.
func (d *Dataset) RowShape() []int { return d.X.Shape()[1:] }

// Row returns the row of X and Y that row i of d is.
func (d *Dataset) Row(i int) int {
	if d.rows != nil {
		return d.rows[i]
	}
	return i
}

// Targets returns T where Y is f32 [N T], and 0 where it holds class ids.
func (d *Dataset) Targets() int {
	if d.Y.DType() == tensor.F32 {
		return d.Y.Dim(1)
	}
	return 0
}

// Label returns the class id of row i.
func (d *Dataset) Label(i int) int { return int(tensor.Of[int32](d.Y)[d.Row(i)]) }

// ahead is how many rows before its turn a row is asked for: rows of a shuffled batch lie far apart, and come from memory one
// after the other otherwise.
const ahead = 8

// Gather writes rows of d one behind the other to x, as a model sees them, and their targets to y. It implements Source.
func (d *Dataset) Gather(x, y tensor.Tensor, rows []int) error {
	if d.Y.DType() == tensor.F32 {
		gather(d, y, d.Y, rows)
	} else {
		ids, labels := tensor.Of[int32](y), tensor.Of[int32](d.Y)
		for i, r := range rows {
			ids[i] = labels[d.Row(r)]
		}
	}
	if d.X.DType() != tensor.U8 {
		gather(d, x, d.X, rows)
		return nil
	}
	raw, to := tensor.Of[uint8](d.X), tensor.Of[float32](x)
	features := len(to) / max(len(rows), 1)
	for i, r := range rows {
		if next := i + ahead; next < len(rows) {
			cpu.Fetch(raw[d.Row(rows[next])*features:][:features])
		}
		d.Input.Apply(to[i*features:(i+1)*features], raw[d.Row(r)*features:])
	}
	return nil
}

// gather copies rows of floats.
func gather(d *Dataset, dst, src tensor.Tensor, rows []int) {
	to, from := tensor.Of[float32](dst), tensor.Of[float32](src)
	width := len(to) / max(len(rows), 1)
	bytes := src.Bytes()
	for i, r := range rows {
		if next := i + ahead; next < len(rows) {
			cpu.Fetch(bytes[4*d.Row(rows[next])*width:][:4*width])
		}
		copy(to[i*width:(i+1)*width], from[d.Row(r)*width:])
	}
}

// Check returns what makes d unfit for training: a wrong dtype or shape, no rows, a class id outside Classes, NaN or
// Inf in X or Y, bytes without a scale.
// It reads every row once; whoever builds a Dataset from files calls it.
func (d *Dataset) Check() error {
	if !d.X.Valid() || !d.Y.Valid() {
		return errors.New("data: a Dataset wants both X and Y")
	}
	n, y := d.X.Shape(), d.Y.Shape()
	ids := d.Y.DType() == tensor.I32 && len(y) == 1
	switch {
	case d.X.DType() != tensor.U8 && d.X.DType() != tensor.F32:
		return fmt.Errorf("data: X is %s, want u8 or f32", d.X.DType())
	case len(n) < 2:
		return fmt.Errorf("data: X has shape %v, want [N features…]", n)
	case !ids && (d.Y.DType() != tensor.F32 || len(y) != 2 || y[1] == 0) || y[0] != n[0]:
		return fmt.Errorf("data: Y is %s %v, want i32 [%d] or f32 [%d targets] beside X %v", d.Y.DType(), y, n[0], n[0], n)
	case !d.X.Contiguous() || !d.Y.Contiguous():
		return errors.New("data: X and Y must be contiguous")
	case d.X.Numel() == 0 || d.Len() == 0:
		return fmt.Errorf("data: no data in X of shape %v", n)
	}
	if s := float64(d.Input.Scale); d.X.DType() == tensor.U8 && (s == 0 || math.IsNaN(s) || math.IsInf(s, 0)) {
		return fmt.Errorf("data: Input.Scale is %v, want what brings bytes to a model's range, such as 1.0/255", s)
	}
	if d.X.DType() == tensor.F32 {
		if i, v := notFinite(d.X); i >= 0 {
			features := d.X.Numel() / n[0]
			return fmt.Errorf("data: row %d, feature %d is %v, want a finite number", i/features, i%features, v)
		}
	}
	if !ids {
		if i, v := notFinite(d.Y); i >= 0 {
			return fmt.Errorf("data: row %d, target %d is %v, want a finite number", i/y[1], i%y[1], v)
		}
		return nil
	}
	for i, y := range tensor.Of[int32](d.Y) {
		if y < 0 || int(y) >= len(d.Classes) {
			return fmt.Errorf("data: row %d has label %d, want 0 to %d (%d classes)", i, y, len(d.Classes)-1, len(d.Classes))
		}
	}
	return nil
}

// notFinite returns the first NaN or Inf and its place, or −1.
func notFinite(t tensor.Tensor) (int, float32) {
	for i, v := range tensor.Of[float32](t) {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return i, v
		}
	}
	return -1, 0
}

// splitStream is the random stream that Split draws from: "split" in ASCII.
const splitStream = 0x73706c6974

// Split divides d at random: one part for each fraction of the rows (rounded to whole rows), after the first part, which
// has the rest. The parts share X and Y and keep the order of their rows; the same seed gives the same parts. Fractions must
// be in (0, 1), leave rows for the first part and be worth at least one row each.
func (d *Dataset) Split(seed uint64, fractions ...float64) ([]*Dataset, error) {
	n := d.Len()
	order := rng.Stream{Seed: seed, ID: splitStream}.Perm(n)
	parts := make([]*Dataset, len(fractions)+1)
	for i, f := range fractions {
		if !(f > 0 && f < 1) {
			return nil, fmt.Errorf("data: split fraction %v, want more than 0 and less than 1", f)
		}
		k := int(math.Round(f * float64(n)))
		if k < 1 || k >= len(order) {
			return nil, fmt.Errorf("data: a split of %v of %d rows is %d rows, with %d left to take from and 1 to leave", f, n, k, len(order))
		}
		parts[i+1] = d.Subset(order[:k])
		order = order[k:]
	}
	parts[0] = d.Subset(order)
	return parts, nil
}

// Subset returns the rows of d that are named, in the order of d. It shares X and Y. rows must hold no row twice.
func (d *Dataset) Subset(rows []int) *Dataset {
	rows = slices.Clone(rows)
	slices.Sort(rows)
	for i, r := range rows {
		rows[i] = d.Row(r)
	}
	s := *d
	s.rows = rows
	return &s
}
