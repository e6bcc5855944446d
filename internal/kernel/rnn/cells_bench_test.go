package rnn

import "testing"

// BenchmarkPasses is a pass over one row of 256 units; B/s counts what is read and written.
func BenchmarkPasses(b *testing.B) {
	for _, p := range passes {
		b.Run(p.name, func(b *testing.B) {
			s, _ := drawn(p.vectors, 256, 0)
			b.SetBytes(256)
			for b.Loop() {
				p.run(active(), s)
			}
		})
	}
}
