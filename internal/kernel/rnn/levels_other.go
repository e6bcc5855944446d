//go:build !amd64 || noasm

package rnn

import "github.com/ingot-ml/ingot/internal/cpu"

// levels has the passes of every instruction set that this build may use: none but Go's.
var levels = [...]table{cpu.Go: goTable}
