package vec

// goTable has the plain loops.
var goTable = table{
	add: addGo, sub: subGo, mul: mulGo, div: divGo, max: maxGo, min: minGo, mulAcc: mulAccGo, divAcc: divAccGo,
	addScalar: addScalarGo, subScalar: subScalarGo, mulScalar: mulScalarGo, divScalar: divScalarGo,
	maxScalar: maxScalarGo, minScalar: minScalarGo, scalarSub: scalarSubGo, scalarDiv: scalarDivGo, axpy: axpyGo,
	neg: negGo, exp: expGo, log: logGo, sqrt: sqrtGo, tanh: tanhGo, sigmoid: sigmoidGo, relu: reluGo,
	reluGrad: reluGradGo, reluGradAcc: reluGradAccGo,
	sigmoidGrad: sigmoidGradGo, sigmoidGradAcc: sigmoidGradAccGo,
	tanhGrad: tanhGradGo, tanhGradAcc: tanhGradAccGo,
	sqrtGrad: sqrtGradGo, sqrtGradAcc: sqrtGradAccGo,
	divGrad: divGradGo, divGradAcc: divGradAccGo,
	maxGrad: maxGradGo, maxGradAcc: maxGradAccGo,
	fill: fillGo, nonFinite: nonFiniteGo,
	dropout: dropoutGo, dropoutAcc: dropoutAccGo, selects: selectGo,
	maps: goMaps, slopes: goSlopes,
	gates:     [numGates]binary{GLU: gluGo, SwiGLU: swigluGo, GeGLU: gegluGo},
	gateGrads: [numGates]gateGrad{GLU: gluGradGo, SwiGLU: swigluGradGo, GeGLU: gegluGradGo},
}
