package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/task"
)

var initVerb = verb{
	name: "init", args: "DATA [key=value …]", summary: "Write the settings for a table, with a reason beside each",
	help: `What is printed is a file that ` + "`ingot train`" + ` reads, and that trains as the same
settings do on its command line: change in it what you know better. The types of
the columns are written out, so that another file of the table is read alike.

Examples:
  ingot init adult.csv target=income > run.yaml
  ingot init adult > run.yaml
  ingot init sales.csv target=price model.name=tabm model.size=s > run.yaml
`,
	min: 1, max: 1, settings: true, run: runInit,
}

func runInit(ctx context.Context, c *call) error {
	k, err := openTableJob(ctx, c)
	if err != nil {
		return err
	}
	r := k.recipe
	if err := r.Derive("data.target", "["+strings.Join(quoted(k.targets), ", ")+"]", "init"); err != nil {
		return err
	}
	r.Data.Columns = k.columns()
	text := "# Written by `ingot init`: " + k.describe() + ".\n# `ingot train` reads it; `ingot advise` compares models; `ingot config show` tells all keys.\n"
	text += string(r.Explain(k.reason))
	if c.json {
		return c.printJSON(map[string]any{"config": text})
	}
	c.printf("%s", text)
	return nil
}

// openTableJob opens the table that the first argument names, with the model of the settings.
func openTableJob(ctx context.Context, c *call) (*tableJob, error) {
	c.settings = slices.Insert(c.settings, 0, "data="+c.args[0])
	r, err := loadRecipe(c, nil)
	if err != nil {
		return nil, err
	}
	j, err := openJob(ctx, c, r)
	if err != nil {
		return nil, err
	}
	k, ok := j.kind.(*tableJob)
	if !ok {
		return nil, usagef("%s isn't a table: %s is for tables; the recipes show what pictures and texts want", c.args[0], c.verb.name)
	}
	return k, nil
}

// quoted are names as YAML has them in a list.
func quoted(names []string) []string {
	r := make([]string, len(names))
	for i, n := range names {
		r[i] = fmt.Sprintf("%q", n)
	}
	return r
}

// columns are the recipe's columns with the types of all others but the targets written out.
func (k *tableJob) columns() recipe.Columns {
	cs := slices.Clone(k.recipe.Data.Columns)
	for _, i := range k.about["columns"].([]columnInfo) {
		at := slices.IndexFunc(cs, func(c recipe.Column) bool { return c.Name == i.Name })
		switch {
		case at < 0 && !slices.Contains(k.targets, i.Name):
			cs = append(cs, recipe.Column{Name: i.Name, Type: i.Kind.String(), Layout: i.Layout})
		case at >= 0 && !cs[at].Drop && cs[at].Type == "":
			cs[at].Type = i.Kind.String()
		}
	}
	return cs
}

// machinery are the keys and sections that say nothing of what is learnt, and what isn't for tables.
var machinery = []string{"name", "tags", "checkpoint", "watch", "limits", "out", "run", "data.image", "data.augment", "train.shards"}

// reason is why a setting is as it is; those that have nothing to say here are left out.
func (k *tableJob) reason(v *recipe.Value) (string, bool) {
	if slices.ContainsFunc(machinery, func(m string) bool { return v.Key == m || strings.HasPrefix(v.Key, m+".") }) {
		return "", false
	}
	if len(v.Of) > 0 && !slices.Contains(v.Of, k.recipe.Model.Name) || k.idle()[v.Key] {
		return "", false
	}
	if v.Key == "data.columns" {
		v.Text = k.columnLines()
		return "", true
	}
	if why, ok := k.reasons()[v.Key]; ok {
		return why, true
	}
	return strings.TrimSuffix(v.Doc, " ("+strings.Join(v.Of, ", ")+")"), true
}

// idle are the keys that do nothing with the settings of others.
func (k *tableJob) idle() map[string]bool {
	r := k.recipe
	apart := r.Data.By == "group" || r.Data.By == "time" || r.Data.By == "column"
	constant := r.Train.Schedule.Type == "constant"
	return map[string]bool{
		"data.split.column": !apart, "data.split.gap": r.Data.By != "time", "data.target_scale": !k.plan.Regression(),
		"model.size": r.Model.Size == "", "model.hidden": r.Model.Size != "", "model.bins": r.Model.Embedding != "ple",
		"train.steps": r.Train.Steps == 0, "train.epochs": r.Train.Steps > 0, "train.accumulate": r.Train.Accumulate == 1,
		"train.momentum": r.Train.Optimizer != "sgd", "train.betas": r.Train.Optimizer == "sgd",
		"train.schedule.warmup": constant && r.Train.Schedule.Warmup == 0, "train.schedule.min": constant, "train.max_time": r.Train.MaxTime == 0,
		"train.class_weights": k.plan.Regression(), "eval.threshold": k.plan.Regression(), "data.missing": len(r.Data.Missing) == 0,
		"data.csv.delimiter": r.Data.CSV.Delimiter == "auto", "data.csv.header": r.Data.CSV.Header == "auto", "data.csv.encoding": r.Data.CSV.Encoding == "auto",
	}
}

// reasons are those that the data give, by key.
func (k *tableJob) reasons() map[string]string {
	r, rows, n := k.recipe, k.train.Len(), k.params.Numel()
	m := map[string]string{
		"task":                "the target's type: " + k.targetText(),
		"data.train":          fmt.Sprintf("%s to train on, SHA-256 %s…", plural(rows, "row"), k.file.SHA256[:12]),
		"data.target":         "what is learnt",
		"data.scale":          "of numbers: on the training rows their mean is 0 and their deviation 1; networks want values of one size",
		"model.name":          fmt.Sprintf("%s, for each training row %.3g; `ingot advise %s` measures the others", k.parameters(), float64(n)/float64(rows), k.name),
		"train.epochs":        "at most; each is " + plural(k.config.Loader.Steps(), "step"),
		"train.batch":         fmt.Sprintf("rows a step, %s an epoch", plural(k.config.Loader.Steps(), "step")),
		"train.class_weights": k.balanceText(),
		"train.weights":       r.Train.Weights + ": those of the last step, without validation rows",
		"train.stop.patience": "0: every epoch is run",
		"data.split.val":      "0: no rows to stop by",
		"data.split.test":     "0: no rows to measure on",
		"model.hidden":        "widths of the hidden layers; model.size=xs … xl is one dial in their place",
		"model.dropout":       "share of values dropped in training, against learning rows by heart (Srivastava et al. 2014)",
		"train.lr":            "Adam's usual one (arXiv:1412.6980); where the loss jumps, a third of it",
		"train.optimizer":     r.Train.Optimizer + map[string]string{"adamw": ": Adam, with the decay apart from the gradient (arXiv:1711.05101)"}[r.Train.Optimizer],
		"eval.threshold":      "auto: the second class is said from the probability on that gives the best F1, with class weights alone",
		"eval.baseline":       "a linear model is measured, too, to know what the network is worth",
	}
	if r.Data.By == "auto" {
		m["data.split.by"] = "auto: stratified, so that each part has the classes' shares"
		if k.plan.Regression() || k.plan.Labels() {
			m["data.split.by"] = "auto: at random"
		}
	}
	if k.val != nil {
		m["data.split.val"] = plural(k.val.Len(), "row") + ", to stop by and to choose the best epoch"
		m["train.weights"] = r.Train.Weights + ": those of the best epoch on the validation rows"
	}
	if k.test != nil {
		m["data.split.test"] = plural(k.test.Len(), "row") + " that training never sees"
	}
	if p := r.Train.Stop.Patience; p > 0 {
		m["train.stop.patience"] = fmt.Sprintf("it ends after %s without a better loss", plural(p, "epoch"))
	}
	return m
}

// targetText is what is learnt.
func (k *tableJob) targetText() string {
	counts := k.classCounts(k.train)
	switch {
	case counts == nil && k.plan.Labels():
		return "labels, each of which a row has or hasn't"
	case counts == nil:
		return "numbers; measured by RMSE, MAE and R²"
	}
	return fmt.Sprintf("%d classes, the rarest with %s of the rows; measured by accuracy, ROC AUC and log loss",
		len(counts), percent(float64(slices.Min(counts))/float64(k.train.Len())))
}

func (k *tableJob) balanceText() string {
	counts := k.classCounts(k.train)
	if counts == nil {
		return "of labels there are none"
	}
	what := "is no less than a tenth"
	if task.Unbalanced(counts) {
		what = "is at most a tenth"
	}
	return fmt.Sprintf("%s: the rarest class, %s rows, %s of the commonest, %s", k.recipe.Train.ClassWeights, count(slices.Min(counts)), what, count(slices.Max(counts)))
}

// columnLines has a line for each column, with why it is of its type, and whether it isn't used.
func (k *tableJob) columnLines() string {
	ignored, about := map[string]string{}, map[string]columnInfo{}
	for _, i := range k.plan.Ignored {
		ignored[i.Name] = i.Reason
	}
	for _, i := range k.about["columns"].([]columnInfo) {
		about[i.Name] = i
	}
	text := "\n"
	for _, c := range k.recipe.Data.Columns {
		i, why := about[c.Name], ""
		if why = i.Reason; i.Missing > 0 {
			why += fmt.Sprintf(", %s missing", count(i.Missing))
		}
		if reason, ok := ignored[c.Name]; ok {
			why += "; not used: " + reason
		}
		if why == "" {
			why = "as it was asked for"
		}
		line := recipe.Columns{c}.String()
		text += fmt.Sprintf("    %-30s # %s\n", line[1:len(line)-1], strings.Join(strings.Fields(why), " "))
	}
	return text
}
