//go:build !noasm

package softmax

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		expSum: expSumAVX2, sumExp: sumExpAVX2, expMul: expMulAVX2, expMulAcc: expMulAccAVX2, dot: dotAVX2,
		grad: gradAVX2, gradAcc: gradAccAVX2, logGrad: logGradAVX2, logGradAcc: logGradAccAVX2,
		scalePast: scalePastAVX2, gradPast: gradPastAVX2, fence: fenceAVX2,
	},
	cpu.AVX512: {
		expSum: expSumAVX512, sumExp: sumExpAVX512, expMul: expMulAVX512, expMulAcc: expMulAccAVX512, dot: dotAVX512,
		grad: gradAVX512, gradAcc: gradAccAVX512, logGrad: logGradAVX512, logGradAcc: logGradAccAVX512,
		scalePast: scalePastAVX512, gradPast: gradPastAVX512, fence: fenceAVX512,
	},
}
