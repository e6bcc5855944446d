package vec

// Exp computes dst = exp(x), at most 2 ulp off. exp of −Inf is 0 and of +Inf is +Inf.
func Exp(dst, x []float32) { active().exp.run(dst, x) }

// Log computes dst = ln(x), at most 2 ulp off. ln of a zero is −Inf, of what is below zero NaN.
func Log(dst, x []float32) { active().log.run(dst, x) }

// Sqrt computes dst = √x, rounded to the nearest. The root of what is below zero is NaN, of −0 it is −0.
func Sqrt(dst, x []float32) { active().sqrt.run(dst, x) }

// Tanh computes dst = tanh(x), at most 2 ulp off.
func Tanh(dst, x []float32) { active().tanh.run(dst, x) }

// Sigmoid computes dst = σ(x) = 1 / (1 + exp(−x)), at most 2 ulp off.
func Sigmoid(dst, x []float32) { active().sigmoid.run(dst, x) }

// ReLU computes dst = 0 where x < 0 and x elsewhere, so that NaN and −0 stay.
func ReLU(dst, x []float32) { active().relu.run(dst, x) }
