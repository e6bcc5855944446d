package optim_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/tensor"
)

// TestEverySettingIsChecked: each number of each optimizer and schedule is refused where it is NaN, or −1 if it is an
// int, by a typed error that names optimizer, setting, value and the line of the step, and says what is wanted; nothing changes.
func TestEverySettingIsChecked(t *testing.T) {
	sgd := func() optim.Optimizer { return &optim.SGD{LR: 1} }
	results := map[string]bool{"ClipNorm.Norm": true} // told by the optimizer, not set
	for _, make := range []func() any{
		func() any { return &optim.GD{LR: 1} }, func() any { return &optim.SGD{LR: 1} },
		func() any { return &optim.Adam{LR: 1} }, func() any { return &optim.AdamW{LR: 1} },
		func() any { return &optim.RMSProp{LR: 1} }, func() any { return &optim.Adagrad{LR: 1} },
		func() any { return &optim.Adadelta{} }, func() any { return &optim.Adamax{LR: 1} },
		func() any { return &optim.NAdam{LR: 1} }, func() any { return &optim.RAdam{LR: 1} },
		func() any { return &optim.Lion{LR: 1} }, func() any { return &optim.LAMB{LR: 1} },
		func() any { return &optim.Adafactor{} }, func() any { return &optim.ScheduleFree{LR: 1} },
		func() any { return &optim.Muon{LR: 1, Other: sgd()} },
		func() any { return &optim.ClipNorm{Max: 1, Opt: sgd()} }, func() any { return &optim.ClipValue{Max: 1, Opt: sgd()} },
		func() any { return &optim.Noise{Eta: 1, Opt: sgd()} },
		func() any { return &optim.EMA{Opt: sgd()} }, func() any { return &optim.SWA{Opt: sgd()} },
		func() any { return &optim.Constant{} }, func() any { return &optim.Cosine{Steps: 9} },
		func() any { return &optim.Step{Every: 1} }, func() any { return &optim.MultiStep{At: []int{1}} },
		func() any { return &optim.Exponential{Gamma: 1} }, func() any { return &optim.Polynomial{Steps: 9} },
		func() any { return &optim.Linear{Steps: 9} }, func() any { return &optim.OneCycle{Steps: 9} },
		func() any { return &optim.Cyclic{Up: 1} }, func() any { return &optim.WarmRestarts{First: 1} },
		func() any { return &optim.Plateau{} },
	} {
		typ := reflect.TypeOf(make()).Elem()
		if err := oneStep(make()); err != nil {
			t.Fatalf("%s: %v", typ.Name(), err)
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			if f.Anonymous || !f.IsExported() || results[typ.Name()+"."+f.Name] {
				continue
			}
			v := make()
			at := reflect.ValueOf(v).Elem().Field(i)
			wants := []string{"optim." + typ.Name() + ": ", f.Name, "NaN", "want"}
			switch {
			case f.Type.Kind() == reflect.Float64:
				at.SetFloat(math.NaN())
			case f.Type == reflect.TypeFor[[2]float64]():
				at.Index(1).SetFloat(math.NaN())
			case f.Type.Kind() == reflect.Int:
				at.SetInt(-1)
				wants[2] = "-1"
			default:
				continue
			}
			err := oneStep(v)
			var e *tensor.Error
			if !errors.As(err, &e) {
				t.Errorf("%s.%s: %v, want a *tensor.Error", typ.Name(), f.Name, err)
				continue
			}
			for _, want := range append(wants, "optim_test.go:") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s.%s: error %q has no %q", typ.Name(), f.Name, err, want)
				}
			}
		}
	}
}

// oneStep makes a step with an optimizer, or of plain descent by a schedule; the parameter changes where there is no error only.
func oneStep(v any) error {
	opt, ok := v.(grad.Optimizer)
	if s, is := v.(optim.Schedule); is {
		opt, ok = &optim.SGD{LR: 1, Schedule: s}, true
	}
	if !ok {
		return fmt.Errorf("%T is neither an optimizer nor a schedule", v)
	}
	b := newBench(tensor.From([]float32{1}, 1, 1))
	err := b.step(opt, []tensor.Tensor{tensor.From([]float32{0.5}, 1, 1)})
	if changed := b.values()[0][0] != 1; err != nil && changed {
		return fmt.Errorf("the parameter changed in spite of: %w", errors.New(err.Error()))
	}
	return err
}
