// Command gemm writes the assembly of package gemm into the folder given.
package main

import "os"

func main() {
	folder := os.Args[1]
	writeTiles(folder, "tile_avx2_amd64.s", avx2{})
	writeTiles(folder, "tile_avx512_amd64.s", avx512{})
	writePack(folder)
	writePeak(folder)
}
