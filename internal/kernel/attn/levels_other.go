//go:build !amd64 || noasm

package attn

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the kernels of every instruction set that this build may use: none but Go's.
var levels = [...]table{cpu.Go: goTable}
