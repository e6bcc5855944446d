//go:build !noasm

package vec

// The loops of every Func and Gate. Those that are flat have no slope of their own.
var (
	mapsAVX2 = [numFuncs]mapping{
		GELU: geluAVX2, GELUTanh: geluTanhAVX2, SiLU: siluAVX2, Mish: mishAVX2, Softplus: softplusAVX2, ELU: eluAVX2,
		LeakyReLU: leakyReLUAVX2, Softsign: softsignAVX2, HardSigmoid: hardSigmoidAVX2, HardSwish: hardSwishAVX2,
		Clamp: clampAVX2, Abs: absAVX2, Sign: signAVX2, Step: stepAVX2, Floor: floorAVX2, Ceil: ceilAVX2, Round: roundAVX2,
		Log1p: log1pAVX2, Expm1: expm1AVX2, Erf: erfAVX2, Sin: within65536(farAVX2, sinAVX2, Sin), Cos: within65536(farAVX2, cosAVX2, Cos),
	}
	slopesAVX2 = [numFuncs]sloping{
		GELU: geluSlopeAVX2, GELUTanh: geluTanhSlopeAVX2, SiLU: siluSlopeAVX2, Mish: mishSlopeAVX2,
		Softplus: softplusSlopeAVX2, ELU: eluSlopeAVX2, LeakyReLU: leakyReLUSlopeAVX2, Softsign: softsignSlopeAVX2,
		HardSigmoid: hardSigmoidSlopeAVX2, HardSwish: hardSwishSlopeAVX2, Clamp: clampSlopeAVX2, Abs: absSlopeAVX2,
		Sign: flat, Step: flat, Floor: flat, Ceil: flat, Round: flat, Log1p: log1pSlopeAVX2, Expm1: expm1SlopeAVX2,
		Erf: erfSlopeAVX2, Sin: slopeWithin65536(farAVX2, sinSlopeAVX2, Sin), Cos: slopeWithin65536(farAVX2, cosSlopeAVX2, Cos),
	}
	gatesAVX2     = [numGates]binary{GLU: gluAVX2, SwiGLU: swigluAVX2, GeGLU: gegluAVX2}
	gateGradsAVX2 = [numGates]gateGrad{GLU: gluGradAVX2, SwiGLU: swigluGradAVX2, GeGLU: gegluGradAVX2}
)

var (
	mapsAVX512 = [numFuncs]mapping{
		GELU: geluAVX512, GELUTanh: geluTanhAVX512, SiLU: siluAVX512, Mish: mishAVX512, Softplus: softplusAVX512,
		ELU: eluAVX512, LeakyReLU: leakyReLUAVX512, Softsign: softsignAVX512, HardSigmoid: hardSigmoidAVX512,
		HardSwish: hardSwishAVX512, Clamp: clampAVX512, Abs: absAVX512, Sign: signAVX512, Step: stepAVX512, Floor: floorAVX512,
		Ceil: ceilAVX512, Round: roundAVX512, Log1p: log1pAVX512, Expm1: expm1AVX512, Erf: erfAVX512, Sin: within65536(farAVX512, sinAVX512, Sin), Cos: within65536(farAVX512, cosAVX512, Cos),
	}
	slopesAVX512 = [numFuncs]sloping{
		GELU: geluSlopeAVX512, GELUTanh: geluTanhSlopeAVX512, SiLU: siluSlopeAVX512, Mish: mishSlopeAVX512,
		Softplus: softplusSlopeAVX512, ELU: eluSlopeAVX512, LeakyReLU: leakyReLUSlopeAVX512,
		Softsign: softsignSlopeAVX512, HardSigmoid: hardSigmoidSlopeAVX512, HardSwish: hardSwishSlopeAVX512,
		Clamp: clampSlopeAVX512, Abs: absSlopeAVX512, Sign: flat, Step: flat, Floor: flat, Ceil: flat, Round: flat,
		Log1p: log1pSlopeAVX512, Expm1: expm1SlopeAVX512, Erf: erfSlopeAVX512, Sin: slopeWithin65536(farAVX512, sinSlopeAVX512, Sin), Cos: slopeWithin65536(farAVX512, cosSlopeAVX512, Cos),
	}
	gatesAVX512     = [numGates]binary{GLU: gluAVX512, SwiGLU: swigluAVX512, GeGLU: gegluAVX512}
	gateGradsAVX512 = [numGates]gateGrad{GLU: gluGradAVX512, SwiGLU: swigluGradAVX512, GeGLU: gegluGradAVX512}
)

// within65536 is a loop for numbers up to that size, with the Go loop for an element beyond: there the period needs more digits.
func within65536(far func(x []float32) bool, fast mapping, f Func) mapping {
	return func(dst, x []float32, p Params) {
		x = x[:len(dst)]
		if !far(x) {
			fast(dst, x, p)
			return
		}
		for i := range x {
			do := fast
			if far(x[i : i+1]) {
				do = goMaps[f]
			}
			do(dst[i:i+1], x[i:i+1], p)
		}
	}
}

// slopeWithin65536 is the same for a slope.
func slopeWithin65536(far func(x []float32) bool, fast sloping, f Func) sloping {
	return func(gx, g, x []float32, p Params) {
		x = x[:len(gx)]
		if !far(x) {
			fast(gx, g, x, p)
			return
		}
		for i := range x {
			do := fast
			if far(x[i : i+1]) {
				do = goSlopes[f]
			}
			do(gx[i:i+1], g[i:i+1], x[i:i+1], p)
		}
	}
}
