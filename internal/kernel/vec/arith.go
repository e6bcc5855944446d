package vec

// Add computes dst = x + y.
func Add(dst, x, y []float32) { active().add.run(dst, x, y) }

// Sub computes dst = x − y.
func Sub(dst, x, y []float32) { active().sub.run(dst, x, y) }

// Mul computes dst = x·y.
func Mul(dst, x, y []float32) { active().mul.run(dst, x, y) }

// Div computes dst = x / y.
func Div(dst, x, y []float32) { active().div.run(dst, x, y) }

// Max computes dst = the larger of x and y, NaN where either is NaN, and y where both are zeros.
func Max(dst, x, y []float32) { active().max.run(dst, x, y) }

// Min computes dst = the smaller of x and y, NaN where either is NaN, and y where both are zeros.
func Min(dst, x, y []float32) { active().min.run(dst, x, y) }

// AddTo computes dst += x.
func AddTo(dst, x []float32) { active().add.run(dst, dst, x) }

// MulAcc computes dst += x·y.
func MulAcc(dst, x, y []float32) { active().mulAcc.run(dst, x, y) }

// DivAcc computes dst += x / y.
func DivAcc(dst, x, y []float32) { active().divAcc.run(dst, x, y) }

// Axpy computes y += a·x.
func Axpy(y []float32, a float32, x []float32) { active().axpy.run(y, x, a) }

// Scale computes x = s·x.
func Scale(x []float32, s float32) { active().mulScalar.run(x, x, s) }

// AddScalar computes dst = x + s.
func AddScalar(dst, x []float32, s float32) { active().addScalar.run(dst, x, s) }

// SubScalar computes dst = x − s.
func SubScalar(dst, x []float32, s float32) { active().subScalar.run(dst, x, s) }

// MulScalar computes dst = x·s.
func MulScalar(dst, x []float32, s float32) { active().mulScalar.run(dst, x, s) }

// DivScalar computes dst = x / s.
func DivScalar(dst, x []float32, s float32) { active().divScalar.run(dst, x, s) }

// MaxScalar computes dst = the larger of x and s, as Max does.
func MaxScalar(dst, x []float32, s float32) { active().maxScalar.run(dst, x, s) }

// MinScalar computes dst = the smaller of x and s, as Min does.
func MinScalar(dst, x []float32, s float32) { active().minScalar.run(dst, x, s) }

// ScalarSub computes dst = s − x.
func ScalarSub(dst []float32, s float32, x []float32) { active().scalarSub.run(dst, x, s) }

// ScalarDiv computes dst = s / x.
func ScalarDiv(dst []float32, s float32, x []float32) { active().scalarDiv.run(dst, x, s) }

// Neg computes dst = −x.
func Neg(dst, x []float32) { active().neg.run(dst, x) }

// Fill sets every element of dst to s.
func Fill(dst []float32, s float32) {
	f := active().fill
	for len(dst) > piece {
		f(dst[:piece], s)
		dst = dst[piece:]
	}
	f(dst, s)
}
