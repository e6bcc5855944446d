package optim

import (
	"strings"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// EMA keeps an exponential moving average of the weights beside another optimizer, for evaluation: after each update
//
//	a ← Decay·a + (1 − Decay)·p
//
// from a = p after the first. PyTorch: AveragedModel with get_ema_multi_avg_fn. Buffers, such as batch norm's, aren't averaged.
// Source: Polyak & Juditsky 1992, "Acceleration of stochastic approximation by averaging".
type EMA struct {
	Decay float64 // zero: 0.999, PyTorch's
	Opt   Optimizer

	average
}

var _ Optimizer = (*EMA)(nil)

// Prepare checks the settings, prepares Opt and makes the averages.
func (e *EMA) Prepare(ps grad.Params, g *grad.Grads) error {
	if err := checkShare("EMA", "Decay", e.Decay); err != nil {
		return err
	}
	return e.average.prepare("EMA", e.Opt, ps, g)
}

// Apply makes one step of Opt and averages.
func (e *EMA) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	e.Opt.Apply(ps, g, scale)
	e.rest = 1 - or(e.Decay, 0.999)
	e.add(ps, g)
}

// State returns Opt's, and the averages.
func (e *EMA) State() State { return e.average.state(e.Opt) }

// LoadState restores what State gave; see [Optimizer].
func (e *EMA) LoadState(ps grad.Params, s State) error { return e.average.load(e.Opt, ps, s) }

// Rate returns Opt's.
func (e *EMA) Rate() float64 { return e.Opt.Rate() }

// SWA keeps the plain average of the weights from update From on, of every Every-th, beside another optimizer. It wants a
// constant or a cyclic rate in those. PyTorch: AveragedModel; batch norm's averages have to be made anew with the averaged weights,
// as with its update_bn.
// Source: Izmailov et al. 2018, arXiv:1803.05407.
type SWA struct {
	From  int // updates before the first that counts
	Every int // zero: 1
	Opt   Optimizer

	average
}

var _ Optimizer = (*SWA)(nil)

// Prepare checks the settings, prepares Opt and makes the averages.
func (a *SWA) Prepare(ps grad.Params, g *grad.Grads) error {
	if a.From < 0 || a.Every < 0 {
		return tensor.Errorf("optim.SWA: From is %d and Every %d; at least 0 is wanted", a.From, a.Every)
	}
	return a.average.prepare("SWA", a.Opt, ps, g)
}

// Apply makes one step of Opt and averages where it is time.
func (a *SWA) Apply(ps grad.Params, g *grad.Grads, scale float32) {
	a.Opt.Apply(ps, g, scale)
	if n := a.updates - a.From; n >= 0 && n%max(a.Every, 1) == 0 {
		a.add(ps, g)
	} else {
		a.updates++
	}
}

// State returns Opt's, and the averages.
func (a *SWA) State() State { return a.average.state(a.Opt) }

// LoadState restores what State gave; see [Optimizer].
func (a *SWA) LoadState(ps grad.Params, s State) error { return a.average.load(a.Opt, ps, s) }

// Rate returns Opt's.
func (a *SWA) Rate() float64 { return a.Opt.Rate() }

// average is what EMA and SWA share.
type average struct {
	own     moments // whose ages count the weights averaged
	updates int
	rest    float64 // share of the newest; zero: 1 of all
}

var averageSlots = []string{"average"}

func (a *average) prepare(name string, opt Optimizer, ps grad.Params, g *grad.Grads) error {
	if opt == nil {
		return tensor.Errorf("optim.%s: Opt is nil; an optimizer is wanted", name)
	}
	if err := opt.Prepare(ps, g); err != nil {
		return err
	}
	return a.own.prepare(ps, averageSlots)
}

func (a *average) add(ps grad.Params, g *grad.Grads) {
	a.own.apply(a, ps, g, 1)
	a.updates++
}

func (a *average) update(p, _ []float32, m runs, age int64, _ float32) {
	avg, rest := m[0][:len(p)], float32(a.rest)
	switch {
	case age == 1:
		copy(avg, p)
		return
	case a.rest == 0:
		rest = float32(1 / float64(age))
	}
	for i, x := range p {
		avg[i] += rest * (x - avg[i])
	}
}

// Averaged calls fn while the parameters are their averages, for evaluation or saving, and then gives them back their bits. A
// parameter that hasn't been averaged yet stays as it is.
func (a *average) Averaged(ps grad.Params, fn func() error) error {
	return a.own.swapped(ps, fn, func(p []float32, mem *memory) { copy(p, tensor.Of[float32](mem.slot[0])) })
}

// The averages' entries beside Opt's: x.average, x.average_step and, of a 16-bit parameter, x.average_master.
const (
	averageAge    = ".average_" + ageName
	averageMaster = ".average_" + masterName
)

func (a *average) state(opt Optimizer) State {
	s := opt.State()
	s.Entries = append([]Entry(nil), s.Entries...)
	for _, e := range a.own.State().Entries {
		if name, ok := strings.CutSuffix(e.Name, "."+ageName); ok {
			e.Name = name + averageAge
		} else if name, ok := strings.CutSuffix(e.Name, "."+masterName); ok {
			e.Name = name + averageMaster
		}
		s.Entries = append(s.Entries, e)
	}
	return s
}

func (a *average) load(opt Optimizer, ps grad.Params, s State) error {
	inner, own := State{Step: s.Step}, State{Step: s.Step}
	for _, e := range s.Entries {
		if name, ok := strings.CutSuffix(e.Name, averageAge); ok {
			own.Entries = append(own.Entries, Entry{name + "." + ageName, e.Tensor})
		} else if name, ok := strings.CutSuffix(e.Name, averageMaster); ok {
			own.Entries = append(own.Entries, Entry{name + "." + masterName, e.Tensor})
		} else if strings.HasSuffix(e.Name, "."+averageSlots[0]) {
			own.Entries = append(own.Entries, e)
		} else {
			inner.Entries = append(inner.Entries, e)
		}
	}
	var fresh moments
	if err := fresh.load(ps, own, averageSlots); err != nil {
		return err
	}
	if err := opt.LoadState(ps, inner); err != nil {
		return err
	}
	a.own, a.updates = fresh, s.Step
	return nil
}

// swapped calls fn while set has changed the parameters that have seen a step, and then gives them back their bits.
func (m *moments) swapped(ps grad.Params, fn func() error, set func(p []float32, mem *memory)) error {
	for _, p := range ps {
		mem := m.of[p.Param]
		if mem == nil || tensor.Of[int64](mem.age)[0] == 0 {
			continue
		}
		old := p.Data.Clone()
		defer tensor.Copy(p.Data, old)
		if !mem.master.Valid() {
			set(tensor.Of[float32](p.Data), mem)
			continue
		}
		w := append([]float32(nil), tensor.Of[float32](mem.master)...)
		set(w, mem)
		narrow(p.Data, 0, w)
	}
	return fn()
}
