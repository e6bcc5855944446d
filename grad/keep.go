package grad

import "github.com/ingot-ml/ingot/tensor"

// kept finds what an op keeps of a parameter.
type kept struct {
	param *Param
	op    *core
}

// Keep returns what made gives of operand i, made once in the tape's life: a weight packed for a kernel. It is nil, and made
// isn't called, unless operand i is a parameter as it is and the tape has Config.Constant.
func (c *Call) Keep(i int, made func(w tensor.Tensor) any) any {
	t := c.t
	if !t.cfg.Constant || t.cfg.Device != nil {
		return nil
	}
	s := &t.slots[c.inID(i)]
	if s.param == nil {
		return nil
	}
	key := kept{s.param, c.n.op}
	v, ok := t.constants[key]
	if !ok {
		v = made(s.t)
		if t.constants == nil {
			t.constants = map[kept]any{}
		}
		t.constants[key] = v
	}
	return v
}
