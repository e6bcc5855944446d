package model

import (
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// TableInput is the part of a config that says what a row of a table is: x [N F] of f32, F = Numbers + len(Categories). First come
// the numbers, as preprocessing made them; then each category's id as a float: 0 for missing or unknown, and 1 … for what is known.
type TableInput struct {
	Numbers    int         `json:"numbers,omitempty"`
	Categories []int       `json:"categories,omitempty"` // how many ids each has, 0 included
	Bins       [][]float32 `json:"bins,omitempty"`       // of embedding "ple": each number's edges, rising; fewer than two: one bin
	Embedding  string      `json:"embedding,omitempty"`  // of numbers: none (also empty), ple (piecewise linear) or periodic; arXiv:2203.05556
	// EmbeddingDim is how many values a number becomes; 0: 16, and 24 with periodic.
	EmbeddingDim int     `json:"embedding_dim,omitempty"`
	Frequencies  int     `json:"frequencies,omitempty"` // of periodic; 0: 48, the source's
	Sigma        float64 `json:"sigma,omitempty"`       // their standard deviation; 0: 0.1
}

// Categories of at most oneHotMost ids become that many columns; those of more are embedded in embeddedWidth.
const (
	oneHotMost    = 64
	embeddedWidth = 32
	maxIDs        = 1 << 24 // the whole numbers that f32 tells apart
)

func (in *TableInput) features() int { return in.Numbers + len(in.Categories) }

// plan checks the config and fills in its defaults.
func (in TableInput) plan() (TableInput, error) {
	if in.Numbers < 0 || in.Numbers > math.MaxInt32 {
		return in, fmt.Errorf("numbers is %d; at least 0 is wanted, and at most %d", in.Numbers, math.MaxInt32)
	}
	if in.features() == 0 {
		return in, fmt.Errorf("neither numbers nor categories; a row is to have something")
	}
	for i, n := range in.Categories {
		if n < 1 || n > maxIDs {
			return in, fmt.Errorf("categories[%d] is %d ids; at least 1 is wanted, and at most %d", i, n, maxIDs)
		}
	}
	if in.EmbeddingDim < 0 || in.Frequencies < 0 || !(in.Sigma >= 0) || math.IsInf(in.Sigma, 0) {
		return in, fmt.Errorf("embedding_dim %d, frequencies %d, sigma %g: at least 0 of each is wanted", in.EmbeddingDim, in.Frequencies, in.Sigma)
	}
	dim := 16
	switch in.Embedding {
	case "", "none":
		return in, nil
	case "ple":
		if err := in.checkBins(); err != nil {
			return in, err
		}
	case "periodic":
		dim = 24
		in.Frequencies = orDefault(in.Frequencies, 48)
		in.Sigma = orDefault(in.Sigma, 0.1)
	default:
		return in, fmt.Errorf("unknown embedding %q; there are none, ple and periodic", in.Embedding)
	}
	in.EmbeddingDim = orDefault(in.EmbeddingDim, dim)
	return in, nil
}

// orDefault is x, or what stands for 0.
func orDefault[T int | float64](x, instead T) T {
	if x == 0 {
		return instead
	}
	return x
}

// checkBins gives numbers without bins a single one from 0 to 1, in which they stay as they are.
func (in *TableInput) checkBins() error {
	if len(in.Bins) != in.Numbers {
		return fmt.Errorf("bins of %d numbers for %d; embedding ple wants each number's edges", len(in.Bins), in.Numbers)
	}
	edges := make([][]float32, len(in.Bins))
	for f, b := range in.Bins {
		for t, v := range b {
			if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) || t > 0 && !(1/(x-float64(b[t-1])) < math.MaxFloat32 && v > b[t-1]) {
				return fmt.Errorf("bins[%d][%d] is %v; finite, rising edges are wanted", f, t, v)
			}
		}
		if edges[f] = b; len(b) < 2 {
			edges[f] = []float32{0, 1}
		}
	}
	in.Bins = edges
	return nil
}

// embeds reports whether numbers are embedded.
func (in *TableInput) embeds() bool {
	return in.EmbeddingDim > 0 && in.Numbers > 0 && in.Embedding != "none" && in.Embedding != ""
}

// numberWidth is how many values a number becomes.
func (in *TableInput) numberWidth() int {
	if in.embeds() {
		return in.EmbeddingDim
	}
	return 1
}

// sections are the widths of the parts that the columns become.
func (in *TableInput) sections() []int {
	var r []int
	for range in.Numbers {
		r = append(r, in.numberWidth())
	}
	for _, n := range in.Categories {
		r = append(r, categoryWidth(n))
	}
	return r
}

func categoryWidth(ids int) int {
	if ids > oneHotMost {
		return embeddedWidth
	}
	return ids
}

// size is how many values all columns become and how many parameters that takes, in float64s so that nothing overflows.
func (in *TableInput) size() (width, params float64) {
	d := float64(in.numberWidth())
	width = float64(in.Numbers) * d
	if in.embeds() {
		most := 2 * float64(in.Frequencies)
		for _, b := range in.Bins {
			most = max(most, float64(len(b)))
		}
		params = float64(in.Numbers) * d * (most + 4)
	}
	for _, n := range in.Categories {
		width += float64(categoryWidth(n))
		if n > oneHotMost {
			params += float64(n) * embeddedWidth
		}
	}
	return width, params
}

// asInt is a width as an int, where one can hold it.
func asInt(width float64) (int, error) {
	if width > math.MaxInt32 {
		return 0, fmt.Errorf("the columns become %.4g values; at most %d are wanted", width, math.MaxInt32)
	}
	return int(width), nil
}

// TableFeatures makes the columns of a table into the inputs of a first layer: x [N F] → y [N W]. Numbers come first, as they are or
// embedded; then the categories, one-hot or, of more than 64 ids, embedded in 32 values.
type TableFeatures struct {
	Numbers    nn.Layer        `nn:"num"` // [N numbers] → [N numbers D]; nil: as they are
	Categories []*nn.Embedding `nn:"cat"` // nil where one-hot

	in TableInput
}

// newTableFeatures builds what a planned input asks for.
func newTableFeatures(r *rng.Source, in TableInput) *TableFeatures {
	f := &TableFeatures{Numbers: newNumbers(r, in), in: in}
	for _, n := range in.Categories {
		var e *nn.Embedding
		if n > oneHotMost {
			e = nn.NewEmbedding(r, n, embeddedWidth)
		}
		f.Categories = append(f.Categories, e)
	}
	return f
}

// newNumbers builds the embedding of numbers, or nil.
func newNumbers(r *rng.Source, in TableInput) nn.Layer {
	switch {
	case !in.embeds():
		return nil
	case in.Embedding == "periodic":
		return nn.NewPeriodicEmbedding(r, in.Numbers, in.Frequencies, in.Sigma, in.EmbeddingDim)
	}
	return nn.NewPiecewiseLinearEmbedding(r, in.Bins, in.EmbeddingDim)
}

// split checks x and returns the numbers [N numbers] and the ids [N categories]; what there is none of is a zero Value.
func (in *TableInput) split(x grad.Value) (numbers, ids grad.Value) {
	if x.Rank() != 2 || x.Dim(1) != in.features() {
		panic(tensor.Errorf("a table's rows x %v; [N %d] wanted: %d numbers and %d categories", x.Shape(), in.features(), in.Numbers, len(in.Categories)))
	}
	if in.Numbers > 0 {
		numbers = op.Slice(x, 1, 0, in.Numbers)
	}
	if len(in.Categories) > 0 {
		ids = op.Cast(op.Slice(x, 1, in.Numbers, in.features()), tensor.I32)
	}
	return numbers, ids
}

// Forward returns the inputs.
func (f *TableFeatures) Forward(x grad.Value) grad.Value {
	numbers, ids := f.in.split(x)
	var parts []grad.Value
	if numbers.Valid() {
		if f.Numbers != nil {
			numbers = op.Reshape(f.Numbers.Forward(numbers), x.Dim(0), f.in.Numbers*f.in.EmbeddingDim)
		}
		parts = append(parts, numbers)
	}
	for i, e := range f.Categories {
		column := op.Reshape(op.Slice(ids, 1, i, i+1), x.Dim(0))
		if e != nil {
			parts = append(parts, e.Forward(column))
		} else {
			parts = append(parts, op.OneHot(column, f.in.Categories[i]))
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return op.Concat(1, parts...)
}
