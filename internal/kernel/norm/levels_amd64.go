//go:build !noasm

package norm

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		sums: sumsAVX2, sqDevs: sqDevsAVX2, normalize: normalizeAVX2, normalizePast: normalizePastAVX2, dots: dotsAVX2,
		grad: gradAVX2, gradPast: gradPastAVX2, gradAcc: gradAccAVX2, params: paramsAVX2, fence: fenceAVX2,
		columns: columnsAVX2, colParams: colParamsAVX2, colSqDev: colSqDevAVX2,
		colGrad: colGradAVX2, colGradAcc: colGradAccAVX2,
	},
	cpu.AVX512: {
		sums: sumsAVX512, sqDevs: sqDevsAVX512, normalize: normalizeAVX512, normalizePast: normalizePastAVX512, dots: dotsAVX512,
		grad: gradAVX512, gradPast: gradPastAVX512, gradAcc: gradAccAVX512, params: paramsAVX512, fence: fenceAVX512,
		columns: columnsAVX512, colParams: colParamsAVX512, colSqDev: colSqDevAVX512,
		colGrad: colGradAVX512, colGradAcc: colGradAccAVX512,
	},
}
