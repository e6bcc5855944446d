package optim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// Group is a part of a model's parameters with an optimizer of its own.
type Group struct {
	Params grad.Params
	Opt    Optimizer
}

// Groups gives parts of a model different settings, such as no weight decay for biases. Every trained parameter must be in
// exactly one group. [grad.Params.Filter] makes the parts.
//
// A group's optimizer isn't to be shared: each counts its own steps.
type Groups []Group

var _ Optimizer = Groups(nil)

// Prepare checks that the groups divide the trained parameters and prepares each.
func (gs Groups) Prepare(ps grad.Params, g *grad.Grads) error {
	if err := gs.check(ps); err != nil {
		return err
	}
	for i := range gs {
		if err := gs[i].Opt.Prepare(gs[i].Params, g); err != nil {
			return fmt.Errorf("group %d: %w", i, err)
		}
	}
	return nil
}

// members is a set of parameters, kept so that checking allocates nothing.
type members struct{ group map[*grad.Param]int }

var memberSets parallel.Free[members]

func (gs Groups) check(ps grad.Params) error {
	set := memberSets.Get()
	defer memberSets.Put(set)
	if set.group == nil {
		set.group = map[*grad.Param]int{}
	}
	defer clear(set.group)
	for i, group := range gs {
		if group.Opt == nil {
			return tensor.Errorf("optim.Groups: group %d has no optimizer", i)
		}
		for _, p := range group.Params {
			if j, twice := set.group[p.Param]; twice {
				return tensor.Errorf("optim.Groups: parameter %s is in groups %d and %d", p.Name, j, i)
			}
			set.group[p.Param] = i
		}
	}
	found := 0
	for _, p := range ps {
		if _, ok := set.group[p.Param]; ok {
			found++
		} else if !p.Frozen {
			return tensor.Errorf("optim.Groups: parameter %s is in no group; add it, or freeze it", p.Name)
		}
	}
	if found < len(set.group) {
		return tensor.Errorf("optim.Groups: the groups have %d parameters that aren't among the %d of these Grads", len(set.group)-found, len(ps))
	}
	return nil
}

// Apply makes a step of each group, in order.
func (gs Groups) Apply(_ grad.Params, g *grad.Grads, scale float32) {
	for i := range gs {
		gs[i].Opt.Apply(trained(gs[i].Params), g, scale)
	}
}

func trained(ps grad.Params) grad.Params {
	for _, p := range ps {
		if p.Frozen {
			return ps.Filter(func(p grad.Named) bool { return !p.Frozen })
		}
	}
	return ps
}

// State returns the groups' states together; they have made the same number of steps.
func (gs Groups) State() State {
	var s State
	for _, g := range gs {
		o := g.Opt.State()
		s.Step = o.Step
		s.Entries = append(s.Entries, o.Entries...)
	}
	return s
}

// LoadState gives each group its parameters' part of s. Where one refuses its part, nothing is changed.
func (gs Groups) LoadState(ps grad.Params, s State) error {
	if err := gs.check(ps); err != nil {
		return err
	}
	parts := make([]State, len(gs))
	var strange []string
	owner := map[string]int{}
	for i, g := range gs {
		parts[i].Step = s.Step
		for _, p := range g.Params {
			owner[p.Name] = i
		}
	}
	for _, e := range s.Entries {
		if i, ok := owner[e.Name[:max(strings.LastIndexByte(e.Name, '.'), 0)]]; ok {
			parts[i].Entries = append(parts[i].Entries, e)
		} else {
			strange = append(strange, e.Name)
		}
	}
	if strange != nil {
		return tensor.Errorf("optimizer state has entries for parameters in no group: %v", strange)
	}
	old := make([]State, len(gs))
	for i, g := range gs {
		old[i] = g.Opt.State()
		if err := g.Opt.LoadState(g.Params, parts[i]); err != nil {
			for j, g := range gs[:i] {
				err = errors.Join(err, g.Opt.LoadState(g.Params, old[j]))
			}
			return fmt.Errorf("group %d: %w", i, err)
		}
	}
	return nil
}

// Rate returns the first group's.
func (gs Groups) Rate() float64 { return gs[0].Opt.Rate() }
