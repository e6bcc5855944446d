// Package model has architectures, one file each. A config struct says what is built; [New] builds one by its name and the
// config's JSON, so that a model file can be opened without knowing what is in it.
//
// Sizes come from users: each constructor returns an error for what can't be, before it allocates.
package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/rng"
)

// Model is what every architecture is: a struct of layers (see nn.Params) with a Forward.
type Model interface {
	// Forward takes a batch [N …] and returns what the architecture's doc says.
	Forward(x grad.Value) grad.Value
}

// builders has the architectures by name. A new one is added here.
var builders = map[string]func(r *rng.Source, config []byte) (Model, error){
	"ft_transformer": build(NewFTTransformer),
	"gpt":            build(NewGPT),
	"linear":         build(NewLinear),
	"mlp":            build(NewMLP),
	"resmlp":         build(NewResMLP),
	"tabm":           build(NewTabM),
}

// New builds the architecture of a name from its config, a JSON object with the fields of MLPConfig and the like, and draws
// its first values from r. Unknown names and fields are errors.
func New(r *rng.Source, name string, config []byte) (Model, error) {
	b, ok := builders[name]
	if !ok {
		return nil, fmt.Errorf("unknown model %q; there are %s", name, strings.Join(Names(), ", "))
	}
	m, err := b(r, config)
	if err != nil {
		return nil, fmt.Errorf("model %s: %w", name, err)
	}
	return m, nil
}

// Names returns the architectures' names, sorted.
func Names() []string {
	var r []string
	for name := range builders {
		r = append(r, name)
	}
	slices.Sort(r)
	return r
}

// build makes a constructor from a config into one from JSON.
func build[C any, M Model](make func(*rng.Source, C) (M, error)) func(*rng.Source, []byte) (Model, error) {
	return func(r *rng.Source, config []byte) (Model, error) {
		var c C
		d := json.NewDecoder(bytes.NewReader(config))
		d.DisallowUnknownFields()
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("config: %w", err)
		}
		if _, err := d.Token(); err != io.EOF { // More says no to a bracket
			return nil, fmt.Errorf("config: the text goes on after the JSON value")
		}
		m, err := make(r, c)
		if err != nil {
			return nil, err // a nil M in a Model isn't nil
		}
		return m, nil
	}
}
