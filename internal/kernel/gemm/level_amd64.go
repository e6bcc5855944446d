//go:build !noasm

package gemm

import "github.com/ingot-ml/ingot/internal/cpu"

var shapeAVX2 = shape{rows: 6, cols: 16, tiles: []func(*byte){
	nil, tileAVX21, tileAVX22, tileAVX23, tileAVX24, tileAVX25, tileAVX26,
}}

var shapeAVX512 = shape{rows: 14, cols: 32, tiles: []func(*byte){
	nil, tileAVX5121, tileAVX5122, tileAVX5123, tileAVX5124, tileAVX5125, tileAVX5126, tileAVX5127,
	tileAVX5128, tileAVX5129, tileAVX51210, tileAVX51211, tileAVX51212, tileAVX51213, tileAVX51214,
}}

// transpose8 is transpose8Generic, in registers where it can be.
func transpose8(dst, src *float32, dstStride, srcStride, cols int) {
	if blocks := cols / 8; blocks > 0 && cpu.Active() >= cpu.AVX2 {
		transpose8AVX2(dst, src, dstStride, srcStride, blocks)
		if cols -= 8 * blocks; cols == 0 {
			return
		}
		dst, src = at(dst, 8*blocks*dstStride), at(src, 32*blocks)
	}
	transpose8Generic(dst, src, dstStride, srcStride, cols)
}

// copyPanels is copyPanelsGeneric, in registers where it can be.
func copyPanels(dst, src *float32, dstStride, srcStride, dstNext, srcNext, rows, panels, width int) {
	if cpu.Active() < cpu.AVX2 || width%8 != 0 {
		copyPanelsGeneric(dst, src, dstStride, srcStride, dstNext, srcNext, rows, panels, width)
		return
	}
	if rows == 0 || panels == 0 {
		return
	}
	done := 0
	for ; done+16 <= width; done += 16 {
		copyPanels16AVX2(at(dst, 4*done), at(src, 4*done), dstStride, srcStride, dstNext, srcNext, rows, panels)
	}
	if done < width {
		copyPanels8AVX2(at(dst, 4*done), at(src, 4*done), dstStride, srcStride, dstNext, srcNext, rows, panels)
	}
}

// peakFLOPs is the operations of one round of the peak loop.
func peakFLOPs() int {
	switch cpu.Active() {
	case cpu.AVX512:
		return 24 * 16 * 2
	case cpu.AVX2:
		return 12 * 8 * 2
	}
	return 0
}

func peakCall(rounds int) {
	if cpu.Active() == cpu.AVX512 {
		peakAVX512(rounds)
	} else {
		peakAVX2(rounds)
	}
}
