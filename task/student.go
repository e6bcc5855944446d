package task

import "math"

// studentP is the two-sided p of a value of Student's t distribution with so many degrees of freedom: I_x(f/2, 1/2), x = f/(f + t²).
// Source: Abramowitz & Stegun 1964, "Handbook of mathematical functions", 26.7.1.
func studentP(t, f float64) float64 { return incompleteBeta(f/(f+t*t), f/2, 0.5) }

// studentQuantile is the t whose two-sided p is 0.05, by bisection.
func studentQuantile(f float64) float64 {
	lo, hi := 0.0, 1e3
	for range 200 {
		if mid := (lo + hi) / 2; studentP(mid, f) > 0.05 {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by its continued fraction, evaluated by Lentz's method.
// Source: Abramowitz & Stegun 1964, 26.5.8; Lentz 1976, Applied Optics 15.
func incompleteBeta(x, a, b float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2): // where the other fraction converges faster
		return 1 - incompleteBeta(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+a*math.Log(x)+b*math.Log1p(-x)) / a
	const least = 1e-300
	c, d, f := 1.0, 0.0, 1.0
	for i := range 500 {
		m := float64(i / 2)
		term := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			term = m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		default:
			term = -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		}
		if d = 1 + term*d; math.Abs(d) < least {
			d = least
		}
		d = 1 / d
		if c = 1 + term/c; math.Abs(c) < least {
			c = least
		}
		f *= c * d
		if i > 0 && math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return front * (f - 1)
}
