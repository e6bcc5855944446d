package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/ingot-ml/ingot/tensor"
)

var update = flag.Bool("update", false, "write testdata/ingot.safetensors anew; then run tools/golden/safetensors_check.py check on it")

var goldenMetadata = map[string]string{"format": "np", "": "empty key", "text": "line\nquote\" back\\slash é 😀 <&>"}

// golden are the tensors of tools/golden/safetensors_check.py: element i of tensor k is (i·7 + k) mod 5 − 1.
func golden() []Entry {
	shapes := []struct {
		name  string
		dtype tensor.DType
		shape []int
	}{
		{"f32", tensor.F32, []int{2, 3}}, {"f64", tensor.F64, []int{3}}, {"bf16", tensor.BF16, []int{2, 2}}, {"f16", tensor.F16, []int{5}},
		{"i32", tensor.I32, []int{2, 1, 2}}, {"i64", tensor.I64, []int{3}}, {"u8", tensor.U8, []int{7}}, {"bool", tensor.Bool, []int{3}},
		{"empty", tensor.F32, []int{0, 4}}, {"scalar", tensor.F32, []int{}}, {"grüße/\"重み\"\t", tensor.F32, []int{2}},
	}
	var entries []Entry
	for k, s := range shapes {
		t := tensor.New(s.dtype, s.shape...)
		for i := range t.Numel() {
			setElement(t, i, (i*7+k)%5-1)
		}
		entries = append(entries, Entry{s.name, t})
	}
	return entries
}

func setElement(t tensor.Tensor, i, v int) {
	switch t.DType() {
	case tensor.F32:
		tensor.Of[float32](t)[i] = float32(v)
	case tensor.F64:
		tensor.Of[float64](t)[i] = float64(v)
	case tensor.BF16:
		tensor.Of[uint16](t)[i] = uint16(math.Float32bits(float32(v)) >> 16)
	case tensor.F16:
		tensor.Of[uint16](t)[i] = map[int]uint16{-1: 0xbc00, 0: 0, 1: 0x3c00, 2: 0x4000, 3: 0x4200}[v]
	case tensor.I32:
		tensor.Of[int32](t)[i] = int32(v)
	case tensor.I64:
		tensor.Of[int64](t)[i] = int64(v)
	case tensor.U8:
		tensor.Of[uint8](t)[i] = uint8(max(v, 0))
	case tensor.Bool:
		tensor.Of[bool](t)[i] = v > 0
	}
}

func encode(t testing.TB, metadata map[string]string, entries []Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, metadata, entries); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func checkGolden(t *testing.T, f *File, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(f.Metadata(), goldenMetadata) {
		t.Errorf("metadata %q", f.Metadata())
	}
	want := golden()
	if len(f.Names()) != len(want) {
		t.Errorf("names %q", f.Names())
	}
	for _, w := range want {
		got, err := f.Tensor(w.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got.DType() != w.Tensor.DType() || !tensor.SameShape(&got, &w.Tensor) || !bytes.Equal(got.Bytes(), w.Tensor.Bytes()) {
			t.Errorf("%s is %v, want %v", w.Name, got, w.Tensor)
		}
		d, shape, ok := f.Describe(w.Name)
		if !ok || d != w.Tensor.DType() || !reflect.DeepEqual(append([]int{}, shape...), append([]int{}, w.Tensor.Shape()...)) {
			t.Errorf("%s is described as %v %v %v", w.Name, d, shape, ok)
		}
	}
}

func TestReadsReferenceLibrarysFile(t *testing.T) {
	f, err := Open("testdata/reference.safetensors")
	checkGolden(t, f, err)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error("second Close:", err)
	}
}

// The bytes written are those that the reference library was seen to read.
func TestWritesFileSeenByReferenceLibrary(t *testing.T) {
	path := "testdata/ingot.safetensors"
	if *update {
		if err := Save(path, goldenMetadata, golden()); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := encode(t, goldenMetadata, golden()); !bytes.Equal(got, want) {
		t.Errorf("the file differs from %s; if that is meant, run with -update and have the reference library check it", path)
	}
	f, err := Parse(want)
	checkGolden(t, f, err)
	for i, name := range f.Names() {
		if name != golden()[i].Name {
			t.Errorf("name %d is %q", i, name)
		}
	}
}

func TestDataIsAligned(t *testing.T) {
	for n := range 70 {
		b := encode(t, map[string]string{"pad": strings.Repeat("x", n)}, []Entry{{"w", tensor.New(tensor.F32, 4)}})
		if h := binary.LittleEndian.Uint64(b); (h+8)%tensor.Align != 0 || len(b) != int(h)+8+16 {
			t.Fatalf("the data begins at byte %d of %d", h+8, len(b))
		}
	}
}

func TestOpenIsZeroCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	entries := []Entry{{"byte", tensor.From([]uint8{1})}, {"odd", tensor.From([]float32{2, 3})}, {"pad", tensor.From([]uint8{4, 5, 6})}, {"even", tensor.From([]float32{7})}}
	if err := Save(path, nil, entries); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	base := uintptr(unsafe.Pointer(unsafe.SliceData(f.data)))
	for name, alias := range map[string]bool{"odd": false, "even": true} {
		x, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		v := tensor.Of[float32](x)
		at := uintptr(unsafe.Pointer(unsafe.SliceData(v)))
		if got := at >= base && at < base+uintptr(len(f.data)); got != alias {
			t.Errorf("%s sees the file: %v, want %v", name, got, alias)
		}
	}
	if x, _ := f.Tensor("odd"); tensor.Of[float32](x)[1] != 3 {
		t.Error("the misaligned tensor was copied wrongly")
	}
	if f.Metadata() != nil {
		t.Errorf("metadata %v, want none", f.Metadata())
	}
}

func TestWriteStrided(t *testing.T) {
	x := tensor.From([]float32{1, 2, 3, 4, 5, 6}, 2, 3).Permute(1, 0)
	f, err := Parse(encode(t, nil, []Entry{{"x", x}}))
	if err != nil {
		t.Fatal(err)
	}
	y, _ := f.Tensor("x")
	if !reflect.DeepEqual(tensor.Of[float32](y), []float32{1, 4, 2, 5, 3, 6}) || y.Dim(0) != 3 {
		t.Errorf("got %v", y)
	}
}

func TestWriteRefuses(t *testing.T) {
	x := tensor.New(tensor.F32, 1)
	for want, c := range map[string]struct {
		metadata map[string]string
		entries  []Entry
	}{
		`"a" is taken`:            {nil, []Entry{{"a", x}, {"a", x}}},
		`"__metadata__" is taken`: {nil, []Entry{{"__metadata__", x}}},
		`"\xff" is not UTF-8`:     {nil, []Entry{{"\xff", x}}},
		`"v\xff" is not UTF-8`:    {map[string]string{"k": "v\xff"}, nil},
		`"k\xff" is not UTF-8`:    {map[string]string{"k\xff": "v"}, nil},
		`"a" holds nothing`:       {nil, []Entry{{Name: "a"}}},
	} {
		var b bytes.Buffer
		if err := Write(&b, c.metadata, c.entries); err == nil || !strings.Contains(err.Error(), want) || b.Len() != 0 {
			t.Errorf("got %v after %d bytes, want %s", err, b.Len(), want)
		}
	}
}

// file puts a header in front of data.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestParseRefusesLies(t *testing.T) {
	one := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	length := func(n uint64) []byte { return append(binary.LittleEndian.AppendUint64(nil, n), `{}`...) }
	cases := []struct {
		name   string
		b      []byte
		offset int64
		msg    string
	}{
		{"empty", nil, 0, "ends in the header's length"},
		{"7 bytes", make([]byte, 7), 7, "ends in the header's length"},
		{"length past the end", length(3), 0, "length is 3, but 2 bytes follow"},
		{"absurd length", length(math.MaxUint64), 0, "at most 100000000"},
		{"length over the limit", length(MaxHeader + 1), 0, "at most 100000000"},
		{"no header", file("", 4), 8, "doesn't begin with {"},
		{"an array", file("[]", 0), 8, "doesn't begin with {"},
		{"leading space", file(" {}", 0), 8, "doesn't begin with {"},
		{"cut off", file(one, 8), 61, "header ends, want ','"},
		{"cut in a string", file(`{"a`, 0), 11, "header ends, want the end of a string"},
		{"text behind", file(one+`} x`, 8), 63, "byte 'x' behind the header's end"},
		{"newline behind", file("{}\n", 0), 10, "only spaces may be"},
		{"second object", file("{}{}", 0), 10, "behind the header's end"},
		{"trailing comma", file(one+`,}`, 8), 62, `found '}', want '"'`},
		{"duplicate name", file(one+`,"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`, 16), 62, `"a" stands twice`},
		{"duplicate by escape", file(one+`,"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`, 16), 62, `"a" stands twice`},
		{"duplicate key", file(`{"a":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}}`, 8), 28, `"dtype" stands twice`},
		{"duplicate metadata", file(`{"__metadata__":{"k":"1","k":"2"}}`, 0), 33, `"k" stands twice`},
		{"two __metadata__", file(`{"__metadata__":{},"__metadata__":{}}`, 0), 27, `"__metadata__" stands twice`},
		{"metadata number", file(`{"__metadata__":{"k":1}}`, 0), 29, `found '1', want '"'`},
		{"metadata text", file(`{"__metadata__":"k"}`, 0), 24, `found '"', want '{'`},
		{"unknown key", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}`, 8), 61, `has "x"`},
		{"no shape", file(`{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 8), 9, "lacks one of"},
		{"unknown dtype", file(`{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}`, 2), 22, `dtype "F8_E4M3"`},
		{"lower-case dtype", file(`{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`, 8), 22, `dtype "f32"`},
		{"dtype number", file(`{"a":{"dtype":3,"shape":[2],"data_offsets":[0,8]}}`, 8), 22, `found '3'`},
		{"negative dimension", file(`{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8), 37, "found '-', want an unsigned integer"},
		{"fraction", file(`{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`, 8), 38, "found '.'"},
		{"exponent", file(`{"a":{"dtype":"F32","shape":[2e0],"data_offsets":[0,8]}}`, 8), 38, "found 'e'"},
		{"leading zero", file(`{"a":{"dtype":"F32","shape":[02],"data_offsets":[0,8]}}`, 8), 37, "leading 0"},
		{"huge number", file(`{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}`, 8), 37, "a number above"},
		{"product overflows", file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, 8), 9, "too many elements"},
		{"bytes overflow", file(`{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}`, 0), 9, "too many elements"},
		{"nine dimensions", file(`{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}`, 1), 53, "more than 8 dimensions"},
		{"one offset", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}`, 8), 9, "1 data_offsets"},
		{"three offsets", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}`, 8), 61, "more than 2 offsets"},
		{"begin after end", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8), 9, "begins at 8 and ends before, at 0"},
		{"size isn't shape's", file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), 9, "f32 [3] takes 12 bytes, its data_offsets [0, 8] hold 8"},
		{"past the data", file(one+`}`, 7), 9, "ends at 8 of 7 bytes"},
		{"data unused", file(one+`}`, 9), 70, "no tensor holds the last 1 of 9 bytes"},
		{"data of nobody", file(`{}`, 1), 10, "no tensor holds the last 1 of 1 bytes"},
		{"overlap", file(one+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12), 62, `"b" begins at 4: another holds the bytes up to 8`},
		{"same bytes", file(one+`,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), 62, "another holds"},
		{"hole", file(one+`,"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}`, 16), 62, `"b" begins at 12: no tensor holds the bytes from 8 on`},
		{"hole at the start", file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), 9, "from 0 on"},
		{"empty tensor inside another", file(one+`,"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}`, 8), 62, "another holds"},
		{"name not UTF-8", file("{\"\xff\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0), 10, "not UTF-8"},
		{"overlong UTF-8", file("{\"__metadata__\":{\"\xc0\x80\":\"\"}}", 0), 26, "not UTF-8"},
		{"lone surrogate", file(`{"__metadata__":{"k":"\ud800"}}`, 0), 30, "half of a surrogate pair"},
		{"surrogate and letter", file(`{"__metadata__":{"k":"\ud800\u0041"}}`, 0), 30, "half of a surrogate pair"},
		{"bad \\u", file(`{"__metadata__":{"k":"\u12g4"}}`, 0), 30, "4 hexadecimal digits"},
		{"\\u at the end", file(`{"__metadata__":{"k":"\u12`, 0), 30, "ends in an escape"},
		{"unknown escape", file(`{"__metadata__":{"k":"\x41"}}`, 0), 30, "unknown escape"},
		{"control character", file("{\"__metadata__\":{\"k\":\"a\nb\"}}", 0), 31, "control character 0x0a"},
		{"NUL in the header", file("{\x00}", 0), 9, "found '\\x00'"},
		{"nested deep", file(strings.Repeat(`{"a":`, 100000), 0), 13 + 1, "want dtype"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.b)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Offset != c.offset || !strings.Contains(e.Msg, c.msg) {
				t.Errorf("got %v, want offset %d and %q", err, c.offset, c.msg)
			}
		})
	}
}

func TestParseTakesWhatTheFormatAllows(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":       file("{}", 0),
		"padding":       file("{}      ", 0),
		"white space":   file("{ \"a\" :\n{\t\"shape\" : [ 1 , 2 ] , \"data_offsets\":[0 , 8],\r\"dtype\" :\"F32\"} }", 8),
		"empty tensors": file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"c":{"dtype":"F32","shape":[3,0],"data_offsets":[1,1]}}`, 1),
		"any order":     file(`{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 2),
		"escapes":       file(`{"__metadata__":{"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00":""}}`, 0),
	} {
		f, err := Parse(b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, n := range f.Names() {
			if _, err := f.Tensor(n); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if name == "escapes" && !maps.Equal(f.Metadata(), map[string]string{"\"\\/\b\f\n\r\té😀": ""}) {
			t.Errorf("metadata %q", f.Metadata())
		}
	}
}

func TestBoolBytes(t *testing.T) {
	b := file(`{"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}`, 3)
	b[len(b)-1] = 2
	f, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Tensor("m"); err == nil || !strings.Contains(err.Error(), "element 2 is the byte 2") {
		t.Errorf("got %v", err)
	}
	if _, err := f.Tensor("n"); err == nil {
		t.Error("a tensor that isn't there was given")
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	path := filepath.Join(dir, "bad.safetensors")
	for _, b := range [][]byte{nil, file("{}", 3)} {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("the error doesn't name the file: %v", err)
		}
	}
}

// Every cut and every flipped bit of a header is refused or gives tensors that lie in the file.
func TestParseEveryCutAndFlip(t *testing.T) {
	whole, err := os.ReadFile("testdata/reference.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, err := Parse(whole[:n]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken", n, len(whole))
		}
	}
	header := int(binary.LittleEndian.Uint64(whole)) + 8
	for i := range header * 8 {
		b := bytes.Clone(whole)
		b[i/8] ^= 1 << (i % 8)
		readAll(t, b)
	}
}

// readAll parses b and, if it is taken, reads every tensor, writes all and reads that again.
func readAll(t *testing.T, b []byte) {
	f, err := Parse(b)
	if err != nil {
		return
	}
	var entries []Entry
	total := 0
	for _, name := range f.Names() {
		x, err := f.Tensor(name)
		if err != nil {
			return // a bool that is neither
		}
		total += len(x.Bytes())
		entries = append(entries, Entry{name, x})
	}
	if total != len(f.data) {
		t.Fatalf("the tensors hold %d of %d bytes", total, len(f.data))
	}
	again, err := Parse(encode(t, f.Metadata(), entries))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(again.Names(), f.Names()) || !reflect.DeepEqual(again.Metadata(), f.Metadata()) {
		t.Fatal("names or metadata changed")
	}
	for _, e := range entries {
		x, err := again.Tensor(e.Name)
		if err != nil || x.DType() != e.Tensor.DType() || !tensor.SameShape(&x, &e.Tensor) || !bytes.Equal(x.Bytes(), e.Tensor.Bytes()) {
			t.Fatalf("%q changed: %v", e.Name, err)
		}
	}
}

// A small file can't make the reader allocate much, whatever it declares.
func TestParseMemoryFollowsTheFile(t *testing.T) {
	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&b, `,"%d":{"dtype":"F32","shape":[0,1,1,1,1,1,1,1],"data_offsets":[0,0]}`, i)
	}
	many := file("{"+b.String()[1:]+"}", 0)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse(many); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got, limit := after.TotalAlloc-before.TotalAlloc, uint64(50*len(many)); got > limit {
		t.Errorf("%d bytes were allocated for a file of %d", got, len(many))
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"reference", "ingot"} {
		b, err := os.ReadFile("testdata/" + name + ".safetensors")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(file("{}", 0))
	f.Add(file(`{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}  `, 1))
	f.Add(file(`{"__metadata__":{"k":"\ud83d\ude00"}}`, 0))
	f.Fuzz(func(t *testing.T, b []byte) { readAll(t, b) })
}
