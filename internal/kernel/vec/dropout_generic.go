package vec

func dropoutGo(dst, x []float32, mask []uint8, s float32) {
	x, mask = x[:len(dst)], mask[:len(dst)]
	for i := range dst {
		if mask[i] != 0 {
			dst[i] = x[i] * s
		} else {
			dst[i] = 0
		}
	}
}

func dropoutAccGo(dst, x []float32, mask []uint8, s float32) {
	x, mask = x[:len(dst)], mask[:len(dst)]
	for i := range dst {
		if mask[i] != 0 {
			dst[i] += x[i] * s
		}
	}
}
