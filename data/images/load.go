package images

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/tensor"
)

// Options say how the pictures of a List become a Set.
type Options struct {
	Input    data.Input            // what each becomes; Channels 0: 3 where some of the first pictures have colours, else 1
	Classes  []string              // the ids, of a model; nil: the List's own
	BadShare float64               // of the pictures that may be broken: they are left out and named in Set.Broken
	MaxBytes int                   // that the pixels of all may take; 0: no bound
	Progress func(done, total int) // is called from one goroutine; nil: not
}

// Broken is a picture that can't be used.
type Broken struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// Set is pictures with their classes, in the List's order.
type Set struct {
	Train, Val, Test *data.Dataset // X is u8 [N Features]; where the List has no parts Train is all, and the others are nil
	Input            data.Input
	Classes          []string
	Files            int // read, the broken ones among them
	Bytes            int64
	Broken           []Broken
	SHA256           string // of the paths from the List's folder, and of the files, in order
}

// Load decodes the pictures at the size that Input says, on all cores; each core holds one picture at a time. The order, and
// every byte, don't depend on how many there are. More broken pictures than BadShare is an *Error that names the first of them.
func (l *List) Load(ctx context.Context, o Options) (*Set, error) {
	s := &Set{Input: o.Input, Classes: l.Classes, Files: len(l.Files)}
	if s.Input.Channels == 0 {
		s.Input.Channels = l.channels()
	}
	ids, err := l.ids(o.Classes)
	if err != nil {
		return nil, err
	}
	if o.Classes != nil {
		s.Classes = o.Classes
	}
	size := s.Input.Features()
	if o.MaxBytes > 0 && len(l.Files) > o.MaxBytes/size {
		return nil, &Error{File: l.Name, Msg: fmt.Sprintf("%d pictures of %d bytes each take more than the %d bytes that there are: a smaller data.image.size needs less", len(l.Files), size, o.MaxBytes)}
	}
	x := make([]uint8, len(l.Files)*size)
	sums, faults := make([][sha256.Size]byte, len(l.Files)), make([]error, len(l.Files))
	var read atomic.Int64
	if err := l.each(ctx, o.Progress, func(i int) {
		var n int
		n, sums[i], faults[i] = l.one(i, s.Input, x[i*size:][:size])
		read.Add(int64(n))
	}); err != nil {
		return nil, err
	}
	s.Bytes = read.Load()
	hash := sha256.New()
	for i, f := range l.Files {
		name, err := filepath.Rel(filepath.Dir(l.Name), f.Path)
		if err != nil {
			name = f.Path
		}
		fmt.Fprintf(hash, "%s\x00%x\n", filepath.ToSlash(name), sums[i])
	}
	s.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return s, s.assemble(l, x, ids, faults, o.BadShare)
}

// channels looks at some pictures from all over the list: 3 where one has a colour, else 1.
func (l *List) channels() int {
	const look = 32
	for k := range min(look, len(l.Files)) {
		if p, err := Open(l.Files[k*len(l.Files)/min(look, len(l.Files))].Path); err == nil && coloured(p.Image) {
			return 3
		}
	}
	return 1
}

// ids maps the List's classes to those wanted.
func (l *List) ids(wanted []string) ([]int32, error) {
	r := make([]int32, len(l.Classes))
	for i, c := range l.Classes {
		r[i] = int32(i)
		if wanted == nil {
			continue
		}
		k := index(wanted, c)
		if k < 0 {
			return nil, &Error{File: l.Name, Msg: fmt.Sprintf("its class %q isn't one of those that the model tells apart: %s", c, some(wanted, 12))}
		}
		r[i] = int32(k)
	}
	return r, nil
}

func index(names []string, name string) int {
	for i, n := range names {
		if n == name {
			return i
		}
	}
	return -1
}

// each calls do for every picture, from as many goroutines as there are processors, until ctx ends.
func (l *List) each(ctx context.Context, progress func(done, total int), do func(i int)) error {
	var next, done atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(l.Files)) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(l.Files) {
					return
				}
				do(i)
				done.Add(1)
			}
		}()
	}
	finished := make(chan struct{})
	go func() { wait.Wait(); close(finished) }()
	report(finished, progress, &done, len(l.Files))
	return ctx.Err()
}

// one reads a picture into x and returns the size and the SHA-256 of its file.
func (l *List) one(i int, in data.Input, x []uint8) (size int, sum [sha256.Size]byte, err error) {
	f := l.Files[i]
	b, err := ReadFile(f.Path)
	if err != nil {
		if p := (*fs.PathError)(nil); errors.As(err, &p) {
			err = &Error{File: f.Path, Msg: p.Err.Error(), Err: err}
		}
		return len(b), sum, err
	}
	sum = sha256.Sum256(b)
	p, err := Decode(b, f.Path)
	if err != nil {
		return len(b), sum, err
	}
	raw, _, err := Prepare(p, in)
	copy(x, raw)
	return len(b), sum, err
}

// assemble makes the parts of the rows that are whole.
func (s *Set) assemble(l *List, x []uint8, ids []int32, faults []error, share float64) error {
	size := s.Input.Features()
	var y []int32
	var parts [Test + 1][]int
	for i, f := range l.Files {
		if faults[i] != nil {
			s.Broken = append(s.Broken, l.broken(f, faults[i]))
			continue
		}
		copy(x[len(y)*size:][:size], x[i*size:][:size])
		parts[f.Part] = append(parts[f.Part], len(y))
		y = append(y, ids[f.Class])
	}
	if n := len(s.Broken); float64(n) > share*float64(len(l.Files)) || len(y) == 0 {
		text := fmt.Sprintf("%d of %d pictures are broken, and data.limits.bad_rows allows %.4g %%:", n, len(l.Files), 100*share)
		for _, b := range s.Broken[:min(n, 5)] {
			text += "\n  " + b.File + ": " + b.Why
		}
		if n > 5 {
			text += fmt.Sprintf("\n  and %d more", n-5)
		}
		return &Error{File: l.Name, Msg: text}
	}
	t, err := tensor.FromBytes(tensor.U8, []int{len(y), size}, x[:len(y)*size])
	if err != nil {
		return err
	}
	all := &data.Dataset{X: t, Y: tensor.From(y), Input: s.Input, Classes: s.Classes}
	if err := all.Check(); err != nil {
		return err
	}
	if parts[Train] == nil {
		s.Train = all
		return nil
	}
	s.Train = all.Subset(parts[Train])
	if parts[Val] != nil {
		s.Val = all.Subset(parts[Val])
	}
	if parts[Test] != nil {
		s.Test = all.Subset(parts[Test])
	}
	return nil
}

// broken says what is wrong with a picture, and which line of the list names it.
func (l *List) broken(f Labelled, err error) Broken {
	why := err.Error()
	if e := (*Error)(nil); errors.As(err, &e) && e.File == f.Path {
		why = e.Msg
	}
	if f.line > 0 {
		why += fmt.Sprintf(" (line %d of %s)", f.line, l.Name)
	}
	return Broken{f.Path, why}
}
