//go:build !noasm

package cpu

import (
	"encoding/binary"
	"slices"
	"strings"
)

// cpuid executes CPUID with EAX=leaf, ECX=sub.
//
//go:noescape
func cpuid(leaf, sub uint32) (eax, ebx, ecx, edx uint32)

// xgetbv returns the low half of XCR0: the register states that the operating system saves.
//
//go:noescape
func xgetbv() (eax uint32)

// XCR0 bits (Intel SDM vol. 1, section 13.3).
const (
	stateAVX    = 1<<1 | 1<<2                   // XMM, YMM
	stateAVX512 = stateAVX | 1<<5 | 1<<6 | 1<<7 // opmask, upper ZMM0-15, ZMM16-31
)

// extensions holds where CPUID reports each one (Intel SDM vol. 2A, CPUID) and the state it needs.
var extensions = []struct {
	name          string
	leaf, sub     uint32
	register, bit int // register: 0 EAX, 1 EBX, 2 ECX, 3 EDX
	state         uint32
}{
	{"avx", 1, 0, 2, 28, stateAVX},
	{"avx2", 7, 0, 1, 5, stateAVX},
	{"avx512_bf16", 7, 1, 0, 5, stateAVX512},
	{"avx512_vnni", 7, 0, 2, 11, stateAVX512},
	{"avx512bw", 7, 0, 1, 30, stateAVX512},
	{"avx512dq", 7, 0, 1, 17, stateAVX512},
	{"avx512f", 7, 0, 1, 16, stateAVX512},
	{"avx512vl", 7, 0, 1, 31, stateAVX512},
	{"f16c", 1, 0, 2, 29, stateAVX},
	{"fma", 1, 0, 2, 12, stateAVX},
}

func detect() description {
	var d description
	highest, _, _, _ := cpuid(0, 0)
	_, _, ecx, _ := cpuid(1, 0)
	var state uint32
	if ecx>>27&1 == 1 { // OSXSAVE: XGETBV may be executed
		state = xgetbv()
	}
	for _, x := range extensions {
		if x.leaf > highest || state&x.state != x.state {
			continue
		}
		if x.sub > 0 {
			if most, _, _, _ := cpuid(x.leaf, 0); x.sub > most {
				continue
			}
		}
		var r [4]uint32
		r[0], r[1], r[2], r[3] = cpuid(x.leaf, x.sub)
		if r[x.register]>>x.bit&1 == 1 {
			d.features = append(d.features, x.name)
		}
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(s string) bool { return !slices.Contains(d.features, s) })
	}
	if has("avx", "avx2", "fma", "f16c") {
		d.best = AVX2
		if has("avx512f", "avx512bw", "avx512vl", "avx512dq") {
			d.best = AVX512
		}
	}
	d.model = brand()
	return d
}

// brand reads the 48-byte name in leaves 0x80000002 to 0x80000004.
func brand() string {
	const first, last = 0x80000002, 0x80000004
	if most, _, _, _ := cpuid(0x80000000, 0); most < last {
		return ""
	}
	var text []byte
	for leaf := uint32(first); leaf <= last; leaf++ {
		a, b, c, d := cpuid(leaf, 0)
		for _, r := range [...]uint32{a, b, c, d} {
			text = binary.LittleEndian.AppendUint32(text, r)
		}
	}
	return strings.Join(strings.Fields(strings.TrimRight(string(text), "\x00")), " ")
}
