package cli

import (
	"context"
	"fmt"
	"iter"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ingot-ml/ingot/data/images"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/trust"
)

var explainVerb = verb{
	name: "explain", args: "RUN [FILE|FOLDER] [key=value …]", summary: "Show which columns or pixels a model's answers rest on",
	help: `For each picture three maps are written as PNG files into out= (explained/):

  saliency              where the answer reacts to a small change: the gradient
  integrated-gradients  what each pixel adds to the answer's score, from a black
                        picture on: red for it, blue against it. The sum is the
                        score's change but for the completeness error, which is
                        printed
  occlusion             how much the score falls where a square is covered

The answer is the likeliest class, or class=NAME; its score is the logit. RUN
and FILE are those of predict, and so is how a picture is prepared. patch= is
the side of the square, in the model's pixels (a quarter of the picture's).

A table's model is explained on what its run kept for the test, or on FILE,
which must have the target; at most 2,000 rows, drawn by the run's seed:

  importance            by how much the log loss, or the RMSE, rises where a
                        column's values are shuffled among the rows; where 0 is
                        in its interval, the column may tell nothing
  partial dependence    the mean answer where a column has one value in every
                        row, of the three most important numbers

and, of a FILE, its first rows= rows (5) one by one: what each column adds to
the score, a number by integrated gradients from training's typical row on
(what a missing value counts as), with their completeness error, a category by
occlusion: what the score loses where it is unknown. The score is the logit, or
the number as the model learns it, scaled. class=NAME is a class, label or
target.

Sources: arXiv:1312.6034, arXiv:1703.01365, arXiv:1311.2901, arXiv:1801.01489.

Examples:
  ingot explain runs/last seven.jpg
  ingot explain runs/last scans/ out=maps class=7 --json
  ingot explain runs/adult-1
  ingot explain runs/adult-1 new.csv rows=10 --json
`,
	min: 1, max: 2, settings: true, run: runExplain,
}

// explained is a line of `explain --json`, of a picture.
type explained struct {
	Row               int               `json:"row"`
	ID                string            `json:"id"`
	Class             string            `json:"class"` // whose score is explained
	Probability       float32           `json:"probability"`
	Score             float64           `json:"score"`    // logit
	Baseline          float64           `json:"baseline"` // logit of a black picture
	CompletenessError float64           `json:"completeness_error"`
	Steps             int               `json:"steps"` // of the integral
	Files             map[string]string `json:"files"` // by the map's name
}

// explainer explains the pictures that a model sees.
type explainer struct {
	call    *call
	model   *opened
	classes task.Classifier
	trust   trust.Explainer
	out     string
	class   int // −1: the likeliest
	patch   int
	done    int
	names   map[string]bool // files written
}

func runExplain(ctx context.Context, c *call) error {
	m, err := openModel(c.args[0])
	if err != nil {
		return err
	}
	if m.Table != nil {
		return explainTable(ctx, c, m)
	}
	if m.Task != "classify" || m.Input.Kind != "image" {
		return dataError(fmt.Errorf("%s is neither a model of pictures nor of a table, which are what is explained", m.name))
	}
	if len(c.args) < 2 {
		return usagef("explain: %s is a model of pictures; name the picture or folder to explain: ingot explain %s FILE|FOLDER", m.name, m.name)
	}
	e := &explainer{
		call: c, model: m, out: "explained", class: -1, patch: max(min(m.Input.Height, m.Input.Width)/4, 1), names: map[string]bool{},
		classes: task.Classifier{Model: m.net, Classes: len(m.Classes)},
		trust:   trust.Explainer{Model: m.net, RowShape: []int{m.Input.Features()}},
	}
	if err := e.settings(c.settings); err != nil {
		return err
	}
	all, err := pictures(c.args[1], m.Input)
	if err != nil {
		return fileError(c.args[1], missing(c.args[1], err))
	}
	if err := fs.MkdirAll(e.out); err != nil {
		return kindOf("run", err)
	}
	return e.each(ctx, all)
}

// each explains picture by picture; one that is broken is named and left out.
func (e *explainer) each(ctx context.Context, all iter.Seq2[picture, error]) error {
	var first error
	for p, err := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err != nil {
			if first == nil {
				first = fileError(p.id, err)
			} else {
				e.call.note("%s", wrap(err.Error(), 2))
			}
			continue
		}
		if err := e.picture(p); err != nil {
			return err
		}
	}
	return first
}

// settings reads out=, class= and patch=.
func (e *explainer) settings(args []string) error {
	in := e.model.Input
	for _, s := range args {
		key, value, _ := strings.Cut(s, "=")
		switch key {
		case "out":
			if e.out = value; value == "" {
				return usagef("out: it is empty; want a folder")
			}
		case "class":
			if e.class = indexOf(e.model.Classes, value); e.class < 0 {
				return usagef("class: the model knows no %q%s; it tells %s apart", value, recipe.DidYouMean(value, e.model.Classes), strings.Join(e.model.Classes, ", "))
			}
		case "patch":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > min(in.Height, in.Width) {
				return usagef("patch: found %q, want 1 to %d pixels", value, min(in.Height, in.Width))
			}
			e.patch = n
		default:
			return usagef("explain has no setting %q%s; there are out, class and patch", key, recipe.DidYouMean(key, []string{"out", "class", "patch"}))
		}
	}
	return nil
}

func indexOf(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// picture explains one picture.
func (e *explainer) picture(p picture) error {
	in := e.model.Input
	row, black := tensor.New(tensor.F32, 1, in.Features()), make([]float32, in.Features())
	x := tensor.Of[float32](row)
	in.Apply(x, p.pixels)
	in.Apply(black, make([]uint8, in.Features()))
	probs, err := e.classes.Probabilities(row)
	if err != nil {
		return err
	}
	class := e.class
	if class < 0 {
		class = task.Best(probs)
	}
	o := explained{Row: e.done, ID: p.id, Class: e.model.Classes[class], Probability: probs[class], Files: map[string]string{}}
	slopes, err := e.trust.Saliency(x, class)
	if err != nil {
		return err
	}
	a, err := e.trust.IntegratedGradients(x, black, class)
	if err != nil {
		return err
	}
	o.Score, o.Baseline, o.CompletenessError, o.Steps = a.Score, a.Baseline, a.Error(), a.Steps
	covered, err := e.trust.Occlusion(x, in.Height, in.Width, in.Channels, e.patch, max(e.patch/4, 1), black[:in.Channels], class)
	if err != nil {
		return err
	}
	saliency := make([]float64, in.Height*in.Width)
	attributed := make([]float64, len(saliency))
	for i := range slopes {
		k := i / in.Channels
		saliency[k] = max(saliency[k], math.Abs(float64(slopes[i])))
		attributed[k] += a.Values[i]
	}
	for _, m := range []struct {
		name string
		heat []float64
	}{{"saliency", saliency}, {"integrated-gradients", attributed}, {"occlusion", covered}} {
		path := e.file(p.id, m.name)
		if err := images.WriteHeat(path, p.pixels, in, m.heat); err != nil {
			return kindOf("run", err)
		}
		o.Files[m.name] = path
	}
	e.done++
	return e.print(&o)
}

// file is a free name for a map of a picture: cat-saliency.png, then cat-2-saliency.png.
func (e *explainer) file(id, name string) string {
	base := filepath.Base(id)
	base = strings.ReplaceAll(strings.TrimSuffix(base, filepath.Ext(base)), "#", "-")
	if i := strings.LastIndexByte(filepath.Base(id), '#'); i >= 0 { // of an IDX file
		base = strings.ReplaceAll(filepath.Base(id), "#", "-")
	}
	for n := 1; ; n++ {
		path := filepath.Join(e.out, base+"-"+name+".png")
		if n > 1 {
			path = filepath.Join(e.out, fmt.Sprintf("%s-%d-%s.png", base, n, name))
		}
		if !e.names[path] {
			e.names[path] = true
			return path
		}
	}
}

func (e *explainer) print(o *explained) error {
	if e.call.json {
		return e.call.printJSON(o)
	}
	share := 0.0
	if d := math.Abs(o.Score - o.Baseline); d > 0 {
		share = o.CompletenessError / d
	}
	e.call.printf("%s: %s, probability %.4f, score %.3f (of a black picture %.3f)\n", o.ID, o.Class, o.Probability, o.Score, o.Baseline)
	e.call.printf("  integrated gradients: completeness error %.2g, %s of the change, %d steps\n", o.CompletenessError, percent(share), o.Steps)
	for _, name := range []string{"saliency", "integrated-gradients", "occlusion"} {
		e.call.printf("  %s\n", o.Files[name])
	}
	return nil
}
