//go:build !noasm

package cpu

// Fetch asks for b to be brought into the first cache and doesn't wait for it.
func Fetch(b []byte) {
	if len(b) > 0 {
		fetch(&b[0], len(b))
	}
}

//go:noescape
func fetch(p *byte, n int)
