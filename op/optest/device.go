package optest

import (
	"slices"

	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/tensor"
)

// Device is a device made for tests: it works in the order of the calls on a goroutine of its own, later than the call, on
// memory that the host can't slice and that holds NaN until it is written. Its kernels are the CPU's. A kernel's error
// comes out of the next call that waits; the work between is skipped.
type Device struct {
	Missing []string // the ops it has no kernels for

	queue chan job
	done  chan struct{}
}

// job is work, or a caller that waits for all before it and takes the first failure.
type job struct {
	run  func()
	wait chan any
}

var _ grad.Device = (*Device)(nil)

// NewDevice starts a device; Close stops it.
func NewDevice() *Device {
	d := &Device{queue: make(chan job, 1024), done: make(chan struct{})}
	go d.serve()
	return d
}

func (d *Device) serve() {
	defer close(d.done)
	var failed any
	for j := range d.queue {
		switch {
		case j.wait != nil:
			j.wait <- failed
			failed = nil
		case failed == nil:
			failed = caught(j.run)
		}
	}
}

// caught returns what f panicked with.
func caught(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

// Close waits for all work and stops the device.
func (d *Device) Close() {
	close(d.queue)
	<-d.done
}

// Name returns "test".
func (d *Device) Name() string { return "test" }

// NewBuffer returns memory full of NaN.
func (d *Device) NewBuffer(bytes int) *tensor.Buffer {
	hidden := tensor.NewBuffer(bytes)
	for i := range hidden.Host() {
		hidden.Host()[i] = 0xff
	}
	return tensor.DeviceBuffer(d, hidden, bytes)
}

// memory is a buffer's hidden bytes.
func memory(b *tensor.Buffer) []byte { return b.Handle.(*tensor.Buffer).Host() }

// Upload copies src to the buffer, later.
func (d *Device) Upload(dst *tensor.Buffer, offset int, src []byte) {
	src = slices.Clone(src)
	d.queue <- job{run: func() { copy(memory(dst)[offset:offset+len(src)], src) }}
}

// Download waits and copies from the buffer.
func (d *Device) Download(dst []byte, src *tensor.Buffer, offset int) {
	d.Sync()
	copy(dst, memory(src)[offset:offset+len(dst)])
}

// Sync waits for all work; it panics with what a kernel panicked with.
func (d *Device) Sync() {
	wait := make(chan any)
	d.queue <- job{wait: wait}
	if r := <-wait; r != nil {
		panic(r)
	}
}

// Kernel returns the CPU's kernel of the op, to be run later.
func (d *Device) Kernel(op string, backward bool) func(*grad.Call) {
	if slices.Contains(d.Missing, op) {
		return nil
	}
	return func(c *grad.Call) { d.queue <- job{run: c.OnCPU(backward, memory)} }
}

// Put returns a copy of a contiguous host tensor on the device.
func (d *Device) Put(x tensor.Tensor) tensor.Tensor {
	buf := d.NewBuffer(len(x.Bytes()))
	d.Upload(buf, 0, x.Bytes())
	return tensor.Wrap(buf, 0, x.DType(), x.Dims()...)
}

// Get returns a copy of a contiguous device tensor on the host.
func (d *Device) Get(x tensor.Tensor) tensor.Tensor {
	y := tensor.New(x.DType(), x.Dims()...)
	buf, off := x.Buffer()
	d.Download(y.Bytes(), buf, off)
	return y
}

// onDevice runs the trial on a device. Where the CPU's kernel overwrites a gradient, a device's call adds to zeros: a zero
// may have the other sign, so elements are compared as numbers.
func (c *Case) onDevice(t reporter, tr *trial, plain outcome) {
	t.Helper()
	d := NewDevice()
	defer d.Close()
	got, err := tr.try(setup{dev: d})
	if err != nil {
		t.Fatalf("%s on a device: %v", c.Name, err)
	}
	tr.numbers(t, "on a device", got, plain)
}
