// Package proof is one short program for each thing the core must carry, so that what is built later doesn't force it to be
// changed: several networks and optimizers in one step, derivatives of derivatives, steps cut in time, caches, shards on
// goroutines, devices. Each is a test, and uses only what any other module can import.
//
// Two more are elsewhere: an op defined outside this module, in examples/userop, and a traced network run by another runtime,
// in package onnx.
package proof
