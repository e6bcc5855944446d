package cli

import (
	"io"

	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train"
)

// partsFile is a run's file of which part each row of its table is in: u8 [rows], in the order of the file.
const partsFile = "parts.safetensors"

// The values in partsFile.
const (
	partTrain uint8 = iota
	partVal
	partTest
	partNone // left out: without a target, or in the gap of a split by time
)

// writeParts writes partsFile, so that another model can be held to the same rows.
func writeParts(run *train.Run, rows int, p prep.Parts) error {
	parts := make([]uint8, rows)
	for i := range parts {
		parts[i] = partNone
	}
	for part, of := range map[uint8][]int{partTrain: p.Train, partVal: p.Val, partTest: p.Test} {
		for _, r := range of {
			parts[r] = part
		}
	}
	t := tensor.From(parts)
	meta := map[string]string{"0": "train", "1": "val", "2": "test", "3": "none"}
	return run.WriteFile(partsFile, func(w io.Writer) error {
		return safetensors.Write(w, meta, []safetensors.Entry{{Name: "part", Tensor: t}})
	})
}
