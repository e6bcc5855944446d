//go:build !noasm

package attn

import (
	"unsafe"

	"github.com/ingot-ml/ingot/internal/cpu"
)

// levels has the kernels of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go: goTable,
	cpu.AVX2: {
		softmax: func(a *rowArgs) { softmaxAVX2((*byte)(unsafe.Pointer(a))) },
		grad:    func(a *rowArgs) { gradAVX2((*byte)(unsafe.Pointer(a))) },
	},
	cpu.AVX512: {
		softmax: func(a *rowArgs) { softmaxAVX512((*byte)(unsafe.Pointer(a))) },
		grad:    func(a *rowArgs) { gradAVX512((*byte)(unsafe.Pointer(a))) },
	},
}
