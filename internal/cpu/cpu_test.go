package cpu

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		text string
		best Level
		want Level
		err  string
	}{
		{"", AVX2, AVX2, ""},
		{"go", AVX512, Go, ""},
		{"avx2", AVX512, AVX2, ""},
		{"avx512", AVX512, AVX512, ""},
		{"avx512", AVX2, AVX2, "INGOT_CPU=avx512: this machine or build has avx2 at most"},
		{"AVX2", AVX2, AVX2, `INGOT_CPU="AVX2": want avx512, avx2 or go`},
		{"avx2", Go, Go, "go at most"},
	} {
		got, err := choose(c.text, c.best)
		if got != c.want {
			t.Errorf("choose(%q, %v) = %v, want %v", c.text, c.best, got, c.want)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("choose(%q, %v): error %v, want %q", c.text, c.best, err, c.err)
		}
	}
}

func TestForce(t *testing.T) {
	old := Active()
	restore := Force(Go)
	if Active() != Go {
		t.Errorf("after Force(Go): %v", Active())
	}
	restore()
	if Active() != old {
		t.Errorf("after restore: %v, want %v", Active(), old)
	}
	if Best() < AVX512 {
		defer func() {
			if recover() == nil {
				t.Error("Force above Best didn't panic")
			}
		}()
		Force(Best() + 1)
	}
}

// The kernel's own list is the oracle, where there is one.
func TestFeaturesAgainstLinux(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || runtime.GOARCH != "amd64" || len(Features()) == 0 {
		t.Skip("needs Linux on amd64 and a build with assembly")
	}
	_, flags, _ := strings.Cut(string(info), "\nflags")
	flags, _, _ = strings.Cut(flags, "\n")
	has := strings.Fields(flags)
	for _, name := range []string{"avx", "avx2", "avx512_bf16", "avx512_vnni", "avx512bw", "avx512dq", "avx512f", "avx512vl", "f16c", "fma"} {
		if slices.Contains(has, name) != slices.Contains(Features(), name) {
			t.Errorf("%s: /proc/cpuinfo has it: %v, Features: %v", name, slices.Contains(has, name), Features())
		}
	}
	if !strings.Contains(strings.Join(strings.Fields(string(info)), " "), ModelName()) {
		t.Errorf("ModelName %q isn't in /proc/cpuinfo", ModelName())
	}
}

func TestString(t *testing.T) {
	if got := AVX512.String() + " " + Level(9).String(); got != "avx512 Level(9)" {
		t.Error(got)
	}
}

// TestFetch checks that the end of memory isn't passed in a way that shows, and that nothing is written.
func TestFetch(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 1000} {
		b := bytes.Repeat([]byte{7}, n)
		Fetch(b)
		if !bytes.Equal(b, bytes.Repeat([]byte{7}, n)) {
			t.Fatalf("%d bytes were changed", n)
		}
	}
}
