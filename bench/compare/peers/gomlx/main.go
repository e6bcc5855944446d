// Command gomlx trains the reference job with GoMLX's Go backend and prints
// a row of JSON for each epoch after the first, which warms up.
//
//	GOEXPERIMENT=simd go build -o gomlx . && ./gomlx FOLDER EPOCHS
package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/dataset"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/layers/activation"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

const rows = 60000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gomlx:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: gomlx FOLDER EPOCHS")
	}
	epochs, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	backend, err := compute.NewWithConfig("go")
	if err != nil {
		return err
	}
	data, err := trainSet(backend, args[0])
	if err != nil {
		return err
	}
	adam := optimizer.Adam().LearningRate(1e-3).Epsilon(1e-8).Done()
	trainer := train.NewTrainer(backend, model.NewStore(), mlp, loss.SparseCategoricalCrossEntropyLogits, adam, nil, nil)
	loop := train.NewLoop(trainer)
	for epoch := 0; epoch <= epochs; epoch++ {
		start := time.Now()
		if _, err := loop.RunEpochs(data.Shuffle().BatchSize(64, true), 1); err != nil {
			return err
		}
		if epoch == 0 {
			continue
		}
		row := map[string]any{"name": "epoch/reference", "value": time.Since(start).Seconds(), "unit": "s"}
		if err := json.NewEncoder(os.Stdout).Encode(row); err != nil {
			return err
		}
	}
	return nil
}

func mlp(scope *model.Scope, x *graph.Node) *graph.Node {
	h := activation.Relu(layers.Dense(scope.In("hidden"), x, true, 500))
	return layers.Dense(scope.In("out"), h, true, 10)
}

func trainSet(backend compute.Backend, folder string) (*dataset.InMemoryDataset, error) {
	pixels, err := read(filepath.Join(folder, "train-images-idx3-ubyte.gz"), 16, rows*784)
	if err != nil {
		return nil, err
	}
	classes, err := read(filepath.Join(folder, "train-labels-idx1-ubyte.gz"), 8, rows)
	if err != nil {
		return nil, err
	}
	x, y := make([]float32, len(pixels)), make([]int32, len(classes))
	for i, v := range pixels {
		x[i] = float32(v) / 255
	}
	for i, v := range classes {
		y[i] = int32(v)
	}
	return dataset.InMemoryFromData(backend, "train",
		[]any{tensors.FromFlatDataAndDimensions(x, rows, 784)},
		[]any{tensors.FromFlatDataAndDimensions(y, rows, 1)})
}

// read gives the n bytes of a gzip file behind its header.
func read(name string, header, n int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) != header+n {
		return nil, fmt.Errorf("%s: %d bytes, wanted %d", name, len(b), header+n)
	}
	return b[header:], nil
}
