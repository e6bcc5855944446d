package norm

// goTable has the plain loops.
var goTable = table{
	sqDev: sqDevGo, normalize: normalizeGo, dots: dotsGo, grad: gradGo, gradAcc: gradAccGo, params: paramsGo,
	columns: columnsGo, colParams: colParamsGo, colSqDev: colSqDevGo, colGrad: colGradGo, colGradAcc: colGradAccGo,
}

// tree adds 16 lanes.
func tree(l *[16]float32) float32 {
	for w := 8; w > 0; w /= 2 {
		for j := range w {
			l[j] += l[j+w]
		}
	}
	return l[0]
}

// at returns gamma[i], or 1 where there is no gamma.
func at(gamma []float32, i int) float32 {
	if gamma == nil {
		return 1
	}
	return gamma[i]
}

func sqDevGo(x []float32, mean float32) float32 {
	var l [16]float32
	for i, v := range x {
		d := v - mean
		l[i%16] += d * d
	}
	return tree(&l)
}

func normalizeGo(y, x, gamma, beta []float32, mean, rstd float32) {
	x = x[:len(y)]
	for i := range y {
		y[i] = (x[i] - mean) * rstd * at(gamma, i)
		if beta != nil {
			y[i] += beta[i]
		}
	}
}

func dotsGo(g, x, gamma []float32, mean, rstd float32) (a, b float32) {
	var la, lb [16]float32
	x = x[:len(g)]
	for i := range g {
		h := g[i] * at(gamma, i)
		la[i%16] += h
		lb[i%16] += h * ((x[i] - mean) * rstd)
	}
	return tree(&la), tree(&lb)
}

func gradGo(gx, g, x, gamma []float32, mean, rstd, a, b float32) {
	g, x = g[:len(gx)], x[:len(gx)]
	for i := range gx {
		gx[i] = rstd * (g[i]*at(gamma, i) - a - (x[i]-mean)*rstd*b)
	}
}

func gradAccGo(gx, g, x, gamma []float32, mean, rstd, a, b float32) {
	g, x = g[:len(gx)], x[:len(gx)]
	for i := range gx {
		gx[i] += rstd * (g[i]*at(gamma, i) - a - (x[i]-mean)*rstd*b)
	}
}

func paramsGo(ggamma, gbeta, g, x []float32, mean, rstd float32) {
	gbeta, g, x = gbeta[:len(ggamma)], g[:len(ggamma)], x[:len(ggamma)]
	for i := range ggamma {
		ggamma[i] += g[i] * ((x[i] - mean) * rstd)
		gbeta[i] += g[i]
	}
}

func columnsGo(y, x, scale, shift []float32) {
	x, scale, shift = x[:len(y)], scale[:len(y)], shift[:len(y)]
	for i := range y {
		y[i] = x[i]*scale[i] + shift[i]
	}
}

func colParamsGo(ggamma, gbeta, g, x, mean, rstd []float32) {
	n := len(ggamma)
	gbeta, g, x, mean, rstd = gbeta[:n], g[:n], x[:n], mean[:n], rstd[:n]
	for i := range ggamma {
		ggamma[i] += g[i] * ((x[i] - mean[i]) * rstd[i])
		gbeta[i] += g[i]
	}
}

func colSqDevGo(dst, x, mean []float32) {
	x, mean = x[:len(dst)], mean[:len(dst)]
	for i := range dst {
		d := x[i] - mean[i]
		dst[i] += d * d
	}
}

func colGradGo(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) {
	for i := range gx {
		gx[i] = colGradAt(i, g, x, mean, rstd, gamma, ggamma, gbeta, inv)
	}
}

func colGradAccGo(gx, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) {
	for i := range gx {
		gx[i] += colGradAt(i, g, x, mean, rstd, gamma, ggamma, gbeta, inv)
	}
}

func colGradAt(i int, g, x, mean, rstd, gamma, ggamma, gbeta []float32, inv float32) float32 {
	xhat := (x[i] - mean[i]) * rstd[i]
	return at(gamma, i) * rstd[i] * (g[i] - inv*gbeta[i] - xhat*(inv*ggamma[i]))
}
