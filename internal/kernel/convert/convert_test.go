package convert

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/internal/parallel"
)

func forLevels(t *testing.T, f func(t *testing.T)) {
	for l := cpu.Go; l <= cpu.Best(); l++ {
		t.Run(l.String(), func(t *testing.T) {
			defer cpu.Force(l)()
			f(t)
		})
	}
}

func bits(x float32) uint32 { return math.Float32bits(x) }

// half64 is the value of a binary16 by the definition.
func half64(h uint16) float64 {
	e, m := int(h>>10&31), float64(h&1023)
	v := math.Ldexp(1+m/1024, e-15)
	switch e {
	case 0:
		v = math.Ldexp(m, -24)
	case 31:
		v = math.Inf(1)
		if m != 0 {
			return math.NaN()
		}
	}
	return math.Copysign(v, float64(1-2*int(h>>15)))
}

// TestWiden checks every 16-bit number.
func TestWiden(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		src := make([]uint16, 1<<16)
		for i := range src {
			src[i] = uint16(i)
		}
		b, h := make([]float32, len(src)), make([]float32, len(src))
		BF16ToF32(b, src)
		F16ToF32(h, src)
		for i := range src {
			if bits(b[i]) != uint32(i)<<16 {
				t.Fatalf("bf16 %04x: %v", i, b[i])
			}
			if want := half64(uint16(i)); bits(h[i]) != bits(float32(want)) && (want == want || h[i] == h[i]) {
				t.Fatalf("f16 %04x: %v, want %v", i, h[i], want)
			}
		}
	})
}

// nearest finds the 16-bit number nearest to x by looking at the neighbours of guess, ties to even.
func nearest(x float64, guess uint16, value func(uint16) float64) uint16 {
	best := guess
	for _, c := range []uint16{guess - 1, guess, guess + 1} {
		if v := value(c); v != v || c&0x8000 != guess&0x8000 {
			continue
		}
		d, e := math.Abs(finite(value(c))-x), math.Abs(finite(value(best))-x)
		if d < e || d == e && c%2 == 0 {
			best = c
		}
	}
	return best
}

// finite replaces infinity by the power of two that it stands for in rounding to binary16.
func finite(v float64) float64 {
	if math.IsInf(v, 0) {
		return math.Copysign(65536, v)
	}
	return v
}

// TestNarrow checks the neighbourhood of every 16-bit number: itself, the middles and just beside the middles.
func TestNarrow(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		var src []float32
		var guess []uint16
		for i := range 1 << 16 {
			h := uint16(i)
			v, w := float32(half64(h)), float32(half64(h+1))
			if v != v || w != w || math.IsInf(float64(v), 0) {
				continue
			}
			if math.IsInf(float64(w), 0) {
				w = float32(finite(float64(w)))
			}
			mid := (v + w) / 2
			for _, x := range []float32{v, mid, math.Nextafter32(mid, 0), math.Nextafter32(mid, 1e30)} {
				src, guess = append(src, x), append(guess, h)
			}
		}
		dst := make([]uint16, len(src))
		F32ToF16(dst, src)
		for i, x := range src {
			if want := nearest(float64(x), guess[i], half64); dst[i] != want {
				t.Fatalf("f16 of %v (%08x): %04x, want %04x", x, bits(x), dst[i], want)
			}
		}
		src = src[:0]
		for h := range uint32(1 << 16) {
			for _, low := range []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff} {
				src = append(src, math.Float32frombits(h<<16|low))
			}
		}
		dst = make([]uint16, len(src))
		F32ToBF16(dst, src)
		for i, x := range src {
			b := bits(x)
			want := uint16(b >> 16)
			if low := b & 0xffff; low > 0x8000 || low == 0x8000 && want%2 == 1 {
				want++
			}
			if x != x {
				want = uint16(b>>16) | 0x40
			}
			if dst[i] != want {
				t.Fatalf("bf16 of %v (%08x): %04x, want %04x", x, b, dst[i], want)
			}
		}
		big := []float32{65519.99, 65520, 1e30, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
		dst = make([]uint16, len(big))
		F32ToF16(dst, big)
		for i, want := range []uint16{0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00} {
			if dst[i] != want {
				t.Errorf("f16 of %v: %04x, want %04x", big[i], dst[i], want)
			}
		}
		if dst[5]&0x7c00 != 0x7c00 || dst[5]&0x3ff == 0 {
			t.Errorf("f16 of NaN: %04x", dst[5])
		}
	})
}

func TestU8ToF32(t *testing.T) {
	forLevels(t, func(t *testing.T) {
		for n := range 300 {
			src, dst := make([]uint8, n+1)[1:], make([]float32, n+9)
			for i := range src {
				src[i] = uint8(7*i + n)
			}
			U8ToF32(dst[:n], src, 1.0/255, -0.25)
			for i, v := range src {
				scale, shift := float32(1.0/255), float32(-0.25)
				if want := float32(math.FMA(float64(v), float64(scale), float64(shift))); dst[i] != want {
					t.Fatalf("n=%d [%d]: %v, want %v", n, i, dst[i], want)
				}
			}
			for _, x := range dst[n:] {
				if x != 0 {
					t.Fatalf("n=%d: wrote beyond the end", n)
				}
			}
		}
	})
}

// TestLengths checks the ends and that neither workers nor level show.
func TestLengths(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	lengths := []int{1000, 3*piece + 77}
	for n := range 68 {
		lengths = append(lengths, n)
	}
	for _, n := range lengths {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		var want []uint32
		for l := cpu.Go; l <= cpu.Best(); l++ {
			for _, w := range []int{1, 2, 3, 8} {
				restore, old := cpu.Force(l), parallel.SetWorkers(w)
				h, b, y := make([]uint16, n+1), make([]uint16, n+1), make([]float32, n+1)
				d, z := make([]float64, n), make([]float32, n)
				var got []uint32
				F32ToF16(h[:n], x)
				F32ToBF16(b[:n], x)
				F16ToF32(y[:n], h)
				for i := range n {
					got = append(got, uint32(h[i]), uint32(b[i]), bits(y[i]))
				}
				BF16ToF32(y[:n], b)
				F32ToF64(d, x)
				F64ToF32(z, d)
				for i := range n {
					got = append(got, bits(y[i]), bits(z[i]))
				}
				if h[n] != 0 || b[n] != 0 || y[n] != 0 {
					t.Fatalf("n=%d: wrote beyond the end", n)
				}
				parallel.SetWorkers(old)
				restore()
				if want == nil {
					want = got
				}
				for i := range got {
					if got[i] != want[i] {
						t.Fatalf("n=%d %v workers=%d: number %d is %x, else %x", n, l, w, i, got[i], want[i])
					}
				}
			}
		}
	}
}

func TestAllocatesNothing(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(3))
	x, h, u := make([]float32, 3*piece), make([]uint16, 3*piece), make([]uint8, 3*piece)
	f := func() { F32ToF16(h, x); BF16ToF32(x, h); U8ToF32(x, u, 1, 0) }
	f()
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkU8ToF32(b *testing.B) {
	x, u := make([]float32, 64*784), make([]uint8, 64*784)
	b.SetBytes(5 * 64 * 784)
	for b.Loop() {
		U8ToF32(x, u, 1.0/255, 0)
	}
}
