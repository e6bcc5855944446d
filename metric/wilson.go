package metric

import "math"

// z95 is the 97.5 % point of the normal distribution.
const z95 = 1.959963984540054

// Wilson returns the 95 % score interval of a share, k of n independent trials; for n = 0 it is [0, 1]. With p = k/n:
//
//	(p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), z = 1.96
//
// Unlike p ± z·√(p(1−p)/n) it stays inside [0, 1] and isn't empty at k = n.
// Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	m, p := float64(n), ratio(k, n)
	centre := p + z95*z95/(2*m)
	half := z95 * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	scale := 1 + z95*z95/m
	return max(0, (centre-half)/scale), min(1, (centre+half)/scale)
}
