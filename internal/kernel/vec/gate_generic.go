package vec

func gluGo(dst, a, b []float32) { gateGo(dst, a, b, logistic) }
func swigluGo(dst, a, b []float32) {
	gateGo(dst, a, b, func(x float64) float64 { return siluGo(x, Params{}) })
}
func gegluGo(dst, a, b []float32) {
	gateGo(dst, a, b, func(x float64) float64 { return geluGo(x, Params{}) })
}

func gateGo(dst, a, b []float32, f func(x float64) float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = float32(float64(a[i]) * f(float64(b[i])))
	}
}

func gluGradGo(ga, gb, g, a, b []float32) {
	gateGradGo(ga, gb, g, a, b, pointwise{
		func(x float64, _ Params) float64 { return logistic(x) },
		func(x float64, _ Params) float64 { return logistic(x) * logistic(-x) },
	})
}

func swigluGradGo(ga, gb, g, a, b []float32) { gateGradGo(ga, gb, g, a, b, kinds[SiLU]) }
func gegluGradGo(ga, gb, g, a, b []float32)  { gateGradGo(ga, gb, g, a, b, kinds[GELU]) }

func gateGradGo(ga, gb, g, a, b []float32, f pointwise) {
	gb, g, a, b = gb[:len(ga)], g[:len(ga)], a[:len(ga)], b[:len(ga)]
	for i := range ga {
		d, x, y := float64(g[i]), float64(a[i]), float64(b[i])
		ga[i], gb[i] = float32(d*f.at(y, Params{})), float32(d*x*f.slope(y, Params{}))
	}
}
