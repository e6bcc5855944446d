package parallel

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type countTask struct {
	hits []atomic.Int32
	each func(i int)
}

func (c *countTask) Run(i int) {
	c.hits[i].Add(1)
	if c.each != nil {
		c.each(i)
	}
}

func forWorkers(t *testing.T, f func(t *testing.T)) {
	for _, w := range []int{1, 2, 3, 8} {
		t.Run(fmt.Sprintf("workers=%d", w), func(t *testing.T) {
			defer SetWorkers(SetWorkers(w))
			f(t)
		})
	}
}

func TestForRunsEachPieceOnce(t *testing.T) {
	forWorkers(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 3, 7, 64, 1000} {
			for range 200 {
				task := &countTask{hits: make([]atomic.Int32, n)}
				For(n, task)
				for i := range task.hits {
					if got := task.hits[i].Load(); got != 1 {
						t.Fatalf("n=%d: piece %d ran %d times", n, i, got)
					}
				}
			}
		}
	})
}

// After a pause the helpers are parked; every region must still be complete, whoever does it.
func TestForAfterParking(t *testing.T) {
	defer SetWorkers(SetWorkers(3))
	for range 20 {
		time.Sleep(time.Millisecond)
		task := &countTask{hits: make([]atomic.Int32, 50), each: func(int) { runtime.Gosched() }}
		For(50, task)
		for i := range task.hits {
			if task.hits[i].Load() != 1 {
				t.Fatal("piece", i, "ran", task.hits[i].Load(), "times")
			}
		}
	}
}

func TestForUsesWorkers(t *testing.T) {
	defer SetWorkers(SetWorkers(2))
	var meet sync.WaitGroup
	meet.Add(2)
	done := make(chan struct{})
	go func() {
		// Each piece waits for the other: one goroutine alone would hang.
		For(2, &countTask{hits: make([]atomic.Int32, 2), each: func(int) { meet.Done(); meet.Wait() }})
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("two pieces didn't run at the same time")
	}
}

func TestForNestedAndConcurrent(t *testing.T) {
	forWorkers(t, func(t *testing.T) {
		var total atomic.Int64
		inner := func(int) {
			For(5, &countTask{hits: make([]atomic.Int32, 5), each: func(int) { total.Add(1) }})
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 50 {
					For(6, &countTask{hits: make([]atomic.Int32, 6), each: inner})
				}
			})
		}
		wg.Wait()
		if got := total.Load(); got != 4*50*6*5 {
			t.Fatalf("%d inner pieces ran, want %d", got, 4*50*6*5)
		}
	})
}

func TestForCarriesLowestPanic(t *testing.T) {
	forWorkers(t, func(t *testing.T) {
		for range 100 {
			got := func() (v any) {
				defer func() { v = recover() }()
				For(40, &countTask{hits: make([]atomic.Int32, 40), each: func(i int) {
					if i%7 == 3 {
						panic(i)
					}
				}})
				return nil
			}()
			if got != 3 {
				t.Fatalf("For panicked with %v, want 3", got)
			}
			task := &countTask{hits: make([]atomic.Int32, 9)}
			For(9, task) // the pool is usable again
			for i := range task.hits {
				if task.hits[i].Load() != 1 {
					t.Fatal("after a panic: piece", i, "ran", task.hits[i].Load(), "times")
				}
			}
		}
	})
}

// TestLateHelperCarriesLowestPanic: the helper comes too late, and the caller takes its pieces 3, 2, 1 and 0 from the back. That
// it panics at 3 must not hide that 1 does.
func TestLateHelperCarriesLowestPanic(t *testing.T) {
	var p workPool
	p.task = &countTask{hits: make([]atomic.Int32, 4), each: func(i int) {
		if i%2 == 1 {
			panic(i)
		}
	}}
	p.deal(4, 1)
	p.shares = append([]share{{}}, p.shares...)
	p.drain(0)
	if p.panics.value != 1 {
		t.Errorf("panicked with %v, want 1", p.panics.value)
	}
}

func TestForAllocatesNothing(t *testing.T) {
	defer SetWorkers(SetWorkers(3))
	task := &countTask{hits: make([]atomic.Int32, 16)}
	For(16, task)
	if n := testing.AllocsPerRun(1000, func() { For(16, task) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// More workers than GOMAXPROCS: a spinning helper must leave the processor to the others.
func TestForOnOneProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer SetWorkers(SetWorkers(4))
	start := time.Now()
	for range 1000 {
		For(8, &countTask{hits: make([]atomic.Int32, 8)})
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("1000 regions took %v", d)
	}
}

func TestSetWorkers(t *testing.T) {
	first := SetWorkers(5)
	if got := SetWorkers(0); got != 5 {
		t.Errorf("old number %d, want 5", got)
	}
	if got, want := SetWorkers(first), min(runtime.GOMAXPROCS(0), runtime.NumCPU()); got != want {
		t.Errorf("default %d, want %d", got, want)
	}
}

func TestFree(t *testing.T) {
	var f Free[int]
	a, b := f.Get(), f.Get()
	if a == b {
		t.Fatal("one value given twice")
	}
	f.Put(a)
	f.Put(b)
	if n := testing.AllocsPerRun(100, func() { v := f.Get(); f.Put(v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestAlone: pieces run in order on the caller's goroutine, and after it, also after a panic, the pool is as it was.
func TestAlone(t *testing.T) {
	defer SetWorkers(SetWorkers(4))
	var order []int // written without synchronisation: the race detector sees another goroutine
	task := func() *countTask {
		return &countTask{hits: make([]atomic.Int32, 64), each: func(i int) { order = append(order, i) }}
	}
	Alone(func() { Alone(func() { For(64, task()) }) })
	for i, piece := range order {
		if piece != i {
			t.Fatalf("pieces ran in the order %v", order)
		}
	}
	func() {
		defer func() { recover() }()
		Alone(func() { panic("stop") })
	}()
	if pool.busy.Load() {
		t.Error("the pool is busy for ever")
	}
}

type nothing struct{}

func (nothing) Run(int) {}

func BenchmarkFor(b *testing.B) {
	for b.Loop() {
		For(2, nothing{})
	}
}

func BenchmarkForParked(b *testing.B) {
	for b.Loop() {
		time.Sleep(200 * time.Microsecond)
		For(2, nothing{})
	}
}
