//go:build !amd64 || noasm

package norm

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the loops of every instruction set that this build may use: none but Go's.
var levels = [...]table{cpu.Go: goTable}
