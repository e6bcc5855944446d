// Package fault puts a bad disk under the writers of the module: one that refuses, tears or loses what it is asked at any call,
// fills up, dies, or crashes and keeps only what was synced. It is for tests; no program is linked with it.
//
// A [Disk] stands on the real file system of a temporary folder and records every call. [Run] makes a writer fail at each
// of its calls in each way, and replays a crash after each; what is left is given to the readers.
package fault

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/ingot-ml/ingot/internal/fs"
)

// How is the way in which a call fails.
type How int

// The ways of failing.
const (
	Refused How = iota // the call does nothing and says EIO
	Torn               // a write keeps half of its bytes, another call does all that it should; both say EIO
	Full               // from this call on, what takes space says ENOSPC; a write keeps half of its bytes
	Dead               // from this call on, every call says EIO and does nothing
	ways
)

// String names the way.
func (h How) String() string { return [ways]string{"refused", "torn", "full", "dead"}[h] }

// record is a call as the model of a crash sees it: what it did, not what it was asked.
type record struct {
	op       string
	path, to string
	handle   int
	data     []byte
	size     int64
	done     bool // it changed something
}

func (r *record) String() string {
	switch {
	case r.to != "":
		return fmt.Sprintf("%s of %s to %s", r.op, r.path, r.to)
	case r.op == "write":
		return fmt.Sprintf("write of %d bytes to %s", len(r.data), r.path)
	}
	return r.op + " of " + r.path
}

// Disk is a fs.System that keeps all below a folder, records what it does, and fails as it is told. It syncs nothing: what a
// sync would have kept is the model's to say.
type Disk struct {
	fs.OS
	base    string
	mu      sync.Mutex
	journal []record
	handles int
	failAt  int // the call that fails, from 1; 0: none
	how     How
}

// newDisk returns a Disk for the folder base.
func newDisk(base string, failAt int, how How) *Disk {
	return &Disk{base: base, failAt: failAt, how: how}
}

// taking are the calls that a full disk refuses. A name that takes another's place in its folder takes no space.
var taking = map[string]bool{"create": true, "open": true, "lock": true, "mkdir": true, "write": true}

// call records a call and runs do unless the call is to fail. torn tells do to do half of a write.
func (d *Disk) call(r record, do func(r *record, torn bool) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	rel, err := filepath.Rel(d.base, r.path)
	if err != nil || !filepath.IsLocal(rel) && rel != ".." {
		return fmt.Errorf("fault: %s of %s, outside of %s", r.op, r.path, d.base)
	}
	r.path = filepath.ToSlash(rel)
	if r.to != "" {
		if rel, err = filepath.Rel(d.base, r.to); err != nil || !filepath.IsLocal(rel) {
			return fmt.Errorf("fault: rename to %s, outside of %s", r.to, d.base)
		}
		r.to = filepath.ToSlash(rel)
	}
	n := len(d.journal) + 1
	hit := d.failAt > 0 && n == d.failAt
	after := d.failAt > 0 && n >= d.failAt
	switch {
	case hit && d.how == Refused, after && d.how == Dead, after && d.how == Full && taking[r.op] && r.op != "write":
		err = syscall.EIO
	case hit && d.how == Torn, after && d.how == Full && r.op == "write":
		if err = do(&r, true); err == nil {
			err = syscall.EIO
		}
	default:
		err = do(&r, false)
	}
	if d.how == Full && errors.Is(err, syscall.EIO) {
		err = syscall.ENOSPC
	}
	d.journal = append(d.journal, r)
	return err
}

// simple is a call that is done or not.
func (d *Disk) simple(op, path, to string, do func() error) error {
	return d.call(record{op: op, path: path, to: to}, func(r *record, _ bool) error {
		err := do()
		r.done = err == nil
		return err
	})
}

// Rename implements fs.System.
func (d *Disk) Rename(a, b string) error {
	return d.simple("rename", a, b, func() error { return d.OS.Rename(a, b) })
}

// Remove implements fs.System.
func (d *Disk) Remove(path string) error {
	return d.simple("remove", path, "", func() error { return d.OS.Remove(path) })
}

// Mkdir implements fs.System.
func (d *Disk) Mkdir(path string) error {
	return d.simple("mkdir", path, "", func() error { return d.OS.Mkdir(path) })
}

// SyncDir implements fs.System.
func (d *Disk) SyncDir(path string) error {
	return d.simple("syncdir", path, "", func() error { _, err := os.Stat(path); return err })
}

// ReadDir implements fs.System.
func (d *Disk) ReadDir(path string) (entries []os.DirEntry, err error) {
	err = d.simple("readdir", path, "", func() error { entries, err = d.OS.ReadDir(path); return err })
	return entries, err
}

// Create implements fs.System.
func (d *Disk) Create(path string) (fs.File, error) { return d.open("create", path, d.OS.Create) }

// OpenLog implements fs.System.
func (d *Disk) OpenLog(path string) (fs.File, error) { return d.open("open", path, d.OS.OpenLog) }

// Lock implements fs.System.
func (d *Disk) Lock(path string) (fs.File, error) { return d.open("lock", path, d.OS.Lock) }

func (d *Disk) open(op, path string, open func(string) (fs.File, error)) (fs.File, error) {
	f := &file{d: d, path: path}
	err := d.call(record{op: op, path: path}, func(r *record, torn bool) (err error) {
		if f.File, err = open(path); err != nil {
			return err
		}
		d.handles++
		f.handle, r.handle, r.done = d.handles, d.handles, true
		if torn {
			return errors.Join(syscall.EIO, f.File.Close())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// file is an open file of a Disk.
type file struct {
	fs.File
	d      *Disk
	path   string
	handle int
}

func (f *file) simple(op string, size int64, do func() error) error {
	return f.d.call(record{op: op, path: f.path, handle: f.handle, size: size}, func(r *record, _ bool) error {
		err := do()
		r.done = err == nil
		return err
	})
}

func (f *file) Write(p []byte) (n int, err error) {
	err = f.d.call(record{op: "write", path: f.path, handle: f.handle}, func(r *record, torn bool) error {
		if torn {
			p = p[:len(p)/2]
		}
		n, err = f.File.Write(p)
		r.data, r.done = append([]byte(nil), p[:n]...), true
		return err
	})
	return n, err
}

func (f *file) ReadAt(p []byte, off int64) (n int, err error) {
	err = f.simple("read", 0, func() error { n, err = f.File.ReadAt(p, off); return err })
	return n, err
}

func (f *file) Stat() (info os.FileInfo, err error) {
	err = f.simple("stat", 0, func() error { info, err = f.File.Stat(); return err })
	return info, err
}

func (f *file) Truncate(size int64) error {
	return f.simple("truncate", size, func() error { return f.File.Truncate(size) })
}

func (f *file) Sync() error { return f.simple("sync", 0, func() error { return nil }) }

// Close closes the file also where it says that it can't.
func (f *file) Close() error {
	err := f.simple("close", 0, func() error { return nil })
	if cerr := f.File.Close(); err == nil {
		err = cerr
	}
	return err
}
