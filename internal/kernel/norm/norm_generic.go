package norm

// goTable has the plain loops.
var goTable = table{
	sums: sumsGo, sqDevs: sqDevsGo, normalize: normalizeGo, normalizePast: normalizeGo, dots: dotsGo,
	grad: gradGo, gradPast: gradGo, gradAcc: gradAccGo, params: paramsGo, fence: fenceGo,
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

// rowOf is row r of x, as long as like.
func rowOf(x []float32, r int, like []float32) []float32 { return x[r*len(like) : (r+1)*len(like)] }

func sumsGo(dst, x, like []float32) {
	for r := range dst {
		var l [16]float32
		for i, v := range rowOf(x, r, like) {
			l[i%16] += v
		}
		dst[r] = tree(&l)
	}
}

func sqDevsGo(dst, x, mean, like []float32) {
	for r := range dst {
		var l [16]float32
		for i, v := range rowOf(x, r, like) {
			d := v - mean[r]
			l[i%16] += d * d
		}
		dst[r] = tree(&l)
	}
}

func normalizeGo(y, x, gamma, beta, mean, rstd []float32) {
	for r := range mean {
		y, x := rowOf(y, r, gamma), rowOf(x, r, gamma)
		for i := range y {
			y[i] = (x[i]-mean[r])*rstd[r]*gamma[i] + beta[i]
		}
	}
}

func dotsGo(a, b, g, x, gamma, mean, rstd []float32) {
	for r := range a {
		var la, lb [16]float32
		g, x := rowOf(g, r, gamma), rowOf(x, r, gamma)
		for i := range g {
			h := g[i] * gamma[i]
			la[i%16] += h
			lb[i%16] += h * ((x[i] - mean[r]) * rstd[r])
		}
		a[r], b[r] = tree(&la), tree(&lb)
	}
}

func gradGo(gx, g, x, gamma, mean, rstd, a, b []float32) {
	for r := range a {
		gx, g, x := rowOf(gx, r, gamma), rowOf(g, r, gamma), rowOf(x, r, gamma)
		for i := range gx {
			gx[i] = rstd[r] * (g[i]*gamma[i] - a[r] - (x[i]-mean[r])*rstd[r]*b[r])
		}
	}
}

func gradAccGo(gx, g, x, gamma, mean, rstd, a, b []float32) {
	for r := range a {
		gx, g, x := rowOf(gx, r, gamma), rowOf(g, r, gamma), rowOf(x, r, gamma)
		for i := range gx {
			gx[i] += rstd[r] * (g[i]*gamma[i] - a[r] - (x[i]-mean[r])*rstd[r]*b[r])
		}
	}
}

func paramsGo(ggamma, gbeta, g, x, mean, rstd []float32) {
	gbeta = gbeta[:len(ggamma)]
	for r := range mean {
		g, x := rowOf(g, r, ggamma), rowOf(x, r, ggamma)
		for i := range ggamma {
			ggamma[i] += g[i] * ((x[i] - mean[r]) * rstd[r])
			gbeta[i] += g[i]
		}
	}
}

// fenceGo does nothing: a Go loop writes nothing past the caches.
func fenceGo() {}

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
	return gamma[i] * rstd[i] * (g[i] - inv*gbeta[i] - xhat*(inv*ggamma[i]))
}
