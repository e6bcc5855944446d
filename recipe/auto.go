package recipe

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// auto is what a Count or Bytes of 0 is written as: Ingot chooses.
const auto = "auto"

// Count is a whole number of at least 1, or 0, which is written auto.
type Count int

// String returns "auto" or the number.
func (c Count) String() string {
	if c == 0 {
		return auto
	}
	return strconv.Itoa(int(c))
}

func parseCount(n *yaml.Node) (Count, error) {
	if n.Kind == yaml.ScalarNode && n.Value == auto {
		return 0, nil
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || !number(n) || v < 1 {
		return 0, wrongType(n, "auto or a whole number of at least 1")
	}
	return Count(v), nil
}

// Bytes is an amount of memory, or 0, which is written auto.
type Bytes int64

// byteUnits are the units that an amount may have, the larger of each kind first.
var byteUnits = []struct {
	name string
	size int64
}{
	{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10},
	{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"kB", 1e3}, {"B", 1},
}

// String returns "auto", or the amount in the largest binary unit that it is a multiple of: 1536MiB.
func (b Bytes) String() string {
	if b == 0 {
		return auto
	}
	for _, u := range byteUnits[:4] {
		if int64(b)%u.size == 0 {
			return fmt.Sprintf("%d%s", int64(b)/u.size, u.name)
		}
	}
	return fmt.Sprintf("%dB", int64(b))
}

// leastMemory refuses less than the program takes before it has data.
func leastMemory(v any) error {
	if b := v.(Bytes); b != 0 && b < 24<<20 {
		return fmt.Errorf("the program alone takes more than %v; want auto, or at least 24MiB", b)
	}
	return nil
}

func parseBytes(n *yaml.Node) (Bytes, error) {
	if n.Kind == yaml.ScalarNode && n.Value == auto {
		return 0, nil
	}
	const want = "auto, or an amount of memory with its unit such as 512MiB or 1.5GB"
	if n.Kind != yaml.ScalarNode {
		return 0, wrongType(n, want)
	}
	for _, u := range byteUnits {
		text, ok := strings.CutSuffix(n.Value, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if v *= float64(u.size); err != nil || !(v >= 1 && v < math.MaxInt64) {
			return 0, wrongType(n, want)
		}
		return Bytes(v), nil
	}
	return 0, wrongType(n, want)
}
