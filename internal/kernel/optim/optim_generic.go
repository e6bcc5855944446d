package optim

// goTable has the plain loops.
var goTable = table{
	adam: adamGo, sgd: sgdGo, sgdMomentum: sgdMomentumGo, sgdNesterov: sgdNesterovGo, lion: lionGo,
	amsgrad: amsgradGo, rmsprop: rmspropGo, adadelta: adadeltaGo, adamax: adamaxGo, scheduleFree: scheduleFreeGo,
}

func adamGo(p, g, m, v []float32, c *Adam) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		m[i] += c.Beta1C * (gi - m[i])
		v[i] = c.Beta2*v[i] + c.Beta2C*gi*gi
		p[i] = c.Shrink*p[i] - c.Rate*((m[i]+c.Mix*gi)/(c.RootC*root(v[i])+c.Eps))
	}
}

func sgdGo(p, g []float32, c *SGD) {
	g = g[:len(p)]
	for i := range p {
		p[i] -= c.Rate * (c.Scale*g[i] + c.Decay*p[i])
	}
}

func sgdMomentumGo(p, g, m []float32, c *SGD) {
	g, m = g[:len(p)], m[:len(p)]
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		m[i] = c.Momentum*m[i] + gi
		p[i] -= c.Rate * m[i]
	}
}

func sgdNesterovGo(p, g, m []float32, c *SGD) {
	g, m = g[:len(p)], m[:len(p)]
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		m[i] = c.Momentum*m[i] + gi
		p[i] -= c.Rate * (gi + c.Momentum*m[i])
	}
}

func lionGo(p, g, m []float32, c *Lion) {
	g, m = g[:len(p)], m[:len(p)]
	for i := range p {
		gi := c.Scale * g[i]
		step := c.Rate
		switch d := c.Beta1*m[i] + c.Beta1C*gi; {
		case d < 0:
			step = -step
		case d == 0:
			step = 0
		}
		p[i] = c.Shrink*p[i] - step
		m[i] = c.Beta2*m[i] + c.Beta2C*gi
	}
}
