// Command gemm writes the assembly of package gemm.
package main

import . "github.com/mmcloughlin/avo/build"

func main() { Generate() }
