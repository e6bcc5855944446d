package rnn

import (
	"math"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// table has the passes over one row of one instruction set. The first slice's length is Size, but for g, whose is Kept times
// that; gates have Kept vectors, u has Gates.
type table struct {
	tanh, relu         func(y, u []float32)
	tanhGrad, reluGrad func(g, gy, gh, y []float32)
	lstm               func(y, gates, u, c, cNext []float32)
	lstmGrad           func(g, gates, c, cNext, gy, gh, gc []float32)
	gru                func(y, gates, u, bias, h []float32)
	gruGrad            func(g, gates, h, gy, gh []float32)
}

func active() *table { return &levels[cpu.Active()] }

var goTable = table{tanhGo, reluGo, tanhGradGo, reluGradGo, lstmGo, lstmGradGo, gruGo, gruGradGo}

func tanh(x float32) float32    { return float32(math.Tanh(float64(x))) }
func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

// tanhGo is y = tanh(y + u).
func tanhGo(y, u []float32) {
	for j := range y {
		y[j] = tanh(y[j] + u[j])
	}
}

// reluGo is y = max(y + u, 0).
func reluGo(y, u []float32) {
	for j := range y {
		y[j] = max(y[j]+u[j], 0)
	}
}

// tanhGradGo is g = (gy + gh)·(1 − y²).
func tanhGradGo(g, gy, gh, y []float32) {
	for j := range g {
		g[j] = (gy[j] + gh[j]) * (1 - y[j]*y[j])
	}
}

// reluGradGo is g = gy + gh where y > 0, else 0.
func reluGradGo(g, gy, gh, y []float32) {
	for j := range g {
		g[j] = 0
		if y[j] > 0 {
			g[j] = gy[j] + gh[j]
		}
	}
}

// lstmGo turns the sums i f g o to the gates, c to cNext, and writes y.
func lstmGo(y, gates, u, c, cNext []float32) {
	n := len(y)
	for j := range y {
		i, f := sigmoid(gates[j]+u[j]), sigmoid(gates[n+j]+u[n+j])
		g, o := tanh(gates[2*n+j]+u[2*n+j]), sigmoid(gates[3*n+j]+u[3*n+j])
		gates[j], gates[n+j], gates[2*n+j], gates[3*n+j] = i, f, g, o
		cNext[j] = f*c[j] + i*g
		y[j] = o * tanh(cNext[j])
	}
}

// lstmGradGo writes the gradients of the sums i f g o to g, and of c to gc, which was that of cNext.
func lstmGradGo(g, gates, c, cNext, gy, gh, gc []float32) {
	n := len(c)
	for j := range c {
		i, f, z, o := gates[j], gates[n+j], gates[2*n+j], gates[3*n+j]
		d, t := gy[j]+gh[j], tanh(cNext[j])
		e := d*o*(1-t*t) + gc[j]
		g[j] = e * z * (i * (1 - i))
		g[n+j] = e * c[j] * (f * (1 - f))
		g[2*n+j] = e * i * (1 - z*z)
		g[3*n+j] = d * t * (o * (1 - o))
		gc[j] = e * f
	}
}

// gruGo turns the sums r z n to the gates, with n's part of the state after them, and writes y.
func gruGo(y, gates, u, bias, h []float32) {
	n := len(y)
	for j := range y {
		r, z := sigmoid(gates[j]+u[j]), sigmoid(gates[n+j]+u[n+j])
		v := u[2*n+j] + bias[j]
		m := tanh(r*v + gates[2*n+j])
		gates[j], gates[n+j], gates[2*n+j], gates[3*n+j] = r, z, m, v
		y[j] = z*(h[j]-m) + m
	}
}

// gruGradGo writes the gradients of the sums r z n, and of n's part of the state, to g. gh, that of the state after, becomes
// what the state before gets past the weight.
func gruGradGo(g, gates, h, gy, gh []float32) {
	n := len(h)
	for j := range h {
		r, z, m, v := gates[j], gates[n+j], gates[2*n+j], gates[3*n+j]
		d := gy[j] + gh[j]
		e := d * (1 - z) * (1 - m*m)
		g[j] = e * v * (r * (1 - r))
		g[n+j] = d * (h[j] - m) * (z * (1 - z))
		g[2*n+j] = e
		g[3*n+j] = e * r
		gh[j] = d * z
	}
}
