package dataset

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ingot-ml/ingot/internal/fs"
)

// UnavailableError says that a data set could not be had, and what was tried.
type UnavailableError struct {
	Name    string
	Missing []string // file names
	Tried   []string // each source with why it failed
	Put     string   // the folder where the files would be found
}

// Error lists what was tried and what to do now.
func (e *UnavailableError) Error() string {
	text := fmt.Sprintf("data set %s: could not get %s; tried:\n", e.Name, strings.Join(e.Missing, ", "))
	for _, t := range e.Tried {
		text += "  " + t + "\n"
	}
	if e.Put != "" {
		text += fmt.Sprintf("Put the files (plain or .gz) into %s, or into a folder %s below one that INGOT_DATA names. ", e.Put, e.Name)
	}
	return text + "Without a network, `ingot train digits` works: uci-digits is embedded."
}

// finder is one Open.
type finder struct {
	*Entry
	Options
	home         string // $INGOT_DATA
	stall        time.Duration
	goModule     func(ctx context.Context, module string) (dir string, err error)
	fetchPackage func(ctx context.Context, c carrier) ([]byte, error)
	mu           sync.Mutex // guards what follows, and serialises Progress
	content      [4][]byte
	from         []string
	tried        []string
	cacheFull    bool // a write to the cache failed: said once
}

func newFinder(e *Entry, opt Options) *finder {
	f := &finder{Entry: e, Options: opt, home: os.Getenv("INGOT_DATA"), stall: stallTimeout, goModule: downloadModule, fetchPackage: downloadPackage}
	if f.Cache == "" {
		f.Cache, _ = CacheDir() // without a home folder there is no cache
	}
	if len(f.Mirrors) == 0 {
		f.Mirrors = e.mirrors
	}
	if f.Client == nil {
		f.Client = &http.Client{Transport: newTransport(), CheckRedirect: refuseDowngrade}
	}
	return f
}

// place is a folder that may have the files.
type place struct {
	label  string
	dir    string
	strict bool // the user's own: a damaged file is an error
	cached bool // already quick to read
}

func (f *finder) places() (p []place) {
	if f.home != "" {
		p = append(p, place{"INGOT_DATA", filepath.Join(f.home, f.Name), true, true})
	}
	if f.Cache != "" {
		p = append(p, place{"cache", filepath.Join(f.Cache, f.Name), false, true})
	}
	for _, dir := range f.folders {
		p = append(p, place{"Debian's package dataset-" + filepath.Base(dir), dir, false, false})
	}
	return p
}

// find returns the path of a file, plain or gzipped.
func (p place) find(name string) (path string, err error) {
	for _, suffix := range []string{"", ".gz"} {
		path = filepath.Join(p.dir, name+suffix)
		if _, err = os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", err
}

// open looks everywhere, then reads what it found.
func (f *finder) open(ctx context.Context) (*Set, error) {
	if f.embedded != nil {
		if err := f.each(f.readEmbedded); err != nil {
			return nil, err
		}
		return f.assemble()
	}
	if err := f.each(f.lookLocally); err != nil {
		return nil, err
	}
	if len(f.missing()) > 0 && !f.Offline {
		f.fetch(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if missing := f.missing(); len(missing) > 0 {
		names := make([]string, len(missing))
		for k, i := range missing {
			names[k] = f.Files[i].Name
		}
		return nil, f.unavailable(names)
	}
	return f.assemble()
}

// each runs look for the four files at once and returns the first one's error.
func (f *finder) each(look func(i int) error) error {
	var errs [4]error
	var wg sync.WaitGroup
	for i := range f.Files {
		wg.Go(func() { errs[i] = look(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) readEmbedded(i int) error {
	b, err := f.Files[i].readEmbedded(f.embedded, f.Name)
	f.accept(i, b, "embedded")
	return err
}

// lookLocally reads file i from this machine, if it is here.
func (f *finder) lookLocally(i int) error {
	b, p, err := f.here(f.Files[i])
	if b == nil {
		return err
	}
	f.accept(i, b, p.dir)
	if !p.cached {
		f.keep(f.Files[i].Name, b)
	}
	return nil
}

// here reads a file from the first place that has it whole; no bytes and no error: none has. A damaged file is an error where
// it is the user's own, and told elsewhere.
func (f *finder) here(file File) ([]byte, place, error) {
	for _, p := range f.places() {
		path, err := p.find(file.Name)
		if err != nil {
			f.note(fmt.Sprintf("%s %s: not there, or not all of it", p.label, p.dir))
			continue
		}
		b, err := file.readFile(path)
		switch {
		case err == nil:
			return b, p, nil
		case p.strict:
			return nil, p, err
		}
		f.note(err.Error())
		f.tell(Event{File: file.Name, Source: p.dir, Notice: err.Error() + "; looking for another copy"})
	}
	return nil, place{}, nil
}

// accept takes the verified bytes of file i.
func (f *finder) accept(i int, b []byte, source string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.content[i] = b
	if !slices.Contains(f.from, source) {
		f.from = append(f.from, source)
	}
}

// keep puts a file into the cache, decompressed, so that the next start is quick. Where it can't, the data is used all the
// same, and once it is said why it will be looked for again.
func (f *finder) keep(name string, content []byte) {
	if f.Cache == "" {
		return
	}
	path := filepath.Join(f.Cache, f.Name, name)
	err := fs.MkdirAll(filepath.Dir(path))
	if err == nil {
		err = fs.WriteFile(path, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
	}
	if err == nil {
		return
	}
	f.mu.Lock()
	said := f.cacheFull
	f.cacheFull = true
	f.mu.Unlock()
	if !said {
		f.tell(Event{File: name, Source: path, Notice: "not kept for the next time: " + err.Error()})
	}
}

func (f *finder) note(tried string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.tried, tried) {
		f.tried = append(f.tried, tried)
	}
}

func (f *finder) tell(e Event) {
	if f.Progress == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Progress(e)
}

// missing returns the indices of the files not found yet.
func (f *finder) missing() (m []int) {
	for i, b := range f.content {
		if b == nil {
			m = append(m, i)
		}
	}
	return m
}

func (f *finder) unavailable(missing []string) error {
	e := &UnavailableError{Name: f.Name, Missing: missing, Tried: f.tried}
	if f.home == "" {
		e.Tried = append([]string{"INGOT_DATA: not set"}, e.Tried...)
	}
	if f.Offline {
		e.Tried = append(e.Tried, "the network: not tried, as asked")
	}
	if f.Cache != "" {
		e.Put = filepath.Join(f.Cache, f.Name)
	}
	return e
}
