package vec

func reluGradGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		if y[i] > 0 {
			gx[i] = g[i]
		} else {
			gx[i] = 0
		}
	}
}

func reluGradAccGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		if y[i] > 0 {
			gx[i] += g[i]
		}
	}
}

func sigmoidGradGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] = g[i] * (y[i] * (1 - y[i]))
	}
}

func sigmoidGradAccGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] += g[i] * (y[i] * (1 - y[i]))
	}
}

func tanhGradGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] = g[i] * (1 - y[i]*y[i])
	}
}

func tanhGradAccGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] += g[i] * (1 - y[i]*y[i])
	}
}

func sqrtGradGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] = g[i] / (2 * y[i])
	}
}

func sqrtGradAccGo(gx, g, y []float32) {
	g, y = g[:len(gx)], y[:len(gx)]
	for i := range gx {
		gx[i] += g[i] / (2 * y[i])
	}
}

func divGradGo(gb, g, y, b []float32) {
	g, y, b = g[:len(gb)], y[:len(gb)], b[:len(gb)]
	for i := range gb {
		gb[i] = -(g[i] * y[i]) / b[i]
	}
}

func divGradAccGo(gb, g, y, b []float32) {
	g, y, b = g[:len(gb)], y[:len(gb)], b[:len(gb)]
	for i := range gb {
		gb[i] -= (g[i] * y[i]) / b[i]
	}
}

func maxGradGo(ga, g, a, b []float32) {
	g, a, b = g[:len(ga)], a[:len(ga)], b[:len(ga)]
	for i := range ga {
		ga[i] = share(g[i], a[i], b[i])
	}
}

func maxGradAccGo(ga, g, a, b []float32) {
	g, a, b = g[:len(ga)], a[:len(ga)], b[:len(ga)]
	for i := range ga {
		ga[i] += share(g[i], a[i], b[i])
	}
}

// share is the part of g that goes to a in max(a, b). Where either is NaN it is all of g.
func share(g, a, b float32) float32 {
	switch {
	case a < b:
		return 0
	case a == b:
		return g / 2
	}
	return g
}
