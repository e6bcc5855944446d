package images

import (
	"sync/atomic"
	"time"
)

// report calls progress ten times a second until finished is closed, and once then.
func report(finished <-chan struct{}, progress func(done, total int), done *atomic.Int64, total int) {
	if progress == nil {
		<-finished
		return
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			progress(int(done.Load()), total)
		case <-finished:
			progress(int(done.Load()), total)
			return
		}
	}
}
