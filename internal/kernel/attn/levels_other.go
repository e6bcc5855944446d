package attn

import "github.com/ingot-ml/ingot/internal/cpu"

var levels = [...]table{cpu.Go: goTable, cpu.AVX2: goTable, cpu.AVX512: goTable}
