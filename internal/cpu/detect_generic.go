//go:build noasm || !amd64

package cpu

func detect() description { return description{best: Go} }
