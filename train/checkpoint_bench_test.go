package train

import (
	"context"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/nn"
	"github.com/ingot-ml/ingot/op"
	"github.com/ingot-ml/ingot/optim"
	"github.com/ingot-ml/ingot/rng"
	"github.com/ingot-ml/ingot/safetensors"
	"github.com/ingot-ml/ingot/tensor"
)

// chain is 2-n-n-…-2 with eight layers n-n.
type chain struct{ Layers []*nn.Linear }

func (c *chain) Forward(x grad.Value) grad.Value {
	for _, l := range c.Layers {
		x = op.Tanh(l.Forward(x))
	}
	return x
}

// chainConfig is one step of a chain whose checkpoint has about so many bytes: weights and two moments.
func chainConfig(bytes float64) Config {
	n, r := 1, rng.NewSource(1)
	for float64(8*12*n*n) < bytes {
		n++
	}
	m := &chain{[]*nn.Linear{nn.NewLinear(r, 2, n)}}
	for range 8 {
		m.Layers = append(m.Layers, nn.NewLinear(r, n, n))
	}
	m.Layers = append(m.Layers, nn.NewLinear(r, n, 2))
	return Config{Model: m, Loss: crossEntropy, Optimizer: &optim.Adam{LR: 1e-4}, Steps: 1, Loader: &data.Loader{Data: quadrants(16), Batch: 16}}
}

// saveChain returns a checkpoint of INGOT_BENCH_BYTES, by default 48 MB, and that number.
func saveChain(b *testing.B) (dir string, bytes float64) {
	b.Helper()
	bytes, err := strconv.ParseFloat(os.Getenv("INGOT_BENCH_BYTES"), 64)
	if err != nil {
		bytes = 48e6
	}
	c := chainConfig(bytes)
	c.Checkpoint.Dir = b.TempDir()
	if _, err := Fit(context.Background(), c); err != nil {
		b.Fatal(err)
	}
	return filepath.Join(c.Checkpoint.Dir, checkpointName(1)), bytes
}

// cool takes a checkpoint out of the page cache where INGOT_BENCH_COLD is set; Linux's dd can.
func cool(b *testing.B, dir string) {
	b.Helper()
	if os.Getenv("INGOT_BENCH_COLD") == "" {
		return
	}
	b.StopTimer()
	for _, name := range []string{TensorsFile, StateFile, ManifestFile} {
		if out, err := exec.Command("dd", "if="+filepath.Join(dir, name), "iflag=nocache", "count=0").CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	b.StartTimer()
}

// BenchmarkRead reads a checkpoint and does nothing with it.
func BenchmarkRead(b *testing.B) {
	dir, bytes := saveChain(b)
	b.SetBytes(int64(bytes))
	buf := make([]byte, chunkSize)
	for b.Loop() {
		cool(b, dir)
		f, err := os.Open(filepath.Join(dir, TensorsFile))
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = f.Read(buf)
		}
		if err != io.EOF {
			b.Fatal(err)
		}
		f.Close()
	}
}

// hashing takes the SHA-256 of chunks in memory, each a piece of work.
type hashing struct{ b []byte }

func (h hashing) Run(i int) { sha256.Sum256(h.b[i*chunkSize : min((i+1)*chunkSize, len(h.b))]) }

// BenchmarkHash takes the SHA-256 of as many bytes in memory, chunk by chunk, on all cores.
func BenchmarkHash(b *testing.B) {
	_, bytes := saveChain(b)
	h := hashing{make([]byte, int(bytes))}
	b.SetBytes(int64(bytes))
	for b.Loop() {
		parallel.For((len(h.b)+chunkSize-1)/chunkSize, h)
	}
}

// BenchmarkVerify checks a checkpoint.
func BenchmarkVerify(b *testing.B) {
	dir, bytes := saveChain(b)
	b.SetBytes(int64(bytes))
	for b.Loop() {
		cool(b, dir)
		if err := VerifyCheckpoint(dir); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkResume checks a checkpoint and brings a new model and optimizer to where it was taken.
func BenchmarkResume(b *testing.B) {
	dir, bytes := saveChain(b)
	b.SetBytes(int64(bytes))
	for b.Loop() {
		b.StopTimer()
		c := chainConfig(bytes)
		b.StartTimer()
		cool(b, dir)
		var err error
		if c.Resume, err = OpenCheckpoint(dir); err != nil {
			b.Fatal(err)
		}
		if _, err := Fit(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStall is what training waits for when a checkpoint is taken; BenchmarkCopy copies as many bytes.
func BenchmarkStall(b *testing.B) {
	_, bytes := saveChain(b)
	c := chainConfig(bytes)
	b.SetBytes(int64(bytes))
	f := &fit{Config: c, saver: &saver{}, tape: grad.NewTape(grad.Config{})}
	state, err := nn.State(c.Model)
	if err != nil {
		b.Fatal(err)
	}
	for _, e := range state {
		for _, name := range []string{"", "m.", "v."} {
			f.keep.state = append(f.keep.state, safetensors.Entry{Name: name + e.Name, Tensor: tensor.New(tensor.F32, e.Tensor.Shape()...)})
		}
	}
	for b.Loop() {
		if _, err := f.take(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCopy(b *testing.B) {
	_, bytes := saveChain(b)
	src, dst := make([]byte, int(bytes)), make([]byte, int(bytes))
	b.SetBytes(int64(bytes))
	for b.Loop() {
		copy(dst, src)
	}
}
