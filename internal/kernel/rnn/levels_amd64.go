//go:build !noasm

package rnn

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the passes of every instruction set that this build may use.
var levels = [...]table{
	cpu.Go:     goTable,
	cpu.AVX2:   {tanhAVX2, reluAVX2, tanhGradAVX2, reluGradAVX2, lstmAVX2, lstmGradAVX2, gruAVX2, gruGradAVX2},
	cpu.AVX512: {tanhAVX512, reluAVX512, tanhGradAVX512, reluGradAVX512, lstmAVX512, lstmGradAVX512, gruAVX512, gruGradAVX512},
}
