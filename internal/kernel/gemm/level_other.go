//go:build noasm || !amd64

package gemm

var shapeAVX2, shapeAVX512 = shapeGo, shapeGo

func transpose8(dst, src *float32, dstStride, srcStride, cols int) {
	transpose8Generic(dst, src, dstStride, srcStride, cols)
}

func copyPanels(dst, src *float32, dstStride, srcStride, dstNext, srcNext, rows, panels, width int) {
	copyPanelsGeneric(dst, src, dstStride, srcStride, dstNext, srcNext, rows, panels, width)
}

func peakFLOPs() int { return 0 }

func peakCall(int) {}
