package vec

import "math"

func nonFiniteGo(x []float32) bool {
	const exponent = 0x7f800000 // all ones for NaN and infinities
	for _, v := range x {
		if math.Float32bits(v)&exponent == exponent {
			return true
		}
	}
	return false
}
