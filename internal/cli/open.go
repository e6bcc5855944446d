package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/model"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/train"
)

// opened is a model file with its network built.
type opened struct {
	*bundle.Bundle
	path string // of the file
	name string // what the person gave, resolved: the run's folder or the file
	net  model.Model
}

// openModel opens the model of a run's folder, or a model file.
func openModel(path string) (*opened, error) {
	o := &opened{name: path, path: path}
	if info, err := os.Stat(path); err != nil || info.IsDir() || filepath.Base(path) == train.Last {
		dir, err := train.FindRun(path)
		if err != nil {
			return nil, dataError(err)
		}
		o.name, o.path = dir, filepath.Join(dir, train.ModelFile)
		if _, err := os.Stat(o.path); err != nil {
			return nil, dataError(fmt.Errorf("run %s has no %s: it failed or is still running; `ingot runs show %s` tells more", dir, train.ModelFile, dir))
		}
	}
	var err error
	if o.Bundle, err = bundle.Open(o.path); err != nil {
		return nil, dataError(err)
	}
	defer o.Close()
	if err := o.load(); err != nil {
		return nil, fileError(o.path, fmt.Errorf("%s: %w", o.path, err))
	}
	o.Input = withPreparation(o.Input, o.Provenance.Data)
	return o, nil
}

// want refuses a model of another task, and says what it is for.
func (o *opened) want(task string) error {
	switch {
	case o.Task == task:
		return nil
	case o.Task == "lm":
		return dataError(fmt.Errorf("%s is a language model: ingot generate %s \"…\" goes on with a text", o.name, o.name))
	}
	if o.Table != nil {
		return dataError(fmt.Errorf("%s predicts a table's rows and writes no text: ingot predict %s FILE.csv", o.name, o.name))
	}
	return dataError(fmt.Errorf("%s tells images' classes and writes no text: ingot predict %s FILE", o.name, o.name))
}

// load builds the network and copies the weights into it.
func (o *opened) load() (err error) {
	if o.net, err = model.New(rng.NewSource(0), o.Model.Name, o.Model.Config); err != nil {
		return err
	}
	weights, err := o.Weights()
	if err != nil {
		return err
	}
	state := make([]nn.Entry, len(weights))
	for i, w := range weights {
		state[i] = nn.Entry(w)
	}
	return nn.Load(o.net, state)
}
