package task

import (
	"fmt"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/tensor"
)

// Constant returns the baseline that gives every row of p the same answer: the classes' or labels' shares of the training rows, by which the
// commonest class is said, or the targets' means.
func Constant(p *Predictions, answer []float64) *Predictions {
	c := *p
	c.Output, c.Threshold = make([]float32, len(p.Output)), 0
	for i := range c.Output {
		c.Output[i] = float32(answer[i%len(answer)])
	}
	return &c
}

// Shares returns Constant's answer for the rows of src: shares of classes or labels, or means of targets, n of them.
func Shares(kind Kind, n int, src data.Source) ([]float64, error) {
	_, y, err := gathered(src, src.Len(), false)
	if err != nil {
		return nil, err
	}
	answer := make([]float64, n)
	if kind == Classify {
		for _, id := range tensor.Of[int32](y) {
			answer[id] += 1 / float64(src.Len())
		}
		return answer, nil
	}
	for i, v := range tensor.Of[float32](y) {
		answer[i%n] += float64(v) / float64(src.Len())
	}
	return answer, nil
}

// linearRows is how many rows FitLinear learns from at most.
const linearRows = 50_000

// linearStream is the random stream that draws them: "linear" in ASCII.
const linearStream = 0x6c696e656172

// FitLinear fits the baseline that a network must beat: logistic regression of classes or labels, or ridge regression, of a table's rows, by
// L-BFGS over all of them at once; of more than 50,000 rows it takes so many at random. out is how many outputs there are.
//
//	classes  mean(loss) + λ‖W‖²/(2n), for two classes twice the penalty: scikit-learn's LogisticRegression with C = 1/λ
//	labels   the mean of such fits, one a label
//	numbers  mean((y − x·W)²) + λ‖W‖²/n: scikit-learn's Ridge with α = λ
//
// λ is 1; biases aren't penalised. Categories count as their one-hot columns.
func FitLinear(kind Kind, out int, in model.TableInput, src data.Source) (*model.Linear, error) {
	in = model.TableInput{Numbers: in.Numbers, Categories: in.Categories}
	m, err := model.NewLinear(rng.NewSource(0), model.LinearConfig{TableInput: in, Out: out})
	if err != nil {
		return nil, err
	}
	params, err := nn.Params(m)
	if err != nil {
		return nil, err
	}
	n := min(src.Len(), linearRows)
	x, y, err := gathered(src, n, true)
	if err != nil {
		return nil, err
	}
	loss, penalty := Loss, 0.5/float64(n)
	switch kind {
	case Classify:
		if out == 2 {
			penalty *= 2
		}
	case Labels: // the loss is the mean over labels as well
		loss, penalty = LabelsLoss, penalty/float64(out)
	default:
		if loss, err = RegressLoss("mse", 0); err != nil {
			return nil, err
		}
		penalty = 1 / float64(n*out)
	}
	f := &linearFit{m: m, params: params, grads: grad.NewGrads(params), tape: grad.NewTape(grad.Config{Params: params}), x: x, y: y, loss: loss, penalty: penalty}
	opt := &optim.LBFGS{Iterations: 300, Evaluations: 400, History: 20, ToleranceGrad: 1e-6}
	if _, err := opt.Step(f.grads, f.evaluate); err != nil {
		return nil, fmt.Errorf("linear baseline: %w", err)
	}
	return m, nil
}

// linearFit is the loss that FitLinear minimises.
type linearFit struct {
	m       *model.Linear
	params  grad.Params
	grads   *grad.Grads
	tape    *grad.Tape
	x, y    tensor.Tensor
	loss    func(out, target grad.Value) grad.Value
	penalty float64
}

func (f *linearFit) evaluate() (float64, error) {
	var value float32
	err := f.tape.Step(grad.Train, func(s *grad.Step) error {
		l := f.loss(f.m.Forward(s.Input(f.x)), s.Input(f.y))
		for _, p := range f.params {
			if w := s.Use(p.Param); p.Param != f.m.Bias {
				l = op.Add(l, op.Mul(op.Sum(op.Mul(w, w)), s.Scalar(f.penalty)))
			}
		}
		s.Backward(l, f.grads)
		s.Read(l, &value)
		return nil
	})
	return float64(value), err
}

// gathered are n rows of src: the first, or some at random.
func gathered(src data.Source, n int, random bool) (x, y tensor.Tensor, err error) {
	if n == 0 {
		return x, y, fmt.Errorf("a baseline of no rows")
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	if random && n < src.Len() {
		rows = rng.Stream{ID: linearStream}.Perm(src.Len())[:n]
	}
	x = tensor.New(tensor.F32, append([]int{n}, src.RowShape()...)...)
	if t := src.Targets(); t > 0 {
		y = tensor.New(tensor.F32, n, t)
	} else {
		y = tensor.New(tensor.I32, n)
	}
	return x, y, src.Gather(x, y, rows)
}
