package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/tensor"
)

// tokenFile is a file of ids.
func tokenFile(t testing.TB, ids []int32, vocab int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := token.WriteSet(&b, ids, vocab); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSet(t *testing.T) {
	ids := []int32{5, 0, 65535, 7, 7, 1}
	for vocab, size := range map[int]int{1 << 16: 2, 1<<16 + 1: 4} {
		b := tokenFile(t, ids, vocab)
		if len(b) != 1024+size*len(ids) {
			t.Errorf("%d ids of a vocabulary of %d take %d bytes", len(ids), vocab, len(b))
		}
		path := filepath.Join(t.TempDir(), "ids.bin")
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		s, err := token.OpenSet(path, vocab)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]int32, 3)
		if err := s.Part(1, 5).Read(got, 1); err != nil || s.Len() != 6 || s.Part(1, 5).Len() != 4 || !slices.Equal(got, ids[2:5]) {
			t.Errorf("read %v, %v", got, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestSetAsReference reads the bytes that llm.c's write_datafile makes of the tokens 1 and 258.
func TestSetAsReference(t *testing.T) {
	b := make([]byte, 1024, 1028)
	copy(b, []byte{0x88, 0xd8, 0x34, 0x01, 1, 0, 0, 0, 2, 0, 0, 0}) // 20240520 is 0x134d888
	b = append(b, 1, 0, 2, 1)
	s, err := token.ParseSet(b, "x", 300)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]int32, 2)
	if err := s.Read(got, 0); err != nil || got[0] != 1 || got[1] != 258 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestSetRefuses(t *testing.T) {
	good := tokenFile(t, []int32{1, 2, 3}, 10)
	for want, change := range map[string]func([]byte) []byte{
		"offset 1000: the file ends in its header":                     func(b []byte) []byte { return b[:1000] },
		"offset 0: the magic number is 20240521":                       func(b []byte) []byte { b[0]++; return b },
		"offset 4: the version is 3, want 1":                           func(b []byte) []byte { b[4] = 3; return b },
		"offset 8: 3 tokens of 2 bytes after the header are 6 bytes":   func(b []byte) []byte { return b[:len(b)-1] },
		"offset 8: 259 tokens of 2 bytes after the header are 518":     func(b []byte) []byte { b[9] = 1; return b },
		"offset 8: 3 tokens of 2 bytes after the header are 6 bytes; ": func(b []byte) []byte { return append(b, 0) },
	} {
		_, err := token.ParseSet(change(slices.Clone(good)), "x.bin", 10)
		var e *token.SetError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "x.bin: ") {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	s, err := token.ParseSet(good, "x.bin", 3) // the id 3 is one too high
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Part(1, 3).Read(make([]int32, 2), 0); err == nil || err.Error() != "x.bin: offset 1028: token 2 is 3; the vocabulary has 0 to 2" {
		t.Errorf("error %v", err)
	}
	if err := token.NewSet([]int32{1, -4}, 3).Read(make([]int32, 2), 0); err == nil || !strings.Contains(err.Error(), "the id at position 1 is -4") {
		t.Errorf("error %v", err)
	}
	if err := token.WriteSet(&bytes.Buffer{}, []int32{1, 3}, 3); err == nil || !strings.Contains(err.Error(), "the id at position 1 is 3") {
		t.Errorf("error %v", err)
	}
	if _, err := token.OpenSet(filepath.Join(t.TempDir(), "none"), 3); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// count is the ids 0 … n−1: a token says where it stands.
func count(n int) *token.Set {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32(i)
	}
	return token.NewSet(ids, n)
}

// windows reads the first tokens of the windows of a loader's next epoch, and checks that a window goes on by ones, and the
// targets with it.
func windows(t *testing.T, l *token.Loader, most int) (first []int32) {
	t.Helper()
	for b, err := range l.Batches(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		x, y := tensor.Of[int32](b.X), tensor.Of[int32](b.Y)
		for i := range x {
			if i%l.Context == 0 {
				first = append(first, x[i])
			} else if x[i] != x[i-1]+1 {
				t.Fatalf("step %d: token %d follows %d", b.Step, x[i], x[i-1])
			}
			if y[i] != x[i]+1 {
				t.Fatalf("step %d: the target of %d is %d", b.Step, x[i], y[i])
			}
		}
		if most--; most == 0 {
			break
		}
	}
	return first
}

// TestLoader: windows depend on seed and step only, so that a run may be cut anywhere.
func TestLoader(t *testing.T) {
	newLoader := func(seed uint64) *token.Loader {
		return &token.Loader{Set: count(100), Batch: 3, Context: 8, Epoch: 5, Seed: seed}
	}
	l := newLoader(1)
	all := append(windows(t, l, 0), windows(t, l, 0)...)
	if len(all) != 2*5*3 || slices.Max(all) > 91 || slices.Min(all) < 0 {
		t.Fatalf("windows at %v", all)
	}
	if slices.Equal(all, append(windows(t, newLoader(2), 0), all[15:]...)) || slices.Equal(all[:15], all[15:]) {
		t.Error("another seed, or epoch, gives the same windows")
	}
	a := newLoader(1)
	cut := windows(t, a, 2)
	if a.Cursor() != (data.Cursor{Batch: 2}) {
		t.Errorf("after two batches the cursor is %+v", a.Cursor())
	}
	b := newLoader(1)
	if err := b.Seek(a.Cursor()); err != nil {
		t.Fatal(err)
	}
	cut = append(append(cut, windows(t, b, 0)...), windows(t, b, 0)...)
	if !slices.Equal(cut, all) {
		t.Errorf("cut and resumed: %v, in one go %v", cut, all)
	}
	// A text of Context+1 tokens has one window.
	if got := windows(t, &token.Loader{Set: count(9), Batch: 2, Context: 8, Epoch: 1}, 0); !slices.Equal(got, []int32{0, 0}) {
		t.Errorf("windows at %v", got)
	}
}

func TestLoaderRefuses(t *testing.T) {
	for want, l := range map[string]*token.Loader{
		"wants a Set":                 {Batch: 1, Context: 1, Epoch: 1},
		"0 windows":                   {Set: count(9), Context: 1, Epoch: 1},
		"0 tokens":                    {Set: count(9), Batch: 1, Epoch: 1},
		"0 steps an epoch":            {Set: count(9), Batch: 1, Context: 1},
		"8 tokens has no window of 8": {Set: count(8), Batch: 1, Context: 8, Epoch: 1},
		"token: the id at position 0": {Set: token.NewSet([]int32{9, 9}, 9), Batch: 1, Context: 1, Epoch: 1},
	} {
		var got error
		for _, err := range l.Batches(context.Background()) {
			got = err
		}
		if got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("error %v, want %q", got, want)
		}
	}
	l := &token.Loader{Set: count(9), Batch: 1, Context: 2, Epoch: 4}
	for _, c := range []data.Cursor{{Epoch: -1}, {Batch: 4}, {Batch: -1}} {
		if l.Seek(c) == nil {
			t.Errorf("sought %+v of epochs of 4 batches", c)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range l.Batches(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v of an ended context", err)
		}
	}
	for range l.Batches(context.Background()) {
		for _, err := range l.Batches(context.Background()) {
			if err == nil {
				t.Error("two epochs are read at once")
			}
		}
		if l.Seek(data.Cursor{}) == nil {
			t.Error("sought while an epoch is read")
		}
	}
}

// FuzzSet: whatever the bytes, a file is refused or every token of it can be read or is refused.
func FuzzSet(f *testing.F) {
	f.Add(tokenFile(f, []int32{1, 2, 300}, 1000))
	f.Add(tokenFile(f, []int32{1, 2, 300}, 1<<17))
	f.Add([]byte("text"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := token.ParseSet(b, "x", 1000)
		if err != nil {
			return
		}
		id := make([]int32, 1)
		for i := range s.Len() {
			if err := s.Read(id, i); err == nil && (id[0] < 0 || id[0] >= 1000) {
				t.Fatalf("token %d is %d", i, id[0])
			}
		}
	})
}

func ExampleLoader() {
	text := "to be or not to be"
	chars, err := token.NewChars(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := chars.Encode(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	l := &token.Loader{Set: token.NewSet(ids, chars.Len()), Batch: 1, Context: 6, Epoch: 2, Seed: 1}
	for b, err := range l.Batches(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		x, _ := token.Decode(chars, tensor.Of[int32](b.X))
		y, _ := token.Decode(chars, tensor.Of[int32](b.Y))
		fmt.Printf("%q → %q\n", x, y)
	}
	// Output:
	// " not t" → "not to"
	// "to be " → "o be o"
}
