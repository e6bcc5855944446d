package idx

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// encode is the format written the other way round.
func encode(magic uint32, sizes []uint32, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, s := range sizes {
		b = binary.BigEndian.AppendUint32(b, s)
	}
	return append(b, data...)
}

func zip(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestOpenFixture(t *testing.T) {
	plain, err := Open("testdata/images-idx3-ubyte")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(plain.Shape, []int{5, 6, 7}) || plain.Rows() != 5 {
		t.Errorf("shape %v", plain.Shape)
	}
	for n := range 5 { // the fixture's formula
		for r := range 6 {
			for c := range 7 {
				if got, want := plain.Data[(n*6+r)*7+c], uint8(r*16+c*3+n*40); got != want {
					t.Fatalf("[%d %d %d] = %d, want %d", n, r, c, got, want)
				}
			}
		}
	}
	zipped, err := Open("testdata/images-idx3-ubyte.gz")
	if err != nil || !reflect.DeepEqual(plain, zipped) {
		t.Errorf("the gzipped file differs: %v", err)
	}
	labels, err := Open("testdata/labels-idx1-ubyte.gz")
	if err != nil || !reflect.DeepEqual(labels, &Array{[]int{5}, []uint8{3, 1, 4, 1, 5}}) {
		t.Errorf("labels %v, %v", labels, err)
	}
}

func TestReadLargeGrows(t *testing.T) {
	data := make([]byte, 3*eager+17)
	for i := range data {
		data[i] = byte(i * 7 / 5)
	}
	file := encode(2049, []uint32{uint32(len(data))}, data)
	for name, b := range map[string][]byte{"plain": file, "gzip": zip(t, file)} {
		a, err := Parse(b, name)
		if err != nil || !bytes.Equal(a.Data, data) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := encode(2051, []uint32{2, 2, 2}, make([]byte, 8))
	zipped := zip(t, encode(2049, []uint32{1000}, bytes.Repeat([]byte("irregular 1 7 3 "), 63)[:1000]))
	flipped := bytes.Clone(zipped)
	flipped[len(flipped)/2] ^= 0x10
	badCRC := bytes.Clone(zipped)
	badCRC[len(badCRC)-6] ^= 1
	cases := []struct {
		name   string
		file   []byte
		offset int64
		msg    string
	}{
		{"empty", nil, 0, "ends in the magic number"},
		{"short magic", good[:3], 3, "ends in the magic number"},
		{"text", []byte("hello, world"), 0, "magic number is 0x68656c6c"},
		{"float elements", encode(0x0d01, []uint32{1}, make([]byte, 4)), 0, "element type is 0x0d"},
		{"no dimension", encode(0x0800, nil, nil), 0, "0 dimensions, want 1 to 3"},
		{"four dimensions", encode(0x0804, []uint32{1, 1, 1, 1}, []byte{0}), 0, "4 dimensions, want 1 to 3"},
		{"short sizes", good[:14], 14, "ends in size 3 of 3"},
		{"truncated", good[:len(good)-1], 16, "shape [2 2 2] wants a file of 24 bytes, this one has 23"},
		{"trailing", append(bytes.Clone(good), 0), 16, "wants a file of 24 bytes, this one has 25"},
		{"huge", encode(2051, []uint32{1 << 31, 1 << 31, 1 << 31}, nil), 8, "at most 1073741824 are read"},
		{"huge product", encode(2051, []uint32{1 << 20, 1 << 11, 1}, nil), 12, "2147483648 bytes or more"},
		{"zero then huge", encode(2051, []uint32{0, 1 << 31, 1 << 31}, []byte{1}), 16, "this one has 17"},
		{"gzip declares too much", zip(t, encode(2049, []uint32{1 << 29}, make([]byte, 100))), 8, "this one has at most"},
		{"gzip short", zip(t, encode(2049, []uint32{1000}, make([]byte, 900))), 908, "ends in the elements"},
		{"gzip trailing", zip(t, append(bytes.Clone(good), 1)), 24, "bytes follow the last element"},
		{"gzip truncated", zipped[:len(zipped)-20], 0, "ends in the elements"},
		{"gzip flipped", flipped, 0, ""},
		{"gzip checksum", badCRC, 1008, "damaged end"},
		{"gzip header", []byte{0x1f, 0x8b, 0x07}, 0, "damaged gzip header"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.file, "some-file")
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.File != "some-file" || !strings.Contains(e.Msg, c.msg) || c.offset > 0 && e.Offset != c.offset {
				t.Errorf("got %q, want offset %d and %q", err, c.offset, c.msg)
			}
		})
	}
}

// A header may declare a gigabyte, and gzip may hide it: what is allocated follows what arrives.
func TestReadAllocatesWhatArrives(t *testing.T) {
	for name, c := range map[string]struct {
		b     []byte
		limit uint64
	}{
		"plain": {encode(2049, []uint32{1 << 30}, make([]byte, 100)), 1 << 16},
		"gzip":  {zip(t, encode(2049, []uint32{4 << 20}, make([]byte, 2<<20))), 12 << 20},
		"tail":  {zip(t, encode(2049, []uint32{4}, make([]byte, 8<<20))), 1 << 18},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := Parse(c.b, name); err == nil {
			t.Errorf("%s: taken", name)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > c.limit {
			t.Errorf("%s: %d bytes were allocated, at most %d may be", name, got, c.limit)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("folder: %v", err)
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken pipe")
	r := io.MultiReader(bytes.NewReader(encode(2049, []uint32{10}, nil)), errReader{broken})
	if _, err := Read(r, 18, "f"); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func FuzzRead(f *testing.F) {
	good := encode(2051, []uint32{2, 2, 2}, make([]byte, 8))
	f.Add(good)
	f.Add(zip(f, good))
	f.Add(encode(2049, []uint32{3}, []byte{1, 2, 3}))
	f.Add(good[:15])
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Parse(b, "fuzz")
		if err != nil {
			return
		}
		n := 1
		sizes := make([]uint32, len(a.Shape))
		for i, d := range a.Shape {
			n *= d
			sizes[i] = uint32(d)
		}
		if n != len(a.Data) || len(a.Shape) < 1 || len(a.Shape) > MaxRank {
			t.Fatalf("shape %v with %d bytes", a.Shape, len(a.Data))
		}
		if b[0] == 0 && !bytes.Equal(encode(0x0800+uint32(len(sizes)), sizes, a.Data), b) {
			t.Fatal("what was read, written again, differs")
		}
	})
}
