package cli

import "time"

// asDuration turns seconds into a Duration.
func asDuration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
