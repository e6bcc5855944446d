package cli

import (
	"context"
	"fmt"

	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

var predictVerb = verb{
	name: "predict", args: "RUN FILE.png|FOLDER|FILE.idx", summary: "Say what images show",
	help: `RUN is a run's folder, runs/last or a model file. A folder's .png files are
taken in the order of their names; an IDX file may be gzipped. Colours become
grey (ITU-R BT.601). Images must have the size that the model was trained on,
and its polarity: MNIST, Fashion-MNIST and the UCI digits are light on dark.
Output is a line an image: name, class, probability; with --json it is a JSON
object an image, with every class's probability.

Examples:
  ingot predict runs/last seven.png
  ingot predict runs/last scans/ --json
  ingot predict model.safetensors t10k-images-idx3-ubyte.gz > predictions.txt
`,
	min: 2, max: 2, run: runPredict,
}

// predicted is a line of `predict --json`.
type predicted struct {
	Row           int                `json:"row"`
	ID            string             `json:"id"`
	Prediction    string             `json:"prediction"`
	Probabilities map[string]float32 `json:"probabilities"`
}

// predictBatch is how many images are predicted at a time.
const predictBatch = 256

// predictor gathers images until a batch is full.
type predictor struct {
	call    *call
	model   *opened
	classes task.Classifier
	ids     []string
	x       tensor.Tensor
	done    int
}

func runPredict(ctx context.Context, c *call) error {
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if err := m.want("classify"); err != nil {
		return err
	}
	images, err := pictures(c.args[1], m.Input)
	if err != nil {
		return fileError(c.args[1], missing(c.args[1], err))
	}
	p := &predictor{
		call: c, model: m, classes: task.Classifier{Model: m.net, Classes: len(m.Classes)},
		x: tensor.New(tensor.F32, predictBatch, m.Input.Features()),
	}
	for image, err := range images {
		if err != nil {
			return fileError(image.id, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.add(image); err != nil {
			return err
		}
	}
	return p.flush()
}

func (p *predictor) add(image picture) error {
	row := p.x.Slice(0, len(p.ids), len(p.ids)+1, 1)
	p.model.Input.Apply(tensor.Of[float32](row), image.pixels)
	if p.ids = append(p.ids, image.id); len(p.ids) < predictBatch {
		return nil
	}
	return p.flush()
}

// flush predicts what is gathered and prints it.
func (p *predictor) flush() error {
	n := len(p.ids)
	if n == 0 {
		return nil
	}
	probs, err := p.classes.Probabilities(p.x.Slice(0, 0, n, 1))
	if err != nil {
		return err
	}
	for i, id := range p.ids {
		if err := p.print(id, probs[i*len(p.model.Classes):][:len(p.model.Classes)]); err != nil {
			return err
		}
	}
	p.ids = p.ids[:0]
	return nil
}

func (p *predictor) print(id string, probs []float32) error {
	best := task.Best(probs)
	o := predicted{Row: p.done, ID: id, Prediction: p.model.Classes[best], Probabilities: map[string]float32{}}
	p.done++
	if !p.call.json {
		_, err := fmt.Fprintf(p.call.out, "%s\t%s\t%.4f\n", id, o.Prediction, probs[best])
		return err
	}
	for k, class := range p.model.Classes {
		o.Probabilities[class] = probs[k]
	}
	return p.call.printJSON(o)
}
