package recipe

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// auto is what a Count of 0 is written as: Ingot chooses.
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
