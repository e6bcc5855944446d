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

		amsgrad: func(p, g, m, v, top []float32, c *Adam) { amsgradAVX2(p, g, m, v, top, &c.Scale) },
		rmsprop: func(p, g, v, a, b []float32, c *RMSProp) {
			switch {
			case a != nil && b != nil:
				rmspropCenteredMomentumAVX2(p, g, v, a, b, &c.Scale)
			case a != nil:
				rmspropCenteredAVX2(p, g, v, a, &c.Scale)
			case b != nil:
				rmspropMomentumAVX2(p, g, v, b, &c.Scale)
			default:
				rmspropAVX2(p, g, v, &c.Scale)
			}
		},
		adadelta:     func(p, g, v, u []float32, c *Adadelta) { adadeltaAVX2(p, g, v, u, &c.Scale) },
		adamax:       func(p, g, m, u []float32, c *Adamax) { adamaxAVX2(p, g, m, u, &c.Scale) },
		scheduleFree: func(p, g, z, v []float32, c *ScheduleFree) { scheduleFreeAVX2(p, g, z, v, &c.Scale) },
	},
	cpu.AVX512: {
		adam:        func(p, g, m, v []float32, c *Adam) { adamAVX512(p, g, m, v, &c.Scale) },
		sgd:         func(p, g []float32, c *SGD) { sgdAVX512(p, g, &c.Scale) },
		sgdMomentum: func(p, g, m []float32, c *SGD) { sgdMomentumAVX512(p, g, m, &c.Scale) },
		sgdNesterov: func(p, g, m []float32, c *SGD) { sgdNesterovAVX512(p, g, m, &c.Scale) },
		lion:        func(p, g, m []float32, c *Lion) { lionAVX512(p, g, m, &c.Scale) },

		amsgrad: func(p, g, m, v, top []float32, c *Adam) { amsgradAVX512(p, g, m, v, top, &c.Scale) },
		rmsprop: func(p, g, v, a, b []float32, c *RMSProp) {
			switch {
			case a != nil && b != nil:
				rmspropCenteredMomentumAVX512(p, g, v, a, b, &c.Scale)
			case a != nil:
				rmspropCenteredAVX512(p, g, v, a, &c.Scale)
			case b != nil:
				rmspropMomentumAVX512(p, g, v, b, &c.Scale)
			default:
				rmspropAVX512(p, g, v, &c.Scale)
			}
		},
		adadelta:     func(p, g, v, u []float32, c *Adadelta) { adadeltaAVX512(p, g, v, u, &c.Scale) },
		adamax:       func(p, g, m, u []float32, c *Adamax) { adamaxAVX512(p, g, m, u, &c.Scale) },
		scheduleFree: func(p, g, z, v []float32, c *ScheduleFree) { scheduleFreeAVX512(p, g, z, v, &c.Scale) },
	},
}
