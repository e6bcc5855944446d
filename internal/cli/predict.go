package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

var predictVerb = verb{
	name: "predict", args: "RUN FILE|FOLDER [out=FILE]", summary: "Say what a table's rows or pictures are",
	help: `RUN is a run's folder, runs/last or a model file. FILE is a picture of any size
(PNG, JPEG, GIF, BMP, WebP) or an IDX file, which may be gzipped; a FOLDER's
pictures, and those of the folders in it, are taken in the order of their paths.

A picture becomes what the model was trained on, and stderr says what was done
to it: turned upright, made grey, inverted, resized. Where the model learnt
centred digits (MNIST), a photo of a written one will do: uneven light is taken
out, the digit is cut out, scaled and centred by its mass as MNIST's were.

Output is a line a picture: name, class, probability, then the next two classes
with theirs; with --json it is a JSON object a picture, with every class's
probability and the steps. A broken picture in a folder is named and left out,
and the exit code is 3.

A table's rows come from a CSV, JSON lines or Parquet file: its columns may be
in any order, and the target's needn't be there. Output is CSV, a row for each
in their order: its number from 0, what names it, what is predicted and, of
classes, each one's probability; with --json a JSON object a row; with out=FILE
it goes to a .csv, .jsonl or .parquet file, whole or not at all. stderr says how
many values were missing or unknown to training.

Examples:
  ingot predict runs/last new.csv out=predictions.csv
  ingot predict runs/last seven.jpg
  ingot predict runs/last scans/ --json
  ingot predict model.safetensors t10k-images-idx3-ubyte.gz > predictions.txt
`,
	min: 2, max: 2, settings: true, run: runPredict,
}

// predicted is a line of `predict --json`.
type predicted struct {
	Row           int                `json:"row"`
	ID            string             `json:"id"`
	Prediction    string             `json:"prediction"`
	Probabilities map[string]float32 `json:"probabilities"`
	Steps         []images.Step      `json:"steps,omitempty"` // what was done to the picture
}

// predictBatch is how many images are predicted at a time.
const predictBatch = 256

// predictor gathers images until a batch is full.
type predictor struct {
	call    *call
	model   *opened
	classes task.Classifier
	batch   []picture
	x       tensor.Tensor
	done    int
}

func runPredict(ctx context.Context, c *call) error {
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if m.Table != nil {
		out, err := c.outSetting()
		if err != nil {
			return err
		}
		return predictTable(ctx, c, m, c.args[1], out)
	}
	if err := m.want("classify"); err != nil {
		return err
	}
	if len(c.settings) > 0 {
		return usagef("predict has no setting %s for pictures", c.settings[0])
	}
	all, err := pictures(c.args[1], m.Input)
	if err != nil {
		return fileError(c.args[1], missing(c.args[1], err))
	}
	p := &predictor{
		call: c, model: m, classes: task.Classifier{Model: m.net, Classes: len(m.Classes)},
		x: tensor.New(tensor.F32, predictBatch, m.Input.Features()),
	}
	var first error
	broken := 0
	for image, err := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			if broken++; first == nil {
				first = fileError(image.id, err)
			} else {
				c.note("%s", wrap(err.Error(), 2))
			}
			continue
		}
		if err := p.add(image); err != nil {
			return err
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	if broken > 1 {
		first = dataError(fmt.Errorf("%w; %d pictures in all couldn't be predicted, %d were", first, broken, p.done))
	}
	return first
}

func (p *predictor) add(image picture) error {
	row := p.x.Slice(0, len(p.batch), len(p.batch)+1, 1)
	p.model.Input.Apply(tensor.Of[float32](row), image.pixels)
	if p.batch = append(p.batch, image); len(p.batch) < predictBatch {
		return nil
	}
	return p.flush()
}

// flush predicts what is gathered and prints it.
func (p *predictor) flush() error {
	n := len(p.batch)
	if n == 0 {
		return nil
	}
	probs, err := p.classes.Probabilities(p.x.Slice(0, 0, n, 1))
	if err != nil {
		return err
	}
	for i, image := range p.batch {
		if err := p.print(image, probs[i*len(p.model.Classes):][:len(p.model.Classes)]); err != nil {
			return err
		}
	}
	p.batch = p.batch[:0]
	return nil
}

// told is how many of the likeliest classes are printed.
const told = 3

func (p *predictor) print(image picture, probs []float32) error {
	best := task.Ranked(probs)
	o := predicted{Row: p.done, ID: image.id, Prediction: p.model.Classes[best[0]], Probabilities: map[string]float32{}, Steps: image.steps}
	p.done++
	if !p.call.json {
		line := image.id
		for _, k := range best[:min(told, len(best))] {
			line += fmt.Sprintf("\t%s\t%.4f", p.model.Classes[k], probs[k])
		}
		if len(image.steps) > 0 {
			p.call.note("%s", wrap(image.id+": "+stepsText(image.steps), 2))
		}
		_, err := fmt.Fprintln(p.call.out, line)
		return err
	}
	for k, class := range p.model.Classes {
		o.Probabilities[class] = probs[k]
	}
	return p.call.printJSON(o)
}

// stepsText joins what was done to a picture.
func stepsText(steps []images.Step) string {
	texts := make([]string, len(steps))
	for i, s := range steps {
		texts[i] = s.Text
	}
	return strings.Join(texts, "; ")
}
