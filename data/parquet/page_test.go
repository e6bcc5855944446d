package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/format"

	"github.com/ingot-ml/ingot/data/table"
)

// TestBombs gives pages that decompress to 64 MiB and say that it is 1,000 bytes: they are refused, and take no such memory.
func TestBombs(t *testing.T) {
	zeros := make([]byte, 64<<20)
	for _, c := range []compress.Codec{&parquet.Snappy, &parquet.Gzip, &parquet.Brotli, &parquet.Zstd} {
		bomb, err := c.Encode(nil, zeros)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1000, 63 << 20} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w := walker{codec: c.CompressionCodec(), b: &buffers{}}
			_, err = w.decompress(bomb, size)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; err == nil || took > uint64(size)+24<<20 {
				t.Errorf("%v: %d bytes are taken for a page said to have %d; error is %v", c, took, size, err)
			}
		}
		w := walker{codec: c.CompressionCodec(), b: &buffers{}}
		if out, err := w.decompress(bomb, len(zeros)); err != nil || !bytes.Equal(out, zeros) {
			t.Errorf("%v: an honest page: %d bytes, %v", c, len(out), err)
		}
	}
}

// TestPageLies gives headers that say more than there is, or than is read.
func TestPageLies(t *testing.T) {
	data := func(n int32) (h format.PageHeader) {
		h.Type = format.DataPage
		h.DataPageHeader.V.NumValues = n
		return h
	}
	huge := data(1 << 30)
	long := data(1)
	long.UncompressedPageSize = math.MaxInt32
	cut := data(1)
	cut.CompressedPageSize = 9
	second := format.PageHeader{Type: format.DataPageV2}
	second.DataPageHeaderV2.V.DefinitionLevelsByteLength = 100
	nulls := format.PageHeader{Type: format.DataPageV2}
	nulls.DataPageHeaderV2.V.NumNulls = 1
	dictionary := format.PageHeader{Type: format.DictionaryPage}
	dictionary.DictionaryPageHeader.V.NumValues = 65
	dictionary.CompressedPageSize = 8
	for want, h := range map[string]format.PageHeader{
		"said to have 1073741824 values": huge, "2147483647 decompressed": long, "the column has 8 more": cut,
		"said to have 100 bytes of levels": second, "said to have 1 nulls": nulls, "of 8 bytes is said to have 65 values": dictionary,
	} {
		w := walker{in: bytes.NewReader(make([]byte, 8)), end: 8, b: &buffers{}}
		if err := w.body(&h); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want …%s…", err, want)
		}
	}
	w := walker{width: 1 << 20}
	if err := w.count(1000); err == nil {
		t.Error("1000 values of 1 MiB are taken")
	}
}

func TestRuns(t *testing.T) {
	u := func(v ...uint64) (b []byte) {
		for _, x := range v {
			b = binary.AppendUvarint(b, x)
		}
		return b
	}
	const n = 1000
	for name, c := range map[string]struct {
		encoding format.Encoding
		b        []byte
		ok       bool
	}{
		"a run of 1000":           {format.RLEDictionary, u(8, 1000<<1, 7), true},
		"a run of 2^30":           {format.RLEDictionary, u(8, 1<<31, 7), false},
		"two of 1000":             {format.RLEDictionary, u(8, 1000<<1, 7, 1000<<1, 7), false},
		"2^62 groups of 0 bits":   {plainDictionary, u(0, 1<<63|1), false},
		"125 groups of 1 bit":     {plainDictionary, append(u(1, 125<<1|1), make([]byte, 125)...), true},
		"booleans":                {format.RLE, append([]byte{3, 0, 0, 0}, u(1000<<1, 1)...), true},
		"too many booleans":       {format.RLE, append([]byte{4, 0, 0, 0}, u(100_000<<1, 1)...), false},
		"cut booleans":            {format.RLE, []byte{9, 0, 0, 0, 1}, false},
		"1000 deltas of 0 bits":   {format.DeltaBinaryPacked, append(u(128, 4, 1000, 0), make([]byte, 8*5)...), true},
		"2^31 deltas":             {format.DeltaBinaryPacked, u(128, 4, 1<<31, 0), false},
		"deltas that are cut":     {format.DeltaLengthByteArray, u(128, 4, 1000, 0, 0), false},
		"deltas without parts":    {format.DeltaBinaryPacked, u(128, 0, 1000, 0), false},
		"texts without prefixes":  {format.DeltaByteArray, append(append(u(128, 4, 2, 0), 0, 0, 0, 0, 0), u(128, 4, 2, 0)...), false},
		"2 GB of prefixes":        {format.DeltaByteArray, append(prefixes(math.MaxInt32), prefixes(0)...), false},
		"prefixes of 1 byte each": {format.DeltaByteArray, append(prefixes(1), prefixes(0)...), true},
	} {
		if err := countValues(c.b, c.encoding, n); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// prefixes is a delta-encoded list of two times v.
func prefixes(v int64) []byte {
	b := []byte{0x80, 1, 4, 2} // blocks of 128 in 4 parts, 2 values
	b = binary.AppendVarint(b, v)
	return append(b, 0, 0, 0, 0, 0) // the least delta, and each part's bits
}

func TestSkim(t *testing.T) {
	for name, c := range map[string]struct {
		b  []byte
		ok bool
	}{
		"empty":                   {[]byte{0}, true},
		"i32 and text":            {[]byte{0x15, 2, 0x18, 2, 'a', 'b', 0}, true},
		"a text of 2^31":          {[]byte{0x18, 0xff, 0xff, 0xff, 0xff, 7, 0}, false},
		"a list of 2^31 structs":  {[]byte{0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 0}, false},
		"a list of three structs": {[]byte{0x19, 0x3c, 0, 0, 0, 0}, true},
		"an unknown type":         {[]byte{0x1f, 0}, false},
		"no end":                  {[]byte{0x15, 2}, false},
		"too deep":                {bytes.Repeat([]byte{0x1c}, 100), false},
	} {
		if n, err := skim(c.b); (err == nil) != c.ok || c.ok && n != len(c.b) {
			t.Errorf("%s: %d bytes of %d, %v", name, n, len(c.b), err)
		}
	}
}

// TestEncodings reads columns in every encoding that the library writes, in several pages.
func TestEncodings(t *testing.T) {
	type row struct {
		Plain  string  `parquet:"plain,optional"`
		Words  string  `parquet:"words,dict,optional"`
		Deltas int64   `parquet:"deltas,delta"`
		Front  string  `parquet:"front,delta"`
		Split  float64 `parquet:"split,split"`
		Flag   bool    `parquet:"flag,optional"`
	}
	rows := make([]row, 5000)
	for i := range rows {
		rows[i] = row{fmt.Sprint("text", i), []string{"a", "b", ""}[i%3], int64(i * i), fmt.Sprintf("common/%06d", i), float64(i) / 8, i%2 == 0}
	}
	for _, version := range []int{1, 2} {
		path := filepath.Join(t.TempDir(), "x.parquet")
		var b bytes.Buffer
		w := parquet.NewGenericWriter[row](&b, parquet.DataPageVersion(version), parquet.PageBufferSize(8<<10), parquet.Compression(&parquet.Zstd))
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		kinds := map[string]table.Kind{"plain": table.Text, "front": table.Text}
		tab, err := Read(path, table.Options{Kinds: kinds})
		if err != nil {
			t.Fatalf("version %d: %v", version, err)
		}
		for i, r := range rows {
			if tab.Lookup("plain").Strings[i] != r.Plain || tab.Lookup("front").Strings[i] != r.Front || tab.Lookup("deltas").Numbers[i] != float64(r.Deltas) || tab.Lookup("split").Numbers[i] != r.Split {
				t.Fatalf("version %d: row %d differs", version, i)
			}
			if k := tab.Lookup("words").Codes[i]; r.Words == "" && k >= 0 || r.Words != "" && tab.Lookup("words").Levels[k] != r.Words {
				t.Fatalf("version %d: row %d: word %d", version, i, k)
			}
		}
	}
}
