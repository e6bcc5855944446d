package simd

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// FlushSubnormals runs body with subnormal numbers, those below 2⁻¹²⁶, read and written as zeros, and puts the mode back:
// arithmetic on them is many times slower. Assembly isn't preempted, so that no other code sees the mode.
func FlushSubnormals(body func()) {
	const flushToZero, subnormalsAreZero = 1 << 15, 1 << 6
	was, now := AllocLocal(8), GP32()
	STMXCSR(was)
	MOVL(was, now)
	ORL(U32(flushToZero|subnormalsAreZero), now)
	set := was.Offset(4)
	MOVL(now, set)
	LDMXCSR(set)
	body()
	LDMXCSR(was)
}
