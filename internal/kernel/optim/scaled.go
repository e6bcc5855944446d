package optim

// The steps of this file are for one piece, on the caller's goroutine.

// RMSProp has the scalars of one step of RMSProp (Tieleman & Hinton 2012; centred: Graves 2013, arXiv:1308.0850), as in
// PyTorch; Adagrad's are those with Alpha and Rest 1:
//
//	g ← Scale·g + Decay·p
//	v ← Alpha·v + Rest·g²
//	a ← a + Rest·(g − a)
//	d = g / (√max(v − a², 0) + Eps), or without a, g / (√v + Eps)
//	b ← Momentum·b + d
//	p ← p − Rate·b, or without b, p − Rate·d
type RMSProp struct {
	Scale    float32 // of the gradient: 1, or less where it is clipped
	Decay    float32 // weight decay, added to the gradient
	Alpha    float32
	Rest     float32 // 1 − Alpha
	Eps      float32
	Momentum float32
	Rate     float32 // learning rate
}

// Step does one step on p with gradients g, squares v, averages a and momentum b, all of one length; a or b is nil for none.
func (c *RMSProp) Step(p, g, v, a, b []float32) {
	g, v = g[:len(p)], v[:len(p)]
	if a != nil {
		a = a[:len(p)]
	}
	if b != nil {
		b = b[:len(p)]
	}
	t := tasks.Get()
	t.rmsprop = *c
	active().rmsprop(p, g, v, a, b, &t.rmsprop)
	tasks.Put(t)
}

// Adadelta has the scalars of one step of Adadelta (Zeiler 2012, arXiv:1212.5701):
//
//	g ← Scale·g + Decay·p
//	v ← Rho·v + Rest·g²
//	d = g·√((u + Eps)/(v + Eps))
//	u ← Rho·u + Rest·d²
//	p ← p − Rate·d
type Adadelta struct {
	Scale float32 // of the gradient: 1, or less where it is clipped
	Decay float32 // weight decay, added to the gradient
	Rho   float32 // ρ
	Rest  float32 // 1 − ρ
	Eps   float32 // ε
	Rate  float32 // learning rate
}

// Step does one step on p with gradients g and averages v and u, all of one length.
func (c *Adadelta) Step(p, g, v, u []float32) {
	t := tasks.Get()
	t.adadelta = *c
	active().adadelta(p, g[:len(p)], v[:len(p)], u[:len(p)], &t.adadelta)
	tasks.Put(t)
}

// Adamax has the scalars of one step of Adamax (Kingma & Ba 2015, arXiv:1412.6980, section 7.1), as in PyTorch:
//
//	g ← Scale·g + Decay·p
//	m ← m + Beta1C·(g − m)
//	u ← max(Beta2·u, |g| + Eps)
//	p ← p − Rate·m/u
type Adamax struct {
	Scale  float32 // of the gradient: 1, or less where it is clipped
	Decay  float32 // weight decay, added to the gradient
	Beta1C float32 // 1 − β₁
	Beta2  float32 // β₂
	Eps    float32 // ε
	Rate   float32 // learning rate / (1 − β₁ᵗ)
}

// Step does one step on p with gradients g, averages m and bounds u, all of one length.
func (c *Adamax) Step(p, g, m, u []float32) {
	t := tasks.Get()
	t.adamax = *c
	active().adamax(p, g[:len(p)], m[:len(p)], u[:len(p)], &t.adamax)
	tasks.Put(t)
}

// ScheduleFree has the scalars of one step of schedule-free AdamW (Defazio et al. 2024, arXiv:2405.15682) without its
// average x, which follows from p and z:
//
//	g ← Scale·g
//	v ← Beta2·v + Beta2C·g²
//	d = g / (RootC·√v + Eps) + Decay·p
//	p ← p + Share·(z − p) + Back·d
//	z ← z − Rate·d
type ScheduleFree struct {
	Scale  float32 // of the gradient: 1, or less where it is clipped
	Decay  float32 // weight decay
	Beta2  float32 // β₂
	Beta2C float32 // 1 − β₂
	RootC  float32 // 1 / √(1 − β₂ᵗ)
	Eps    float32 // ε
	Share  float32 // the newest z's in the average
	Back   float32 // learning rate·(β₁·(1 − Share) − 1)
	Rate   float32 // learning rate
}

// Step does one step on p with gradients g, iterates z and squares v, all of one length.
func (c *ScheduleFree) Step(p, g, z, v []float32) {
	t := tasks.Get()
	t.scheduleFree = *c
	active().scheduleFree(p, g[:len(p)], z[:len(p)], v[:len(p)], &t.scheduleFree)
	tasks.Put(t)
}
