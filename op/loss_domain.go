package op

import (
	"bytes"
	"fmt"
	"math"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/kernel/embed"
	"github.com/ingot-ml/ingot/tensor"
)

// domain is what the elements of a loss's operand must be.
type domain uint8

const (
	probabilities  domain = iota // each in [0, 1]
	distributions                // rows of at least 0 that add up to 1
	logProbs                     // at most 0
	atLeastZero                  // counts, rates, variances
	signs                        // −1 or 1
	zeroOrOne                    // 0 or 1
	weightsAllowed               // finite and at least 0
	weightsOfMean                // likewise, and not all 0
	classIDs                     // i32 in [0, Classes)
)

var domainTexts = [...]string{
	probabilities: "probabilities from 0 to 1", distributions: "probabilities of at least 0 that add up to 1 in each row",
	logProbs: "logarithms of probabilities, at most 0,", atLeastZero: "numbers of at least 0", signs: "-1 or 1", zeroOrOne: "0 or 1",
	weightsAllowed: "finite weights of at least 0", weightsOfMean: "finite weights of at least 0, not all 0,",
}

func (d domain) has(v float32) bool {
	switch d {
	case probabilities:
		return v >= 0 && v <= 1
	case logProbs:
		return v <= 0
	case signs:
		return v == 1 || v == -1
	case zeroOrOne:
		return v == 0 || v == 1
	}
	return v >= 0 && v <= math.MaxFloat32
}

// sumSlack is how far from 1 a distribution's sum may be: float32 rounding of many classes is far below.
const sumSlack = 1e-3

// badElement says what is wrong with x, rows of cols elements, or nothing.
func (d domain) badElement(x []float32, cols int) string {
	for i, v := range x {
		if !d.has(v) {
			return fmt.Sprintf("element %d is %v", i, v)
		}
	}
	switch d {
	case distributions:
		for i := 0; i < len(x); i += cols {
			if s := sum64(x[i : i+cols]); !(math.Abs(s-1) <= sumSlack) {
				return fmt.Sprintf("row %d adds up to %.6g", i/cols, s)
			}
		}
	case weightsOfMean:
		if sum64(x) == 0 {
			return "they add up to 0"
		}
	}
	return ""
}

func sum64(x []float32) (s float64) {
	for _, v := range x {
		s += float64(v)
	}
	return s
}

// word is a name that an op's attributes can hold.
type word [32]byte

func wordOf(s string) (w word) {
	copy(w[:], s)
	return w
}

func (w word) String() string { return string(bytes.TrimRight(w[:], "\x00")) }

type withinAttrs struct {
	Loss, Operand word
	Domain        domain
	Classes       int32
}

// within gives x, whose elements are looked at first. It is a view.
func (l lossOf) within(x grad.Value, operand string, d domain) grad.Value {
	return within.Apply(withinAttrs{wordOf(l.name), wordOf(operand), d, 0}, x)
}

// within refuses a loss's operand for its elements, in the loss's name.
var within = grad.Def[withinAttrs]{
	Name: "within", Args: "x",
	Infer: func(_ *withinAttrs, c *grad.Call) {
		c.OutputView(c.In(0))
	},
	Forward: func(a *withinAttrs, c *grad.Call) {
		x := c.In(0)
		if a.Domain == classIDs {
			ids := tensor.Of[int32](x)
			if i := embed.Check(ids, int(a.Classes)); i >= 0 {
				panic(a.error(x.Shape(), "the id at position %d is %d; there are %d classes, 0 to %d", i, ids[i], a.Classes, a.Classes-1))
			}
			return
		}
		cols := 1
		if x.Rank() > 0 {
			cols = x.Dim(-1)
		}
		if bad := a.Domain.badElement(f32(x), cols); bad != "" {
			panic(a.error(x.Shape(), "%s; %s wanted", bad, domainTexts[a.Domain]))
		}
	},
	Backward: func(a *withinAttrs, c *grad.Call) {
		a.refuseGradient(c.In(0).Shape())
		pass(c, 0, gradOut(c, 0))
	},
	VJP: func(a *withinAttrs, v *grad.VJP) {
		a.refuseGradient(v.In(0).Shape())
		v.SetGradIn(0, v.GradOut(0))
	},
}

func (a *withinAttrs) error(shape []int, format string, args ...any) *tensor.Error {
	return &tensor.Error{
		Op: "op." + a.Loss.String(), Caller: tensor.Caller(),
		Operands: fmt.Sprintf("%s %v", a.Operand, shape), Msg: fmt.Sprintf(format, args...),
	}
}

// refuseGradient stops where the gradient of weights is asked for.
func (a *withinAttrs) refuseGradient(shape []int) {
	if a.Domain == weightsAllowed || a.Domain == weightsOfMean {
		panic(a.error(shape, "there is no gradient with respect to %s; cut it off with op.Detach", a.Operand))
	}
}
