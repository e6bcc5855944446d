package parallel

import "sync"

// Free is a list of values that are not in use, such as the task structs of a kernel, so that calling it again and
// again allocates nothing. Its zero value is an empty list. It keeps as many values as were ever in use at once.
type Free[T any] struct {
	mu   sync.Mutex
	list []*T
}

// Get takes a value off the list, or allocates one. It holds whatever it held when it was put there.
func (f *Free[T]) Get() *T {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := len(f.list) - 1
	if last < 0 {
		return new(T)
	}
	v := f.list[last]
	f.list[last] = nil
	f.list = f.list[:last]
	return v
}

// Put gives v back. The caller clears what it must not keep alive.
func (f *Free[T]) Put(v *T) {
	f.mu.Lock()
	f.list = append(f.list, v)
	f.mu.Unlock()
}
