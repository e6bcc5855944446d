//go:build !noasm

package reduce

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		sum: sumAVX2, max: maxAVX2, sumSq: sumSqAVX2, dot: dotAVX2, sumCol: sumColAVX2, maxCol: maxColAVX2,
	},
	cpu.AVX512: {
		sum: sumAVX512, max: maxAVX512, sumSq: sumSqAVX512, dot: dotAVX512, sumCol: sumColAVX512, maxCol: maxColAVX512,
	},
}
