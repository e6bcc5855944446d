package events

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/ingot-ml/ingot/internal/fs"
)

const golden = "testdata/tensorboard.tfevents" // by tools/golden/events.py

// at is an event of the golden file's time.
func at(e Event) Event {
	e.Time = 1700000000.5
	return e
}

// goldenEvents are what the golden file holds.
func goldenEvents() []Event {
	return []Event{
		at(Event{Version: Version}),
		at(Event{Start: true}),
		at(Event{Step: 3, Graph: &Graph{Nodes: []Node{
			{Name: "input", Op: "Placeholder", Shape: []int{64, 784}},
			{Name: "fc1/linear", Op: "linear", In: []string{"input"}, Shape: []int{64}},
		}}}),
		at(Event{Step: 3, Values: []Value{{"config", Text("lr: *0.1*")}}}),
		at(Event{Step: 100, Values: []Value{
			{"train/loss", Scalar(0.25)},
			{"val/loss", Scalar(0)},
			{"weights/fc1", Histogram{Min: -1, Max: 2, Num: 4, Sum: 1.5, SumSquares: 5.25, Limits: []float64{-0.5, 0.5, 2}, Counts: []float64{1, 1, 2}}},
			{"sample", Image{Width: 3, Height: 2, Channels: 1, Encoded: []byte("\x89PNG not really")}},
		}}),
	}
}

func TestBytesAreTensorBoards(t *testing.T) {
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	for _, e := range goldenEvents() {
		got = appendRecord(got, e.encode())
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func readAll(t *testing.T, b []byte) []Event {
	t.Helper()
	var all []Event
	r := NewReader(bytes.NewReader(b))
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
}

func TestReader(t *testing.T) {
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := goldenEvents()
	want[2].Graph = nil
	if got := readAll(t, b); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// A file cut anywhere gives its whole records and then says that the last is torn.
func TestReaderOfATornFile(t *testing.T) {
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int]bool{0: true}
	var all []byte
	for _, e := range goldenEvents() {
		all = appendRecord(all, e.encode())
		ends[len(all)] = true
	}
	for n := range b {
		r := NewReader(bytes.NewReader(b[:n]))
		err := error(nil)
		for err == nil {
			_, err = r.Next()
		}
		if ends[n] && err != io.EOF || !ends[n] && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("cut at %d: %v", n, err)
		}
	}
}

func TestReaderFindsEveryFlippedBit(t *testing.T) {
	b, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		r := NewReader(bytes.NewReader(b))
		err := error(nil)
		for err == nil {
			_, err = r.Next()
		}
		if err == io.EOF {
			t.Errorf("bit %d of byte %d: not seen", i%8, i/8)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestHistogram(t *testing.T) {
	// 0 … 60: the width of a bucket is 2, and 60 is in the last.
	var values []float32
	for i := range 61 {
		values = append(values, float32(i))
	}
	h := NewHistogram(values)
	if h.Min != 0 || h.Max != 60 || h.Num != 61 || h.Sum != 60*61/2 || h.SumSquares != 60*61*121/6 {
		t.Errorf("%+v", h)
	}
	for i, n := range h.Counts {
		want := 2.0
		if i == 29 {
			want = 3
		}
		if n != want || math.Abs(h.Limits[i]-2*float64(i+1)) > 1e-12 {
			t.Errorf("bucket %d has %g up to %g", i, n, h.Limits[i])
		}
	}
	if h := NewHistogram([]float32{7, 7}); !reflect.DeepEqual(h, Histogram{Min: 7, Max: 7, Num: 2, Sum: 14, SumSquares: 98, Limits: []float64{7}, Counts: []float64{2}}) {
		t.Errorf("of equal values: %+v", h)
	}
	if h := NewHistogram(nil); !reflect.DeepEqual(h, Histogram{}) {
		t.Errorf("of no values: %+v", h)
	}
}

// files are the contents of a folder's files, in the order of their names.
func files(t *testing.T, dir string) [][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func TestResumedTrainingBeginsANewFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run [1]")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.Add(Event{Step: 5, Values: []Value{{"loss", Scalar(1)}}})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	first := files(t, dir)[0]
	names, _ := os.ReadDir(dir)
	if err := os.WriteFile(filepath.Join(dir, names[0].Name()), append(first[:len(first):len(first)], first[:9]...), 0o666); err != nil {
		t.Fatal(err)
	}
	if w, err = Create(dir, 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	both := files(t, dir)
	if len(both) != 2 || !bytes.Equal(both[0], first) {
		t.Fatalf("%d files; the torn end of the first should be cut", len(both))
	}
	e := readAll(t, both[1])
	if len(e) != 2 || e[0].Version != Version || !e[1].Start || e[1].Step != 3 {
		t.Errorf("the second file begins with %+v", e)
	}
}

// full has no room for more than the first bytes of a write.
type full struct {
	fs.OS
	on bool
}

type fullFile struct {
	fs.File
	s *full
}

func (s *full) OpenLog(path string) (fs.File, error) {
	f, err := s.OS.OpenLog(path)
	return fullFile{f, s}, err
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.s.on {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, syscall.ENOSPC
	}
	return f.File.Write(p)
}

func TestFullDisk(t *testing.T) {
	s := &full{}
	t.Cleanup(fs.Swap(s))
	dir := t.TempDir()
	w, err := Create(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.on = true
	w.Add(Event{Step: 1, Values: []Value{{"loss", Scalar(1)}}})
	if err := w.Flush(); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("got %v", err)
	}
	if e := readAll(t, files(t, dir)[0]); len(e) != 2 {
		t.Errorf("after a failed write the file holds %+v", e)
	}
	s.on = false
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if e := readAll(t, files(t, dir)[0]); len(e) != 3 || e[2].Step != 1 {
		t.Errorf("what couldn't be written is written later: %+v", e)
	}
}

func FuzzReader(f *testing.F) {
	b, err := os.ReadFile(golden)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:100])
	for _, e := range goldenEvents() {
		f.Add([]byte(e.encode()))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
		var e, again Event
		if e.decode(b) != nil {
			return
		}
		if err := again.decode(e.encode()); err != nil {
			t.Fatal(err)
		}
		if one, two := e.encode(), again.encode(); !bytes.Equal(one, two) {
			t.Errorf("%q is read back as %q", one, two)
		}
	})
}
