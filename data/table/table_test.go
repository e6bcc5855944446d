package table

import "testing"

func TestKindNames(t *testing.T) {
	for k := Number; k <= Image; k++ {
		if got, err := ParseKind(k.String()); err != nil || got != k {
			t.Errorf("%v comes back as %v, %v", k, got, err)
		}
	}
	if _, err := ParseKind("float"); err == nil {
		t.Error("type float is taken")
	}
}
