package optim

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use.
var levels = [...]table{cpu.Go: goTable, cpu.AVX2: goTable, cpu.AVX512: goTable}
