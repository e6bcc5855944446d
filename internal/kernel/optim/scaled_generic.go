package optim

import "math"

func root(x float32) float32 { return float32(math.Sqrt(float64(x))) }

func amsgradGo(p, g, m, v, top []float32, c *Adam) {
	g, m, v, top = g[:len(p)], m[:len(p)], v[:len(p)], top[:len(p)]
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		m[i] += c.Beta1C * (gi - m[i])
		v[i] = c.Beta2*v[i] + c.Beta2C*gi*gi
		top[i] = max(top[i], v[i])
		p[i] = c.Shrink*p[i] - c.Rate*((m[i]+c.Mix*gi)/(c.RootC*root(top[i])+c.Eps))
	}
}

// rmspropGo is what each of the assembly's four is for its operands.
func rmspropGo(p, g, v, a, b []float32, c *RMSProp) {
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		v[i] = c.Alpha*v[i] + c.Rest*gi*gi
		square := v[i]
		if a != nil {
			a[i] += c.Rest * (gi - a[i])
			square = max(square-a[i]*a[i], 0)
		}
		d := gi / (root(square) + c.Eps)
		if b != nil {
			d += c.Momentum * b[i]
			b[i] = d
		}
		p[i] -= c.Rate * d
	}
}

func adadeltaGo(p, g, v, u []float32, c *Adadelta) {
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		v[i] = c.Rho*v[i] + c.Rest*gi*gi
		d := gi * root((u[i]+c.Eps)/(v[i]+c.Eps))
		u[i] = c.Rho*u[i] + c.Rest*d*d
		p[i] -= c.Rate * d
	}
}

func adamaxGo(p, g, m, u []float32, c *Adamax) {
	for i := range p {
		gi := c.Scale*g[i] + c.Decay*p[i]
		m[i] += c.Beta1C * (gi - m[i])
		u[i] = max(c.Beta2*u[i], max(gi, -gi)+c.Eps)
		p[i] -= c.Rate * (m[i] / u[i])
	}
}

func scheduleFreeGo(p, g, z, v []float32, c *ScheduleFree) {
	for i := range p {
		gi := c.Scale * g[i]
		v[i] = c.Beta2*v[i] + c.Beta2C*gi*gi
		d := gi/(c.RootC*root(v[i])+c.Eps) + c.Decay*p[i]
		p[i] += c.Share*(z[i]-p[i]) + c.Back*d
		z[i] -= c.Rate * d
	}
}
