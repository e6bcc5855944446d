//go:build !noasm

package convert

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		bf16ToF32: func(dst []float32, src []uint16) { whole(dst, src, 8, bf16ToF32AVX2, bf16ToF32Go) },
		f16ToF32:  func(dst []float32, src []uint16) { whole(dst, src, 8, f16ToF32AVX2, f16ToF32Go) },
		f32ToBF16: func(dst []uint16, src []float32) { whole(dst, src, 8, f32ToBF16AVX2, f32ToBF16Go) },
		f32ToF16:  func(dst []uint16, src []float32) { whole(dst, src, 8, f32ToF16AVX2, f32ToF16Go) },
		u8ToF32:   u8ToF32AVX2,
	},
	cpu.AVX512: {
		bf16ToF32: func(dst []float32, src []uint16) { whole(dst, src, 16, bf16ToF32AVX512, bf16ToF32Go) },
		f16ToF32:  func(dst []float32, src []uint16) { whole(dst, src, 16, f16ToF32AVX512, f16ToF32Go) },
		f32ToBF16: func(dst []uint16, src []float32) { whole(dst, src, 16, f32ToBF16AVX512, f32ToBF16Go) },
		f32ToF16:  func(dst []uint16, src []float32) { whole(dst, src, 16, f32ToF16AVX512, f32ToF16Go) },
		u8ToF32:   u8ToF32AVX512,
	},
}

// whole runs fast on the vectors of some lanes that fit, and slow on the rest.
func whole[D, S any](dst []D, src []S, lanes int, fast, slow func(dst []D, src []S)) {
	n := len(dst) &^ (lanes - 1)
	fast(dst[:n], src[:n])
	slow(dst[n:], src[n:len(dst)])
}
