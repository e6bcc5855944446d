// Package prep makes of a table's columns what a model takes and learns, and of what a model says the target's values.
//
// A [Plan] is fitted on the training rows alone and travels in the model file: the same code applies it to the rows that are
// learnt from and, years later, to those that are predicted.
package prep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ingot-ml/ingot/data/table"
)

// Plan says how the rows of a table become rows that a model sees: f32 [F], first the numbers of all inputs (filled where they
// are missing, and scaled), then a flag for each input that has one (1 where the value is missing), then a category for each
// input that has levels, as an exact whole number: 0 for an unknown or missing value, i+1 for level i.
type Plan struct {
	Inputs  []Input   `json:"inputs"`            // in the order of the table they were fitted on
	Targets []Target  `json:"targets"`           // one; or several labels or numbers
	Ignored []Ignored `json:"ignored,omitempty"` // columns of the table that no input is made of
}

// Input is a column that the model sees.
type Input struct {
	Name     string      `json:"name"`
	Kind     table.Kind  `json:"type"`
	Layout   string      `json:"layout,omitempty"`   // of a Date
	Optional bool        `json:"optional,omitempty"` // a table without the column has it missing in every row; else that is an error
	Numbers  []Number    `json:"numbers,omitempty"`  // what a number, a date or target statistics give
	Flag     bool        `json:"missing_flag,omitempty"`
	Levels   []string    `json:"levels,omitempty"`       // of a Binary or Category, sorted
	Means    [][]float64 `json:"target_means,omitempty"` // target statistics in place of a category: of id 0 … len(Levels), one a Number
}

// Number is one value of a row.
type Number struct {
	Part  string  `json:"part,omitempty"` // of a Date, or the class that target statistics are of; "": the column's value
	Fill  float64 `json:"fill"`           // what a missing value counts as, before scaling
	Scale Scale   `json:"scale"`
}

// Target is a column that the model learns.
type Target struct {
	Name   string     `json:"name"`
	Kind   table.Kind `json:"type"`
	Levels []string   `json:"levels,omitempty"` // classes, in the order of their ids
	Scale  *Scale     `json:"scale,omitempty"`  // of a Number: what the model learns is the scaled value
}

// Ignored is a column that isn't used, and why.
type Ignored struct {
	Name   string     `json:"name"`
	Kind   table.Kind `json:"type"`
	Reason string     `json:"reason"`
}

// Count is what was seen of one input.
type Count struct {
	Missing int // values that weren't there
	Unknown int // values that no training row had, or too few to learn from
}

// Labels reports whether the targets are several labels, each of which a row has or hasn't.
func (p *Plan) Labels() bool { return len(p.Targets) > 1 && p.Targets[0].Levels != nil }

// Regression reports whether the targets are numbers.
func (p *Plan) Regression() bool { return p.Targets[0].Levels == nil }

// Classes returns the names of what a model tells apart: the classes, or the labels; nil for numbers.
func (p *Plan) Classes() []string {
	switch {
	case p.Labels():
		names := make([]string, len(p.Targets))
		for i, t := range p.Targets {
			names[i] = t.Name
		}
		return names
	case p.Regression():
		return nil
	}
	return p.Targets[0].Levels
}

// Outputs returns how many values a model gives: one a class, label or number.
func (p *Plan) Outputs() int {
	if p.Regression() {
		return len(p.Targets)
	}
	return len(p.Classes())
}

// Numbers returns how many of a row's values are numbers, flags included.
func (p *Plan) Numbers() int {
	n := 0
	for _, in := range p.Inputs {
		n += len(in.Numbers)
		if in.Flag {
			n++
		}
	}
	return n
}

// Categories returns for each category how many ids it has, 0 included.
func (p *Plan) Categories() []int {
	var sizes []int
	for _, in := range p.Inputs {
		if in.category() {
			sizes = append(sizes, len(in.Levels)+1)
		}
	}
	return sizes
}

// Features returns the length of a row.
func (p *Plan) Features() int { return p.Numbers() + len(p.Categories()) }

// Names returns what each value of a row is: "age", "joined year", "age missing".
func (p *Plan) Names() []string {
	var numbers, flags, categories []string
	for _, in := range p.Inputs {
		for _, n := range in.Numbers {
			name := in.Name
			if n.Part != "" {
				name += " " + n.Part
			}
			numbers = append(numbers, name)
		}
		if in.Flag {
			flags = append(flags, in.Name+" missing")
		}
		if in.category() {
			categories = append(categories, in.Name)
		}
	}
	return slices.Concat(numbers, flags, categories)
}

// category reports whether the input gives an id.
func (in *Input) category() bool { return in.Levels != nil && in.Means == nil }

// Check returns what makes a plan that was read from a file unfit for use.
func (p *Plan) Check() error {
	if len(p.Targets) == 0 {
		return errors.New("no target")
	}
	for _, t := range p.Targets {
		switch {
		case (t.Levels == nil) == (t.Scale == nil) || (t.Levels == nil) != p.Regression():
			return fmt.Errorf("target %q has neither or both of levels and scale, or is of another sort than the first", t.Name)
		case t.Levels != nil && len(t.Levels) < 2 || p.Labels() && len(t.Levels) != 2:
			return fmt.Errorf("target %q has %d classes", t.Name, len(t.Levels))
		case t.Scale != nil:
			if err := t.Scale.check(); err != nil {
				return fmt.Errorf("target %q: %w", t.Name, err)
			}
		}
	}
	if p.Features() == 0 {
		return errors.New("no input")
	}
	for _, in := range p.Inputs {
		if err := in.check(); err != nil {
			return fmt.Errorf("input %q: %w", in.Name, err)
		}
	}
	return nil
}

func (in *Input) check() error {
	want := map[table.Kind]bool{table.Number: len(in.Numbers) == 1, table.Date: len(in.Numbers) > 0, table.Binary: in.Levels != nil, table.Category: in.Levels != nil}
	if !want[in.Kind] {
		return fmt.Errorf("a %s with %d numbers and %d levels", in.Kind, len(in.Numbers), len(in.Levels))
	}
	if in.Means != nil && len(in.Means) != len(in.Levels)+1 || in.Levels != nil && in.Means == nil && len(in.Numbers) > 0 {
		return fmt.Errorf("target statistics of %d ids for %d levels", len(in.Means), len(in.Levels))
	}
	for _, m := range in.Means {
		if len(m) != len(in.Numbers) {
			return fmt.Errorf("%d target statistics, %d numbers", len(m), len(in.Numbers))
		}
	}
	for _, n := range in.Numbers {
		if in.Kind == table.Date && partOf(n.Part) == nil {
			return fmt.Errorf("unknown part %q of a date", n.Part)
		}
		if err := n.Scale.check(); err != nil {
			return err
		}
	}
	return nil
}

// Parse reads a plan that json.Marshal wrote, strictly.
func Parse(b []byte) (*Plan, error) {
	var p Plan
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("the text goes on after the plan")
	}
	return &p, p.Check()
}
