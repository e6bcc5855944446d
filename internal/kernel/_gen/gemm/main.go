// Command gemm writes the assembly of package gemm.
package main

import (
	"os"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	dir := os.Args[1]
	os.Args = []string{os.Args[0], "-pkg", "gemm", "-out", dir + "/tile_amd64.s", "-stubs", dir + "/tile_amd64.go"}
	ConstraintExpr("!noasm")
	for rows := 1; rows <= 6; rows++ {
		tile(avx2, rows)
	}
	for rows := 1; rows <= 14; rows++ {
		tile(avx512, rows)
	}
	transpose8()
	copyPanels(1)
	copyPanels(2)
	peak(avx2, 12)
	peak(avx512, 24)
	Generate()
}
