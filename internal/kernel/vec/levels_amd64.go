//go:build !noasm

package vec

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		add: addAVX2, sub: subAVX2, mul: mulAVX2, div: divAVX2, max: maxAVX2, min: minAVX2, mulAcc: mulAccAVX2, divAcc: divAccAVX2,
		addScalar: addScalarAVX2, subScalar: subScalarAVX2, mulScalar: mulScalarAVX2, divScalar: divScalarAVX2,
		maxScalar: maxScalarAVX2, minScalar: minScalarAVX2, scalarSub: scalarSubAVX2, scalarDiv: scalarDivAVX2, axpy: axpyAVX2, neg: negAVX2,
		exp: expAVX2, log: logAVX2, sqrt: sqrtAVX2, tanh: tanhAVX2, sigmoid: sigmoidAVX2, relu: reluAVX2,
		reluGrad: reluGradAVX2, reluGradAcc: reluGradAccAVX2, sigmoidGrad: sigmoidGradAVX2,
		sigmoidGradAcc: sigmoidGradAccAVX2, tanhGrad: tanhGradAVX2, tanhGradAcc: tanhGradAccAVX2,
		sqrtGrad: sqrtGradAVX2, sqrtGradAcc: sqrtGradAccAVX2, divGrad: divGradAVX2, divGradAcc: divGradAccAVX2,
		maxGrad: maxGradAVX2, maxGradAcc: maxGradAccAVX2, fill: fillAVX2, nonFinite: nonFiniteAVX2,

		dropout: func(dst, x []float32, mask []uint8, s float32) { whole(dropoutAVX2, dropoutGo, dst, x, mask, s) },
		dropoutAcc: func(dst, x []float32, mask []uint8, s float32) {
			whole(dropoutAccAVX2, dropoutAccGo, dst, x, mask, s)
		},
		selects: func(dst, x, y []float32, mask []uint8) { wholeSelect(selectAVX2, dst, x, y, mask) },
		maps:    mapsAVX2, slopes: slopesAVX2, gates: gatesAVX2, gateGrads: gateGradsAVX2,
	},
	cpu.AVX512: {
		add: addAVX512, sub: subAVX512, mul: mulAVX512, div: divAVX512, max: maxAVX512, min: minAVX512, mulAcc: mulAccAVX512,
		divAcc: divAccAVX512, addScalar: addScalarAVX512, subScalar: subScalarAVX512, mulScalar: mulScalarAVX512,
		divScalar: divScalarAVX512, maxScalar: maxScalarAVX512, minScalar: minScalarAVX512, scalarSub: scalarSubAVX512, scalarDiv: scalarDivAVX512,
		axpy: axpyAVX512, neg: negAVX512, exp: expAVX512, log: logAVX512, sqrt: sqrtAVX512, tanh: tanhAVX512,
		sigmoid: sigmoidAVX512, relu: reluAVX512, reluGrad: reluGradAVX512, reluGradAcc: reluGradAccAVX512,
		sigmoidGrad: sigmoidGradAVX512, sigmoidGradAcc: sigmoidGradAccAVX512, tanhGrad: tanhGradAVX512,
		tanhGradAcc: tanhGradAccAVX512, sqrtGrad: sqrtGradAVX512, sqrtGradAcc: sqrtGradAccAVX512,
		divGrad: divGradAVX512, divGradAcc: divGradAccAVX512, maxGrad: maxGradAVX512, maxGradAcc: maxGradAccAVX512,
		fill: fillAVX512, nonFinite: nonFiniteAVX512,
		dropout: func(dst, x []float32, mask []uint8, s float32) { whole(dropoutAVX512, dropoutGo, dst, x, mask, s) },
		dropoutAcc: func(dst, x []float32, mask []uint8, s float32) {
			whole(dropoutAccAVX512, dropoutAccGo, dst, x, mask, s)
		},
		selects: func(dst, x, y []float32, mask []uint8) { wholeSelect(selectAVX512, dst, x, y, mask) },
		maps:    mapsAVX512, slopes: slopesAVX512, gates: gatesAVX512, gateGrads: gateGradsAVX512,
	},
}

// whole runs fast on the vectors that fit, of 16 elements or two times 8, and slow on the rest.
func whole(fast, slow masking, dst, x []float32, mask []uint8, s float32) {
	n := len(dst) &^ 15
	fast(dst[:n], x[:n], mask[:n], s)
	slow(dst[n:], x[n:], mask[n:], s)
}

// wholeSelect is whole for selecting.
func wholeSelect(fast selecting, dst, x, y []float32, mask []uint8) {
	n := len(dst) &^ 15
	fast(dst[:n], x[:n], y[:n], mask[:n])
	selectGo(dst[n:], x[n:], y[n:], mask[n:])
}
