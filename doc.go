// Package ingot is the root of Ingot, neural networks in Go: tensors, gradients, layers, optimizers, data and a command line
// that trains, evaluates and predicts, in one static binary built by a plain go build.
//
// The package itself is empty. A program imports the parts it needs: grad for steps and gradients, op for differentiable
// functions, nn for layers, optim for optimizers, data and dataset for input, train for whole runs. README.md has a first
// program, ARCHITECTURE.md follows one training step through the files.
package ingot
