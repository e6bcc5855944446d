//go:build !noasm

package parallel

// pause executes n PAUSE instructions, n > 0: it waits without taking execution units from the core's other thread.
//
//go:noescape
func pause(n uint32)
