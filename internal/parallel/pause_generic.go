//go:build noasm || !amd64

package parallel

import "runtime"

// pause lets another goroutine run: without assembly there is no PAUSE to execute.
func pause(uint32) { runtime.Gosched() }
