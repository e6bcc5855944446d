package lint

import (
	"os"
	"testing"
)

// TestModule holds this module to the rules.
func TestModule(t *testing.T) {
	found, err := Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}
