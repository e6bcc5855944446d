//go:build !amd64 || noasm

package cpu

// Fetch does nothing: it is a hint.
func Fetch([]byte) {}
