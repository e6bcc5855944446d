// Package parallel runs the pieces of a kernel on several cores.
//
// There is one pool for the process. A caller cuts its work by problem size, never by Workers, so that results
// don't depend on how many cores there are. A For that finds the pool busy, because another goroutine is in For or
// because it is itself inside a piece, runs its pieces on its own goroutine.
//
// A For costs a few hundred nanoseconds while the workers still spin from the last one, and some microseconds when
// they have to be woken. It allocates nothing.
package parallel

import (
	"runtime"
	"sync/atomic"
)

// Task is work in pieces that may run at the same time and in any order.
type Task interface {
	// Run does piece i.
	Run(i int)
}

var workers atomic.Int32

func init() { SetWorkers(0) }

// Workers returns how many goroutines a For uses at most, the caller's included.
func Workers() int { return int(workers.Load()) }

// SetWorkers sets how many goroutines a For uses at most, the caller's included, and returns the old number. It may
// be more than there are cores. A number below 1 means the default: the smaller of GOMAXPROCS and runtime.NumCPU.
func SetWorkers(n int) (old int) {
	if n < 1 {
		n = min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	}
	return int(workers.Swap(int32(n)))
}

// For runs t.Run(0) to t.Run(n-1) and returns when all are done. Each worker begins with a run of pieces of its own, the same
// in every For of n pieces, and so finds in its caches what it had before. If pieces panic, none after them starts, and
// For panics, after all have stopped, with the value of the lowest-numbered piece that did.
func For(n int, t Task) {
	if n > 1 && Workers() > 1 && pool.busy.CompareAndSwap(false, true) {
		pool.run(n, t)
		return
	}
	for i := range n {
		t.Run(i)
	}
}

// Alone runs f, during which every For of the process runs its pieces on its own goroutine, as if the pool were busy: work so
// small that handing it out costs more than it saves is faster so. Where the pool is busy already, it just runs f.
func Alone(f func()) {
	if pool.busy.CompareAndSwap(false, true) {
		defer pool.busy.Store(false)
	}
	f()
}
