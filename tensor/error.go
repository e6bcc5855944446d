package tensor

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Error is the one error for misuse of tensors, ops and layers: shapes that don't fit, a wrong dtype, an index out of
// range. Code below a boundary (a step, Fit, a server's handler) panics with it; the boundary returns it.
type Error struct {
	Op       string // "op.Linear", or empty
	Caller   string // "mlp.go:14": the first caller outside Ingot's own tensor, grad, op, nn, optim and internal packages
	Operands string // "x [32 784], fc2.weight [10 128]"
	Msg      string // what was found, what was wanted, what to do
	Err      error  // what it wraps, or nil
}

// Error returns "op.Linear at mlp.go:14: x [32 784], fc2.weight [10 128]: x has 784 features, weight wants 128".
func (e *Error) Error() string {
	var b strings.Builder
	part := func(sep, s string) {
		if s == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString(sep)
		}
		b.WriteString(s)
	}
	part("", e.Op)
	if e.Caller != "" {
		if e.Op == "" {
			part("", e.Caller)
		} else {
			part(" at ", e.Caller)
		}
	}
	part(": ", e.Operands)
	part(": ", e.Msg)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error that names its caller.
func Errorf(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Caller: Caller(), Msg: err.Error(), Err: unwrap(err)}
}

func unwrap(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// Recover turns a panic with an *Error into *err; other panics, our bugs, go on. Boundaries defer it.
func Recover(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

const module = "github.com/ingot-ml/ingot/"

// own are the packages that an error's caller is looked for outside of.
var own = []string{"tensor", "grad", "op", "nn", "optim", "internal/"}

// Caller returns file:line of the first caller outside Ingot's own machinery; test files count as outside. An op that a
// user has defined is machinery, too: where its Def fails by grad's Call.Fail, its function's caller is named.
func Caller() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	var user userOp
	for {
		f, more := frames.Next()
		if !user.has(f) && !inside(f) {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// userOp follows the frames of an op defined outside Ingot, from the inside out: Call.Fail, its Def's functions, the
// machinery that called them, and the function, in the same file, that applied the Def.
type userOp struct {
	file   string // of the Def; empty: there is none, or it is behind us
	before string // the function of the frame before
	left   bool   // its Def's functions are behind us
}

// has reports whether the next frame is the op's own.
func (u *userOp) has(f runtime.Frame) bool {
	before := u.before
	u.before = f.Function
	switch {
	case before == module+"grad.(*Call).Fail" && !inside(f):
		u.file = f.File
		return true
	case u.file == "":
		return false
	case !u.left:
		u.left = inside(f)
		return true
	case inside(f):
		return false
	}
	own := f.File == u.file && strings.HasPrefix(before, module+"grad.(*Def[")
	u.file = ""
	return own
}

func inside(f runtime.Frame) bool {
	if strings.HasSuffix(f.File, "_test.go") {
		return false
	}
	if f.Function == "" || strings.HasPrefix(f.Function, "runtime.") {
		return true
	}
	path, ok := strings.CutPrefix(f.Function, module)
	if !ok {
		return false
	}
	for _, p := range own {
		if rest, ok := strings.CutPrefix(path, p); ok && (strings.HasSuffix(p, "/") || strings.IndexAny(rest, "./") == 0) {
			return true
		}
	}
	return false
}
