package reduce

import "math"

// goTable has the plain loops.
var goTable = table{sum: sumGo, max: maxGo, sumSq: sumSqGo, dot: dotGo, sumCol: sumColGo, maxCol: maxColGo}

// tree adds 16 lanes.
func tree[T float32 | float64](l *[16]T) T {
	for w := 8; w > 0; w /= 2 {
		for j := range w {
			l[j] += l[j+w]
		}
	}
	return l[0]
}

func sumGo(x []float32) float32 {
	var l [16]float32
	for i, v := range x {
		l[i%16] += v
	}
	return tree(&l)
}

func sumSqGo(x []float32) float64 { return dotGo(x, x) }

func dotGo(x, y []float32) float64 {
	var l [16]float64
	y = y[:len(x)]
	for i := range x {
		l[i%16] += float64(x[i]) * float64(y[i])
	}
	return tree(&l)
}

func maxGo(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		m = larger(m, v)
	}
	return m
}

// larger returns the larger of x and y, NaN if either is NaN, and y if both are zeros.
func larger(x, y float32) float32 {
	if x > y || x != x {
		return x
	}
	return y
}

func sumColGo(dst, x []float32, rows, stride int, acc bool) {
	for j := range dst {
		var s float32
		for i := range rows {
			s += x[i*stride+j]
		}
		dst[j] = plus(dst[j], s, acc)
	}
}

func maxColGo(dst, x []float32, rows, stride int) {
	for i := range rows {
		row := x[i*stride:][:len(dst)]
		for j, v := range row {
			dst[j] = larger(dst[j], v)
		}
	}
}
