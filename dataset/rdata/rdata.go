// Package rdata reads data frames from the files that R's packages carry: the lazy-load pairs NAME.rdx and NAME.rdb, in
// R's XDR serialisation of versions 2 and 3.
//
// It reads what data frames are made of (vectors, factors, lists, attributes) and skips over the rest. Source of the format:
// R Internals, section 1.8, "Serialization Formats".
package rdata

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Value is an R vector, list or anything else. What it isn't made of is nil.
type Value struct {
	Ints    []int32 // logical vectors, too; NAInt where missing
	Floats  []float64
	Strings []string
	Missing []bool // of Strings
	List    []*Value
	Tags    []string // names of a pairlist's List
	Attr    map[string]*Value
	Logical bool // Ints are 0 and 1
}

// NAInt is R's missing integer and logical.
const NAInt = math.MinInt32

// Len returns the number of elements.
func (v *Value) Len() int { return max(len(v.Ints), len(v.Floats), len(v.Strings), len(v.List)) }

// strings returns an attribute's strings, or nil.
func (v *Value) strings(attr string) []string {
	if a := v.Attr[attr]; a != nil {
		return a.Strings
	}
	return nil
}

// Types of R's internal objects (SEXPTYPE) and of the format's own codes that a data frame may hold.
const (
	typeSymbol      = 1
	typePairlist    = 2
	typeClosure     = 3
	typeEnvironment = 4
	typePromise     = 5
	typeLanguage    = 6
	typeSpecial     = 7
	typeBuiltin     = 8
	typeChar        = 9
	typeLogical     = 10
	typeInteger     = 13
	typeReal        = 14
	typeString      = 16
	typeVector      = 19
	typeExpression  = 20
	typeRaw         = 24
	typeAltRep      = 238
	typeBaseEnv     = 241
	typeEmptyEnv    = 242
	typeNamespace   = 249
	typeGlobalEnv   = 253
	typeNull        = 254
	typeReference   = 255
)

// Flags of an item, above its type.
const (
	hasAttributes = 1 << 9
	hasTag        = 1 << 10
)

// maxDepth bounds how deep values lie in one another.
const maxDepth = 200

// decoder reads one serialisation. It panics with a formatError, which Parse makes an error of: items lie in one another, and
// a check after each would hide what the format is.
type decoder struct {
	b     []byte
	at    int
	depth int
	refs  []*Value // symbols and environments, which later items refer to
}

type formatError struct{ error }

func (d *decoder) fail(format string, args ...any) {
	panic(formatError{fmt.Errorf("byte %d: "+format, append([]any{d.at}, args...)...)})
}

// Parse reads one serialised value: its bytes begin with "X\n".
func Parse(b []byte) (v *Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(formatError)
			if !ok {
				panic(r)
			}
			v, err = nil, fmt.Errorf("rdata: %w", f.error)
		}
	}()
	d := &decoder{b: b}
	if string(d.take(2)) != "X\n" {
		return nil, errors.New(`rdata: it doesn't begin with "X\n": only the XDR format is read`)
	}
	switch version := d.int(); version {
	case 2:
		d.take(8) // versions of R: the writer's, and the oldest that can read it
	case 3:
		d.take(8)
		d.take(d.count(1)) // the native encoding's name
	default:
		d.fail("serialisation version %d, want 2 or 3", version)
	}
	return d.item(), nil
}

func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.b)-d.at {
		d.fail("%d bytes are wanted, %d are left", n, len(d.b)-d.at)
	}
	b := d.b[d.at : d.at+n]
	d.at += n
	return b
}

func (d *decoder) int() int32 { return int32(binary.BigEndian.Uint32(d.take(4))) }

// count reads a length, of elements that take size bytes at least.
func (d *decoder) count(size int) int {
	n := int(d.int())
	if n < 0 || n > (len(d.b)-d.at)/size {
		d.fail("a length of %d, with %d bytes left", n, len(d.b)-d.at)
	}
	return n
}

// item reads one value with what belongs to it.
func (d *decoder) item() *Value {
	if d.depth++; d.depth > maxDepth {
		d.fail("values lie more than %d deep in one another", maxDepth)
	}
	defer func() { d.depth-- }()
	flags := d.int()
	switch kind := flags & 0xff; kind {
	case typeNull, typeGlobalEnv, typeBaseEnv, typeEmptyEnv, 247, 248, 250, 251, 252:
		return &Value{}
	case typeReference:
		return d.reference(flags >> 8)
	case typeSymbol:
		v := d.item()
		d.refs = append(d.refs, v)
		return v
	case typeEnvironment:
		return d.environment()
	case typeNamespace:
		d.int()
		v := &Value{Strings: d.strings()}
		d.refs = append(d.refs, v)
		return v
	case typePairlist, typeLanguage, typeClosure, typePromise:
		return d.pairs(flags)
	case typeAltRep:
		return d.altRep()
	default:
		v := d.vector(kind)
		if flags&hasAttributes != 0 && kind != typeChar {
			v.Attr = d.item().byTag()
		}
		return v
	}
}

func (d *decoder) reference(n int32) *Value {
	if n == 0 {
		n = d.int()
	}
	if n < 1 || int(n) > len(d.refs) {
		d.fail("a reference to item %d of %d", n, len(d.refs))
	}
	return d.refs[n-1]
}

// environment is read over: a data frame's values don't lie in one.
func (d *decoder) environment() *Value {
	v := &Value{}
	d.refs = append(d.refs, v)
	d.int() // locked
	for range 4 {
		d.item()
	}
	return v
}

func (d *decoder) strings() []string {
	n := d.count(4)
	s := make([]string, n)
	for i := range s {
		if v := d.item(); len(v.Strings) == 1 {
			s[i] = v.Strings[0]
		}
	}
	return s
}

// pairs reads a pairlist's cells, one after the other.
func (d *decoder) pairs(flags int32) *Value {
	v := &Value{}
	for {
		if flags&hasAttributes != 0 {
			d.item()
		}
		tag := ""
		if flags&hasTag != 0 {
			if t := d.item(); len(t.Strings) == 1 {
				tag = t.Strings[0]
			}
		}
		v.List, v.Tags = append(v.List, d.item()), append(v.Tags, tag)
		if kind := flags & 0xff; kind == typeClosure || kind == typePromise {
			d.item() // what isn't a list has one more item
			return v
		}
		switch next := d.int(); next & 0xff {
		case typeNull:
			return v
		case typePairlist, typeLanguage:
			flags = next
		default: // a pair whose second half isn't a list
			d.at -= 4
			v.List, v.Tags = append(v.List, d.item()), append(v.Tags, "")
			return v
		}
	}
}

// byTag returns a pairlist's items by their names.
func (v *Value) byTag() map[string]*Value {
	m := map[string]*Value{}
	for i, tag := range v.Tags {
		m[tag] = v.List[i]
	}
	return m
}

// vector reads the elements of a type.
func (d *decoder) vector(kind int32) *Value {
	switch kind {
	case typeChar:
		n := d.int()
		if n == -1 {
			return &Value{Strings: []string{""}, Missing: []bool{true}}
		}
		return &Value{Strings: []string{string(d.take(int(n)))}, Missing: []bool{false}}
	case typeLogical, typeInteger:
		v := &Value{Ints: make([]int32, d.count(4)), Logical: kind == typeLogical}
		for i := range v.Ints {
			v.Ints[i] = d.int()
		}
		return v
	case typeReal:
		v := &Value{Floats: make([]float64, d.count(8))}
		for i := range v.Floats {
			v.Floats[i] = math.Float64frombits(binary.BigEndian.Uint64(d.take(8)))
		}
		return v
	case typeString:
		n := d.count(4)
		v := &Value{Strings: make([]string, n), Missing: make([]bool, n)}
		for i := range n {
			c := d.item()
			if len(c.Strings) != 1 || len(c.Missing) != 1 {
				d.fail("element %d of a string vector isn't a string", i)
			}
			v.Strings[i], v.Missing[i] = c.Strings[0], c.Missing[0]
		}
		return v
	case typeVector, typeExpression:
		n := d.count(4)
		v := &Value{List: make([]*Value, n)}
		for i := range v.List {
			v.List[i] = d.item()
		}
		return v
	case typeRaw, typeSpecial, typeBuiltin:
		d.take(d.count(1))
		return &Value{}
	}
	d.fail("an item of type %d, which a data frame doesn't hold", kind)
	return nil
}

// altRep reads a vector that is kept in a compact form: 1:n, or another vector with notes on it.
func (d *decoder) altRep() *Value {
	info, state, attr := d.item(), d.item(), d.item()
	class := ""
	if len(info.List) > 0 && len(info.List[0].Strings) == 1 {
		class = info.List[0].Strings[0]
	}
	var v *Value
	switch class {
	case "compact_intseq":
		if len(state.Floats) != 3 || !(state.Floats[0] >= 0 && state.Floats[0] <= math.MaxInt32) {
			d.fail("a compact sequence with the state %v", state.Floats)
		}
		if n := int(state.Floats[0]); n > 1<<26 {
			d.fail("a compact sequence of %d elements", n)
		}
		v = &Value{Ints: make([]int32, int(state.Floats[0]))}
		for i := range v.Ints {
			v.Ints[i] = int32(state.Floats[1] + float64(i)*state.Floats[2])
		}
	case "wrap_real", "wrap_string", "wrap_integer", "wrap_logical":
		if len(state.List) == 0 {
			d.fail("an empty %s", class)
		}
		v = state.List[0]
	default:
		d.fail("a vector in the form %q, which isn't known", class)
	}
	if v.Attr == nil {
		v.Attr = attr.byTag()
	}
	return v
}
