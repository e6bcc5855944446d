package fault

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// node is a file or a folder of the model: what is certainly on the disk, what the programs see, and the changes between the two.
type node struct {
	dir bool

	synced, live []byte   // of a file
	changes      []change // since its last sync

	durable, names map[string]*node // of a folder
	moves          []move           // since its last sync
}

// change is a write, or a cut where data is nil.
type change struct {
	at   int64
	data []byte
}

// move sets names of a folder, in one step; nil takes one away.
type move map[string]*node

func newFolder() *node {
	return &node{dir: true, durable: map[string]*node{}, names: map[string]*node{}}
}

// load reads a real folder as a model in which everything is durable.
func load(dir string) (*node, error) {
	n := newFolder()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		var child *node
		if e.IsDir() {
			child, err = load(at)
		} else {
			child = &node{}
			child.synced, err = os.ReadFile(at)
			child.live = child.synced
		}
		if err != nil {
			return nil, err
		}
		n.durable[e.Name()], n.names[e.Name()] = child, child
	}
	return n, nil
}

// model is a disk: its tree, and the files that are open.
type model struct {
	root *node
	open map[int]*handle
}

type handle struct {
	n      *node
	end    bool // writes go to the end
	offset int64
}

// replay makes the calls of a journal.
func (m *model) replay(journal []record) error {
	for i := range journal {
		r := &journal[i]
		if !r.done {
			continue
		}
		if err := m.apply(r); err != nil {
			return fmt.Errorf("fault: call %d, %v: %w", i+1, r, err)
		}
	}
	return nil
}

// find returns the folder of p and p's name in it.
func (m *model) find(p string) (parent *node, name string, err error) {
	parent = m.root
	if dir := path.Dir(p); dir != "." {
		if parent, err = m.at(dir); err != nil {
			return nil, "", err
		}
	}
	return parent, path.Base(p), nil
}

func (m *model) at(p string) (*node, error) {
	if p == "." {
		return m.root, nil
	}
	parent, name, err := m.find(p)
	if err != nil {
		return nil, err
	}
	n := parent.names[name]
	if n == nil {
		return nil, fmt.Errorf("the model has no %s", p)
	}
	return n, nil
}

// set moves names of a folder.
func (n *node) set(mv move) {
	for name, to := range mv {
		if to == nil {
			delete(n.names, name)
		} else {
			n.names[name] = to
		}
	}
	n.moves = append(n.moves, mv)
}

func (m *model) apply(r *record) error {
	if r.op == "syncdir" && r.path == ".." { // of the folder that all of this is in
		return nil
	}
	if r.handle > 0 && m.open[r.handle] != nil {
		return m.applyFile(r, m.open[r.handle])
	}
	if r.op == "syncdir" {
		n, err := m.at(r.path)
		if err == nil {
			n.durable, n.moves = maps.Clone(n.names), nil
		}
		return err
	}
	parent, name, err := m.find(r.path)
	if err != nil {
		return err
	}
	switch r.op {
	case "create", "open", "lock":
		n := parent.names[name]
		if n == nil {
			n = &node{}
			parent.set(move{name: n})
		}
		m.open[r.handle] = &handle{n: n, end: r.op == "open"}
	case "mkdir":
		parent.set(move{name: newFolder()})
	case "remove":
		parent.set(move{name: nil})
	case "rename":
		to, toName, err := m.find(r.to)
		if err != nil {
			return err
		}
		if to != parent {
			return fmt.Errorf("the model knows renaming within a folder only")
		}
		parent.set(move{name: nil, toName: parent.names[name]})
	}
	return nil
}

func (m *model) applyFile(r *record, h *handle) error {
	n := h.n
	switch r.op {
	case "write":
		if h.end {
			h.offset = int64(len(n.live))
		}
		c := change{h.offset, r.data}
		n.live = c.apply(n.live)
		n.changes = append(n.changes, c)
		h.offset += int64(len(r.data))
	case "truncate":
		c := change{r.size, nil}
		n.live = c.apply(n.live)
		n.changes = append(n.changes, c)
	case "sync":
		n.synced, n.changes = n.live, nil
	}
	return nil
}

// apply returns b as the change makes it, and leaves b as it is.
func (c change) apply(b []byte) []byte {
	if c.data == nil {
		r := make([]byte, c.at)
		copy(r, b)
		return r
	}
	r := make([]byte, max(len(b), int(c.at)+len(c.data)))
	copy(r, b)
	copy(r[c.at:], c.data)
	return r
}

// survivors says what of that which wasn't synced a crash leaves.
type survivors struct {
	name        string
	names, data fate
	seed        uint64 // of the fate random
}

type fate int

const (
	lost   fate = iota
	kept        // all of it
	random      // any part, in any order; of a write any blocks, and junk in place of others
)

// choices are the crashes that are tried: the four corners, then so many random ones.
func choices(seeds int) []survivors {
	r := []survivors{
		{"nothing unsynced survived", lost, lost, 0},
		{"all survived", kept, kept, 0},
		{"names survived and data didn't", kept, lost, 0},
		{"data survived and names didn't", lost, kept, 0},
	}
	for seed := range seeds {
		r = append(r, survivors{fmt.Sprintf("random survivors, seed %d", seed), random, random, uint64(seed)})
	}
	return r
}

// write puts what survived of the model into the real folder dir.
func (s survivors) write(n *node, dir string) error {
	return s.tree(n, dir, &dice{s.seed})
}

func (s survivors) tree(n *node, dir string, rnd *dice) error {
	names := s.entries(n, rnd)
	for _, name := range slices.Sorted(maps.Keys(names)) { // the same for a seed
		child, at := names[name], filepath.Join(dir, name)
		var err error
		if child.dir {
			if err = os.Mkdir(at, 0o777); err == nil {
				err = s.tree(child, at, rnd)
			}
		} else {
			err = os.WriteFile(at, s.content(child, rnd), 0o666)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// entries are the names that survived in a folder. A move is done as a whole, and not before those of the same names that
// came earlier.
func (s survivors) entries(n *node, rnd *dice) map[string]*node {
	switch s.names {
	case lost:
		return n.durable
	case kept:
		return n.names
	}
	names, blocked := maps.Clone(n.durable), map[string]bool{}
	for _, mv := range n.moves {
		ok := rnd.IntN(3) > 0
		for name := range mv {
			ok = ok && !blocked[name]
		}
		for name, to := range mv {
			switch {
			case !ok:
				blocked[name] = true
			case to == nil:
				delete(names, name)
			default:
				names[name] = to
			}
		}
	}
	return names
}

// block is the unit in which a disk tears.
const block = 512

// content is what survived of a file.
func (s survivors) content(n *node, rnd *dice) []byte {
	switch s.data {
	case lost:
		return n.synced
	case kept:
		return n.live
	}
	b := n.synced
	for _, c := range n.changes {
		switch {
		case rnd.IntN(3) == 0: // never came to the disk
		case c.data == nil || rnd.IntN(2) == 0: // whole
			b = c.apply(b)
		default:
			b = c.torn(rnd).apply(b)
		}
	}
	return b
}

// torn is the write with its first blocks, or with some of its blocks as zeros or as junk, as if only the file's new length had come to the disk.
func (c change) torn(rnd *dice) change {
	data := slices.Clone(c.data)
	if rnd.IntN(2) == 0 {
		return change{c.at, data[:rnd.IntN(len(data)+1)]}
	}
	for from := 0; from < len(data); from += block {
		part := data[from:min(from+block, len(data))]
		switch rnd.IntN(3) {
		case 0:
			clear(part)
		case 1:
			for i := range part {
				part[i] = byte(rnd.IntN(256))
			}
		}
	}
	return change{c.at, data}
}

// dice is splitmix64: the same throws for a seed. Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators".
type dice struct{ state uint64 }

// IntN returns a number below n.
func (d *dice) IntN(n int) int {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}
