package trust

import "fmt"

// Occlusion returns for each pixel of an image of [height width channels] by how much an output's score falls, in the mean, when
// a square that covers it is filled: what the score rests on. Squares of side pixels lie stride apart, the last of them at the
// edges; fill is one value a channel.
//
// Source: Zeiler & Fergus 2014, arXiv:1311.2901.
func (e *Explainer) Occlusion(row []float32, height, width, channels, side, stride int, fill []float32, output int) ([]float64, error) {
	if height*width*channels != len(row) || side < 1 || side > min(height, width) || stride < 1 || len(fill) != channels {
		return nil, fmt.Errorf("trust: occlusion of %d values as [%d %d %d] by squares of %d, %d apart, with %d fill values", len(row), height, width, channels, side, stride, len(fill))
	}
	var rows []float32
	var corners [][2]int
	for _, y := range starts(height, side, stride) {
		for _, x := range starts(width, side, stride) {
			corners = append(corners, [2]int{y, x})
			at := len(rows)
			rows = append(rows, row...)
			for v := y; v < y+side; v++ {
				for u := x; u < x+side; u++ {
					copy(rows[at+(v*width+u)*channels:][:channels], fill)
				}
			}
		}
	}
	whole, err := e.Scores(row, output)
	if err != nil {
		return nil, err
	}
	scores, err := e.Scores(rows, output)
	if err != nil {
		return nil, err
	}
	heat, covers := make([]float64, height*width), make([]int, height*width)
	for k, c := range corners {
		fall := float64(whole[0]) - float64(scores[k])
		for v := c[0]; v < c[0]+side; v++ {
			for u := c[1]; u < c[1]+side; u++ {
				heat[v*width+u] += fall
				covers[v*width+u]++
			}
		}
	}
	for i, n := range covers {
		heat[i] /= float64(max(n, 1))
	}
	return heat, nil
}

// starts are where squares begin along a side of n.
func starts(n, side, stride int) (at []int) {
	for k := 0; k < n-side; k += stride {
		at = append(at, k)
	}
	return append(at, n-side)
}
