package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/idx"
	"github.com/ingot-ml/ingot/tensor"
)

// tiny is a data set of 6 and 3 images of 2x3 in two classes.
func tiny() (*Entry, [4][]byte) {
	var content [4][]byte
	for part, n := range []int{6, 3} {
		x := []byte{0, 0, 8, 3, 0, 0, 0, byte(n), 0, 0, 0, 2, 0, 0, 0, 3}
		y := []byte{0, 0, 8, 1, 0, 0, 0, byte(n)}
		for i := range n {
			for j := range 6 {
				x = append(x, byte(100*part+10*i+j))
			}
			y = append(y, byte(i%2))
		}
		content[2*part], content[2*part+1] = x, y
	}
	e := &Entry{
		Name: "tiny", Classes: []string{"even", "odd"}, TrainRows: 6, TestRows: 3, module: "example.com/tiny@v1",
		Input: data.Input{Kind: "image", Height: 2, Width: 3, Channels: 1, Scale: 1},
	}
	for i, name := range []string{"train-images", "train-labels", "t10k-images", "t10k-labels"} {
		e.Files[i] = describe(name, content[i])
	}
	return e, content
}

func describe(name string, b []byte) File {
	sum := sha256.Sum256(b)
	return File{name, int64(len(b)), hex.EncodeToString(sum[:])}
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	z.Write(b)
	z.Close()
	return buf.Bytes()
}

// lab is a finder that reaches nothing but what a test gives it.
func lab(t *testing.T) (*finder, [4][]byte, *[]Event) {
	t.Helper()
	e, content := tiny()
	events := &[]Event{}
	f := newFinder(e, Options{Cache: filepath.Join(t.TempDir(), "cache"), Progress: func(ev Event) { *events = append(*events, ev) }})
	f.home = ""
	f.goModule = func(context.Context, string) (string, error) { return "", errors.New("no Go tool is installed") }
	return f, content, events
}

func put(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func putAll(t *testing.T, dir, suffix string, f *finder, content [4][]byte) {
	t.Helper()
	for i, b := range content {
		if suffix == ".gz" {
			b = gzipped(b)
		}
		put(t, dir, f.Files[i].Name+suffix, b)
	}
}

func checkTiny(t *testing.T, s *Set, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 6 || s.Test.Len() != 3 || s.Train.Label(3) != 1 {
		t.Fatalf("%d and %d rows", s.Train.Len(), s.Test.Len())
	}
	if got := tensor.Of[uint8](s.Test.X)[7]; got != 111 {
		t.Fatalf("test row 1, feature 1 is %d, want 111", got)
	}
}

// serve gives the four files, through change if it isn't nil, and counts the requests.
func serve(t *testing.T, f *finder, content [4][]byte, change func(name string, b []byte) []byte) (url string, requests *int) {
	t.Helper()
	requests = new(int)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*requests++
		for i, file := range f.Files {
			if r.URL.Path == "/base/"+file.Name+".gz" {
				b := gzipped(content[i])
				if change != nil {
					b = change(file.Name, b)
				}
				w.Write(b)
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/base", requests
}

func TestFoundLocally(t *testing.T) {
	for name, c := range map[string]struct {
		place  func(f *finder) string
		cached bool
	}{
		"INGOT_DATA": {func(f *finder) string { f.home = f.Cache + "-home"; return filepath.Join(f.home, "tiny") }, false},
		"cache":      {func(f *finder) string { return filepath.Join(f.Cache, "tiny") }, true},
		"package":    {func(f *finder) string { f.folders = []string{f.Cache + "-package"}; return f.folders[0] }, true},
	} {
		for _, suffix := range []string{"", ".gz"} {
			t.Run(name+suffix, func(t *testing.T) {
				f, content, _ := lab(t)
				f.Offline = true
				dir := c.place(f)
				putAll(t, dir, suffix, f, content)
				s, err := f.open(context.Background())
				checkTiny(t, s, err)
				if s.From != dir {
					t.Errorf("found in %q, want %q", s.From, dir)
				}
				_, err = os.Stat(filepath.Join(f.Cache, "tiny"))
				if cached := err == nil; cached != c.cached {
					t.Errorf("in the cache: %v, want %v", cached, c.cached)
				}
			})
		}
	}
}

func TestFetchPlacesInCache(t *testing.T) {
	f, content, events := lab(t)
	url, requests := serve(t, f, content, nil)
	f.Mirrors = []string{url}
	s, err := f.open(context.Background())
	checkTiny(t, s, err)
	if *requests != 4 || s.From != url {
		t.Errorf("%d requests, from %s", *requests, s.From)
	}
	done := map[string]bool{}
	for _, e := range *events {
		if e.Notice != "" {
			t.Errorf("notice %q", e.Notice)
		}
		if done[e.File] = e.Done == e.Total; e.Done <= 0 || e.Total <= 0 || !strings.HasPrefix(e.Source, url) {
			t.Errorf("event %+v", e)
		}
	}
	for i, file := range f.Files {
		if !done[file.Name] {
			t.Errorf("no event says that %s is done", file.Name)
		}
		if got, err := os.ReadFile(filepath.Join(f.Cache, "tiny", file.Name)); err != nil || !bytes.Equal(got, content[i]) {
			t.Errorf("cache: %v", err)
		}
	}
	entries, _ := os.ReadDir(filepath.Join(f.Cache, "tiny"))
	if len(entries) != 4 {
		t.Errorf("%d files in the cache, want the 4 and no other", len(entries))
	}
	again := newFinder(f.Entry, Options{Cache: f.Cache, Offline: true})
	again.home = ""
	s, err = again.open(context.Background())
	checkTiny(t, s, err)
}

// damages are the ways a file of a data set goes wrong.
var damages = map[string]func([]byte) []byte{
	"truncated":   func(b []byte) []byte { return b[:len(b)-3] },
	"empty":       func([]byte) []byte { return nil },
	"too long":    func(b []byte) []byte { return append(bytes.Clone(b), 0) },
	"bit flip":    func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 4; return b },
	"wrong magic": func(b []byte) []byte { b = bytes.Clone(b); b[3] = 9; return b },
	"text":        func(b []byte) []byte { return bytes.Repeat([]byte("<html>"), 100)[:len(b)] },
}

func TestDamagedCacheIsNamedAndRefetched(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			f, content, events := lab(t)
			dir := filepath.Join(f.Cache, "tiny")
			putAll(t, dir, "", f, content)
			put(t, dir, "t10k-images", damage(content[testImages]))
			url, requests := serve(t, f, content, nil)
			f.Mirrors = []string{url}
			s, err := f.open(context.Background())
			checkTiny(t, s, err)
			if *requests != 1 {
				t.Errorf("%d requests, want 1: the damaged file's", *requests)
			}
			if len(*events) == 0 || !strings.Contains((*events)[0].Notice, filepath.Join(dir, "t10k-images")) {
				t.Errorf("no notice names the file: %+v", *events)
			}
			if got, _ := os.ReadFile(filepath.Join(dir, "t10k-images")); !bytes.Equal(got, content[testImages]) {
				t.Error("the damaged file was not replaced")
			}
		})
	}
}

func TestDamagedUserFileIsAnError(t *testing.T) {
	for name, damage := range damages {
		for _, suffix := range []string{"", ".gz"} {
			t.Run(name+suffix, func(t *testing.T) {
				f, content, _ := lab(t)
				f.home = t.TempDir()
				dir := filepath.Join(f.home, "tiny")
				putAll(t, dir, suffix, f, content)
				b := damage(content[trainLabels])
				if suffix == ".gz" {
					b = gzipped(b)
				}
				put(t, dir, "train-labels"+suffix, b)
				_, err := f.open(context.Background())
				var d *DamagedError
				if !errors.As(err, &d) || d.Path != filepath.Join(dir, "train-labels"+suffix) || !strings.Contains(err.Error(), "delete or replace it") {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestDamagedGzip(t *testing.T) {
	_, content := tiny()
	file := describe("f", content[0])
	whole := gzipped(content[0])
	for n := range whole {
		if b, err := file.read(bytes.NewReader(whole[:n]), "f"); err == nil && !bytes.Equal(b, content[0]) {
			t.Fatalf("a cut after byte %d went unseen", n)
		}
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1
		if b, err := file.read(bytes.NewReader(flipped), "f"); err == nil && !bytes.Equal(b, content[0]) {
			t.Fatalf("a flip in byte %d went unseen", n)
		}
	}
	bomb := gzipped(make([]byte, 8<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := file.read(bytes.NewReader(bomb), "f"); err == nil {
		t.Error("8 MiB were taken for a file of 52 bytes")
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<18 {
		t.Errorf("%d bytes were allocated for a bomb", n)
	}
}

func TestDamagedDownloadsAreNotPlaced(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			f, content, _ := lab(t)
			url, _ := serve(t, f, content, func(name string, b []byte) []byte {
				if name == "t10k-labels" {
					return gzipped(damage(content[testLabels]))
				}
				return b
			})
			f.Mirrors = []string{url}
			_, err := f.open(context.Background())
			var u *UnavailableError
			if !errors.As(err, &u) || len(u.Missing) != 1 || u.Missing[0] != "t10k-labels" {
				t.Fatalf("got %v", err)
			}
			if _, err := os.Stat(filepath.Join(f.Cache, "tiny", "t10k-labels")); err == nil {
				t.Error("the damaged file is in the cache")
			}
		})
	}
}

func TestSecondMirrorCompletesTheFirst(t *testing.T) {
	f, content, _ := lab(t)
	half, _ := serve(t, f, content, func(name string, b []byte) []byte {
		if strings.HasPrefix(name, "t10k") {
			return []byte("not found, says a page with status 200")
		}
		return b
	})
	whole, requests := serve(t, f, content, nil)
	f.Mirrors = []string{half, whole}
	s, err := f.open(context.Background())
	checkTiny(t, s, err)
	if *requests != 2 {
		t.Errorf("%d requests to the second mirror, want 2", *requests)
	}
}

func TestGoModuleIsTheLastResort(t *testing.T) {
	f, content, events := lab(t)
	dir := t.TempDir()
	putAll(t, dir, ".gz", f, content)
	f.Mirrors = []string{refusing(t)}
	f.goModule = func(_ context.Context, module string) (string, error) {
		if module != "example.com/tiny@v1" {
			t.Errorf("asked for %s", module)
		}
		return dir, nil
	}
	s, err := f.open(context.Background())
	checkTiny(t, s, err)
	if s.From != "example.com/tiny@v1" || !strings.Contains((*events)[0].Notice, "go mod download") {
		t.Errorf("from %s, events %+v", s.From, *events)
	}
	if _, ok := os.Stat(filepath.Join(f.Cache, "tiny", "train-images")); ok != nil {
		t.Error("not placed in the cache")
	}
	put(t, dir, "t10k-labels.gz", gzipped([]byte("other")))
	f2, _, _ := lab(t)
	f2.Mirrors, f2.goModule = f.Mirrors, f.goModule
	if _, err := f2.open(context.Background()); err == nil {
		t.Error("a damaged file of the module was taken")
	}
}

// refusing returns the URL of a port where nobody listens.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestNoNetwork(t *testing.T) {
	f, _, _ := lab(t)
	f.folders = []string{"/nowhere/tiny"}
	url := refusing(t)
	f.Mirrors = []string{url + "/one", url + "/two"}
	start := time.Now()
	_, err := f.open(context.Background())
	var u *UnavailableError
	if !errors.As(err, &u) || len(u.Missing) != 4 {
		t.Fatalf("got %v", err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
	for _, want := range []string{"data set tiny", "train-images", "INGOT_DATA: not set", f.Cache, "Debian's package dataset-tiny /nowhere/tiny", url + "/one", url + "/two", "no Go tool", "uci-digits is embedded"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error doesn't say %q: %v", want, err)
		}
	}
}

func TestServerErrors(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"status": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }, "503"},
		"stall": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte{0x1f, 0x8b})
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, "nothing came for 50ms"},
		"hang-up": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write([]byte{0x1f, 0x8b})
		}, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(c.handler)
			defer s.Close()
			f, _, _ := lab(t)
			f.stall = 50 * time.Millisecond
			f.Mirrors = []string{s.URL}
			if _, err := f.open(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer s.Close()
	f, _, _ := lab(t)
	f.Mirrors = []string{s.URL, s.URL, s.URL}
	if _, err := f.open(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRedirectKeepsHTTPS(t *testing.T) {
	secure := httptest.NewRequest(http.MethodGet, "https://example.com/a", nil)
	plain := httptest.NewRequest(http.MethodGet, "http://example.com/a", nil)
	if refuseDowngrade(plain, []*http.Request{secure}) == nil {
		t.Error("a redirect from HTTPS to HTTP was followed")
	}
	if err := refuseDowngrade(secure, []*http.Request{secure}); err != nil {
		t.Error(err)
	}
	if refuseDowngrade(secure, make([]*http.Request, 6)) == nil {
		t.Error("redirects go on for ever")
	}
}

func TestUnwritableCacheIsNoFailure(t *testing.T) {
	f, content, events := lab(t)
	put(t, filepath.Dir(f.Cache), "cache", nil) // a file where the folder should be
	url, _ := serve(t, f, content, nil)
	f.Mirrors = []string{url}
	s, err := f.open(context.Background())
	checkTiny(t, s, err)
	notices := 0
	for _, e := range *events {
		if strings.Contains(e.Notice, "not kept for the next time") {
			notices++
		}
	}
	if notices != 1 {
		t.Errorf("%d notices, want 1", notices)
	}
}

// The hashes may be right and the content still unfit: an entry with wrong facts must not get through.
func TestAssembleRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *Entry, content *[4][]byte)
		want   string
	}{
		"label out of range": {func(_ *Entry, c *[4][]byte) { c[trainLabels][10] = 2 }, "row 2 has label 2, want 0 to 1"},
		"wrong magic":        {func(_ *Entry, c *[4][]byte) { c[testImages][2] = 13 }, "element type"},
		"image size":         {func(e *Entry, _ *[4][]byte) { e.Input.Width = 4 }, "images have shape [6 2 3], want [N 2 4]"},
		"rows":               {func(e *Entry, _ *[4][]byte) { e.TestRows = 4 }, "3 rows, want 4"},
		"swapped":            {func(_ *Entry, c *[4][]byte) { c[testImages], c[testLabels] = c[testLabels], c[testImages] }, "images have shape [3]"},
		"fewer labels":       {func(_ *Entry, c *[4][]byte) { c[trainLabels] = c[testLabels] }, "labels have shape [3], want [6]"},
	} {
		t.Run(name, func(t *testing.T) {
			f, content, _ := lab(t)
			c.change(f.Entry, &content)
			for i := range content {
				f.Files[i] = describe(f.Files[i].Name, content[i])
			}
			putAll(t, filepath.Join(f.Cache, "tiny"), "", f, content)
			if _, err := f.open(context.Background()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestOpenDigits(t *testing.T) {
	s, err := Open(context.Background(), "uci-digits", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 1437 || s.Test.Len() != 360 || s.From != "embedded" {
		t.Fatalf("%d + %d rows from %s", s.Train.Len(), s.Test.Len(), s.From)
	}
	counts := make([]int, 10)
	for i := range s.Train.Len() {
		counts[s.Train.Label(i)]++
	}
	for i := range s.Test.Len() {
		counts[s.Test.Label(i)]++
	}
	// The repository's own count of its test part by class.
	if got := fmt.Sprint(counts); got != "[178 182 177 183 181 182 181 179 174 180]" {
		t.Errorf("rows a class: %s", got)
	}
	bx, by := tensor.New(tensor.F32, 1, 64), tensor.New(tensor.I32, 1)
	s.Train.Gather(bx, by, []int{0})
	x, y := tensor.Of[float32](bx), tensor.Of[int32](by)
	if y[0] != 0 || x[2] != 5./16 || x[3] != 13./16 { // the first row of the CSV: 0,0,5,13, …, class 0
		t.Errorf("first row: label %d, %v", y[0], x[:8])
	}
	if dir, err := s.Locate(); err != nil || dir != "embedded" {
		t.Errorf("Locate: %q %v", dir, err)
	}
}

func TestEntriesAreComplete(t *testing.T) {
	for _, e := range Entries() {
		if e.Title == "" || e.Licence == "" || e.Source == "" || e.Citation == "" || e.Split == "" || len(e.Classes) != 10 {
			t.Errorf("%s lacks a fact", e.Name)
		}
		for i, rows := range []int{e.TrainRows, e.TrainRows, e.TestRows, e.TestRows} {
			f := e.Files[i]
			want := int64(8 + rows)
			if i%2 == 0 {
				want = int64(16 + rows*e.Input.Features())
			}
			if f.Size != want || len(f.SHA256) != 64 || f.Name == "" {
				t.Errorf("%s: file %+v, want %d bytes", e.Name, f, want)
			}
		}
		for _, m := range e.mirrors {
			if !strings.HasPrefix(m, "https://") {
				t.Errorf("%s: mirror %s is not HTTPS", e.Name, m)
			}
		}
		if got, err := Lookup(e.Name); err != nil || got != e {
			t.Errorf("Lookup(%q): %v", e.Name, err)
		}
	}
	if _, err := Open(context.Background(), "mnits", Options{}); err == nil || !strings.Contains(err.Error(), "known are mnist, fashion-mnist, uci-digits") {
		t.Errorf("unknown name: %v", err)
	}
}

func TestLocate(t *testing.T) {
	f, content, _ := lab(t)
	t.Setenv("INGOT_DATA", t.TempDir())
	dir := filepath.Join(os.Getenv("INGOT_DATA"), "tiny")
	if got, err := f.Entry.Locate(); got != "" || err != nil {
		t.Errorf("found in %q, %v, where nothing is", got, err)
	}
	putAll(t, dir, ".gz", f, content)
	if got, err := f.Entry.Locate(); err != nil || got != dir {
		t.Errorf("Locate: %q %v, want %q", got, err, dir)
	}
	put(t, dir, "t10k-images.gz", gzipped(damages["bit flip"](content[testImages])))
	var damaged *DamagedError
	if got, err := f.Entry.Locate(); got != "" || !errors.As(err, &damaged) || damaged.Path != filepath.Join(dir, "t10k-images.gz") {
		t.Errorf("Locate: %q %v, want the damaged file's name", got, err)
	}
}

func TestFromIDXSeesMemory(t *testing.T) {
	images := &idx.Array{Shape: []int{1, 1, 2}, Data: []byte{1, 2}}
	d, err := FromIDX(images, &idx.Array{Shape: []int{1}, Data: []byte{0}}, data.Input{Height: 1, Width: 2, Channels: 1, Scale: 1}, []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	images.Data[1] = 9
	if tensor.Of[uint8](d.X)[1] != 9 {
		t.Error("the images were copied")
	}
	if binary.Size(tensor.Of[int32](d.Y)) != 4 {
		t.Error("labels are not int32")
	}
}

// TestOpenReal reads the real data sets where this machine already has them.
func TestOpenReal(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 110 MB")
	}
	for _, name := range []string{"mnist", "fashion-mnist"} {
		e, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if dir, err := e.Locate(); dir == "" || err != nil {
			t.Logf("%s is not on this machine, or not whole: %v", name, err)
			continue
		}
		cache := t.TempDir()
		start := time.Now()
		s, err := Open(context.Background(), name, Options{Offline: true, Cache: cache})
		var u *UnavailableError
		if errors.As(err, &u) { // it is in the user's cache only, which this test leaves alone
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		first := time.Since(start)
		start = time.Now()
		if _, err = newFinder(e, Options{Offline: true, Cache: cache}).open(context.Background()); err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d + %d rows from %s in %v, and again in %v", name, s.Train.Len(), s.Test.Len(), s.From, first, time.Since(start))
	}
}
