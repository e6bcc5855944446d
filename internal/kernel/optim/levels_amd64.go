//go:build !noasm

package optim

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use. The assembly gets the scalars by the
// address of the first and knows their order.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		adam:        func(p, g, m, v []float32, c *Adam) { adamAVX2(p, g, m, v, &c.Scale) },
		sgd:         func(p, g []float32, c *SGD) { sgdAVX2(p, g, &c.Scale) },
		sgdMomentum: func(p, g, m []float32, c *SGD) { sgdMomentumAVX2(p, g, m, &c.Scale) },
		sgdNesterov: func(p, g, m []float32, c *SGD) { sgdNesterovAVX2(p, g, m, &c.Scale) },
		lion:        func(p, g, m []float32, c *Lion) { lionAVX2(p, g, m, &c.Scale) },
	},
	cpu.AVX512: {
		adam:        func(p, g, m, v []float32, c *Adam) { adamAVX512(p, g, m, v, &c.Scale) },
		sgd:         func(p, g []float32, c *SGD) { sgdAVX512(p, g, &c.Scale) },
		sgdMomentum: func(p, g, m []float32, c *SGD) { sgdMomentumAVX512(p, g, m, &c.Scale) },
		sgdNesterov: func(p, g, m []float32, c *SGD) { sgdNesterovAVX512(p, g, m, &c.Scale) },
		lion:        func(p, g, m []float32, c *Lion) { lionAVX512(p, g, m, &c.Scale) },
	},
}
