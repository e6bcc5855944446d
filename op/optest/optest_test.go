package optest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/tensor"
)

// recorder keeps what a check says.
type recorder struct{ said []string }

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(errStopped)
}

var errStopped = errors.New("stopped")

// check runs the proof of a case and returns what it says; a panic counts as saying it.
func check(c Case) string {
	r := &recorder{}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(errStopped) {
				r.Errorf("panic: %v", p)
			}
		}()
		c.Tol, c.GradTol = 1e-6, 5e-6
		for i, in := range c.Inputs {
			c.proof(r, in, uint64(i))
		}
		if c.Large != nil {
			c.large(r)
		}
	}()
	return strings.Join(r.said, "\n")
}

func f32(t tensor.Tensor) []float32 { return tensor.Of[float32](t) }

// double is y = 2x as it should be.
func double() *grad.Def[grad.None] {
	return &grad.Def[grad.None]{
		Name: "double", Args: "x",
		Infer: func(_ *grad.None, c *grad.Call) { c.OutputLike(c.In(0)) },
		Forward: func(_ *grad.None, c *grad.Call) {
			for i, x := range f32(c.In(0)) {
				f32(c.Out(0))[i] = 2 * x
			}
		},
		Backward: func(_ *grad.None, c *grad.Call) {
			g := f32(c.GradOut(0))
			gx, add := c.GradIn(0)
			for i := range g {
				if !add {
					f32(gx)[i] = 0
				}
				f32(gx)[i] += 2 * g[i]
			}
		},
		VJP: func(_ *grad.None, v *grad.VJP) { v.SetGradIn(0, op.Add(v.GradOut(0), v.GradOut(0))) },
	}
}

func caseOf(d *grad.Def[grad.None]) Case {
	return Case{
		Name: "double", VJP: true,
		Inputs: [][]Input{{F32(2, 3)}, {F32(0, 2)}, {F32()}}, Large: []Input{F32(40000)},
		Op:  func(in ...grad.Value) grad.Value { return d.Apply(grad.None{}, in[0]) },
		Ref: func(in ...Array) Array { return in[0].Map(func(x float64) float64 { return 2 * x }) },
	}
}

func TestRightOpPasses(t *testing.T) {
	if said := check(caseOf(double())); said != "" {
		t.Error(said)
	}
}

// Each of these ops is wrong in one way that one check is there for.
func TestWrongOpsAreFound(t *testing.T) {
	type def = grad.Def[grad.None]
	each := func(f func(c *grad.Call)) func(*grad.None, *grad.Call) {
		return func(_ *grad.None, c *grad.Call) { f(c) }
	}
	for _, w := range []struct {
		name, said string
		spoil      func(*def)
	}{
		{"forward", "result: element 0 is", func(d *def) {
			d.Forward = each(func(c *grad.Call) { copy(f32(c.Out(0)), f32(c.In(0))) })
		}},
		{"gradient", "gradient of operand 0: element", func(d *def) {
			d.Backward = each(func(c *grad.Call) { gx, _ := c.GradIn(0); copy(f32(gx), f32(c.GradOut(0))) })
		}},
		{"never adds", "gradients twice", func(d *def) {
			d.Backward = each(func(c *grad.Call) {
				gx, _ := c.GradIn(0)
				for i, g := range f32(c.GradOut(0)) {
					f32(gx)[i] = 2 * g
				}
			})
		}},
		{"never overwrites", "gradient of operand 0: element 0 is NaN", func(d *def) {
			d.Backward = each(func(c *grad.Call) {
				gx, _ := c.GradIn(0)
				for i, g := range f32(c.GradOut(0)) {
					f32(gx)[i] += 2 * g
				}
			})
		}},
		{"ignores strides", "strided operands", func(d *def) {
			d.Strided = true
			d.Forward = each(func(c *grad.Call) {
				raw := tensor.Raw[float32](c.In(0))
				for i := range f32(c.Out(0)) {
					f32(c.Out(0))[i] = 2 * raw[i]
				}
			})
		}},
		{"reads what it didn't write", "poisoned arena", func(d *def) {
			d.Forward = each(func(c *grad.Call) {
				t := f32(c.Scratch(tensor.F32, 1)) // zero in new memory
				for i, x := range f32(c.In(0)) {
					f32(c.Out(0))[i] = 2*x + t[0]
				}
			})
		}},
		{"writes past its end", "wrote past the end", func(d *def) {
			d.Forward = each(func(c *grad.Call) {
				y := c.Out(0)
				buf, off := y.Buffer()
				n := y.Numel()
				past := f32(tensor.Wrap(buf, off, tensor.F32, (n+16)/16*16+1))
				for i, x := range f32(c.In(0)) {
					past[i] = 2 * x
				}
				past[len(past)-1] = 1
			})
		}},
		{"depends on workers", "workers: result", func(d *def) {
			d.Forward = each(func(c *grad.Call) {
				for i, x := range f32(c.In(0)) {
					f32(c.Out(0))[i] = 2*x + 1e-7*float32(parallel.Workers())
				}
			})
		}},
		{"wrong second derivative", "VJP: derivative by the result's gradient", func(d *def) {
			d.VJP = func(_ *grad.None, v *grad.VJP) {
				g := v.GradOut(0)
				v.SetGradIn(0, op.Add(g, op.Detach(g)))
			}
		}},
	} {
		d := double()
		w.spoil(d)
		if said := check(caseOf(d)); !strings.Contains(said, w.said) {
			t.Errorf("%s: the checks say %q; %q wanted", w.name, said, w.said)
		}
	}
}

func TestDeviceWithoutKernel(t *testing.T) {
	d := NewDevice()
	defer d.Close()
	d.Missing = []string{"double"}
	c := caseOf(double())
	_, err := newTrial(&c, c.Inputs[0], 1).try(setup{dev: d})
	var e *tensor.Error
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "device test has no kernel") {
		t.Errorf("error %v", err)
	}
}

func TestDeviceHidesItsMemory(t *testing.T) {
	d := NewDevice()
	defer d.Close()
	x := d.Put(tensor.From([]float32{1, 2, 3}))
	defer func() {
		if recover() == nil {
			t.Error("the host sliced the device's memory")
		}
	}()
	if got := d.Get(x); f32(got)[2] != 3 {
		t.Errorf("got %v back", got)
	}
	tensor.Of[float32](x)[0] = 1
}

// An error inside a kernel, such as an id out of range, comes out of the step although the device works later.
func TestDeviceTellsKernelErrors(t *testing.T) {
	d := NewDevice()
	defer d.Close()
	logits, ids := d.Put(tensor.New(tensor.F32, 2, 3)), d.Put(tensor.From([]int32{0, 7}))
	var loss float32
	tape := grad.NewTape(grad.Config{Device: d})
	for range 2 {
		err := tape.Eval(grad.Infer, func(s *grad.Step) error {
			s.Read(op.CrossEntropy(s.Input(logits), s.Input(ids)), &loss)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "the id at position 1 is 7") {
			t.Errorf("error %v", err)
		}
	}
}
