// Package cli is the command line: one file per verb. Results go to stdout, progress and errors to stderr; with --json,
// stdout holds exactly one JSON object (predict: one a row) and nothing else.
package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/data/idx"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/recipe"
)

// begun is when the process began, as near as Go code can tell.
var begun = time.Now()

// quietFlag leaves out what is for people to read: progress, and the report on stdout.
const quietFlag = "--quiet"

// The exit codes.
const (
	exitOK          = 0
	exitRun         = 1
	exitConfig      = 2
	exitData        = 3
	exitInterrupted = 130
)

// verb is one command.
type verb struct {
	name     string
	args     string // of the usage line
	summary  string // one line
	help     string // paragraphs, ending with examples
	run      func(ctx context.Context, c *call) error
	min, max int      // positional arguments; max −1: any number
	settings bool     // takes key=value, after the positional arguments that there must be
	flags    []string // besides --json and --help
}

// verbs is filled by init: help lists them, and is one.
var verbs []verb

func init() {
	verbs = []verb{
		trainVerb, resumeVerb, planVerb, initVerb, adviseVerb, checkVerb, evalVerb, cvVerb, curveVerb, compareVerb, reportVerb, predictVerb, exportVerb, explainVerb, generateVerb, runsVerb, dataVerb, configVerb, doctorVerb, benchVerb, completionVerb, versionVerb, helpVerb,
	}
}

// call is one use of a verb.
type call struct {
	args     []string // positional
	settings []string // key=value
	flags    []string // of the verb's
	json     bool
	quiet    bool // nothing for people but warnings and errors
	out, err io.Writer
	verb     *verb
}

// failure is an error with its kind, which decides the exit code.
type failure struct {
	kind string // "config", "data", "run"
	file string
	line int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// answered is an error whose result is on stdout already.
type answered struct{ error }

func (a answered) Unwrap() error { return a.error }

func configError(err error) error { return kindOf("config", err) }
func dataError(err error) error   { return kindOf("data", err) }

// kindOf gives an error a kind, unless it has one.
func kindOf(kind string, err error) error {
	if f := (*failure)(nil); err == nil || errors.As(err, &f) {
		return err
	}
	return &failure{kind: kind, err: err}
}

// fileError is bad data in a file.
func fileError(file string, err error) error {
	if err == nil {
		return nil
	}
	return &failure{kind: "data", file: file, err: err}
}

func usagef(format string, args ...any) error { return configError(fmt.Errorf(format, args...)) }

// classify gives an error its kind where the verb didn't.
func classify(err error) *failure {
	var f *failure
	var r *recipe.Error
	switch {
	case err.Error() == context.Canceled.Error():
		return &failure{kind: "run", err: &interrupted{stopped: "interrupted"}}
	case errors.As(err, &r):
		return &failure{"config", r.File, r.Line, err}
	case errors.As(err, &f):
		return &failure{f.kind, cmp.Or(f.file, fileOf(err)), f.line, err}
	case errors.Is(err, fs.ErrNotExist):
		return &failure{kind: "data", file: fileOf(err), err: err}
	}
	return &failure{kind: "run", file: fileOf(err), err: err}
}

// fileOf is the file that an error is about, where it knows.
func fileOf(err error) string {
	var (
		damaged *dataset.DamagedError
		idxErr  *idx.Error
		bundled *bundle.Error
		path    *fs.PathError
	)
	switch {
	case errors.As(err, &damaged):
		return damaged.Path
	case errors.As(err, &idxErr):
		return idxErr.File
	case errors.As(err, &bundled):
		return bundled.File
	case errors.As(err, &path):
		return path.Path
	}
	return ""
}

func exitCode(f *failure) int {
	switch {
	case errors.Is(f, context.Canceled):
		return exitInterrupted
	case f.kind == "config":
		return exitConfig
	case f.kind == "data":
		return exitData
	}
	return exitRun
}

// results is stdout; it keeps the first error, so that a result that was lost isn't taken for one that was written.
type results struct {
	w   io.Writer
	err error
}

func (r *results) Write(p []byte) (int, error) {
	n, err := r.w.Write(p)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("the result can't be written: %w", err)
	}
	return n, err
}

// Main runs one command line and returns its exit code.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	out := &results{w: stdout}
	c := &call{out: out, err: stderr}
	err := c.main(ctx, args)
	if err == nil {
		err = out.err
	}
	if err == nil {
		return exitOK
	}
	f := classify(err)
	fmt.Fprintln(stderr, "ingot:", f)
	if c.json && !errors.As(err, new(answered)) {
		var o struct {
			Error struct {
				Kind    string `json:"kind"`
				Message string `json:"message"`
				File    string `json:"file,omitempty"`
				Line    int    `json:"line,omitempty"`
			} `json:"error"`
		}
		o.Error.Kind, o.Error.Message, o.Error.File, o.Error.Line = f.kind, f.Error(), f.file, f.line
		if err := c.printJSON(o); err != nil {
			fmt.Fprintln(stderr, "ingot:", err)
		}
	}
	return exitCode(f)
}

func (c *call) main(ctx context.Context, args []string) error {
	c.json = slices.Contains(args, "--json")
	if err := cpu.InitError(); err != nil {
		return configError(err)
	}
	if len(args) == 0 {
		return usagef("no verb is given\n\n%s", overview())
	}
	name, rest := args[0], args[1:]
	switch name {
	case "--help", "-h", "-help":
		name = "help"
	case "--version", "-version":
		name = "version"
	}
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == name })
	if i < 0 {
		return usagef("unknown verb %q%s; `ingot help` lists them%s", name, recipe.DidYouMean(name, verbNames()), shortHint(name))
	}
	v := &verbs[i]
	if v.name == completionVerb.name && len(rest) > 0 && rest[0] == "words" { // of the scripts
		for _, s := range completions(rest[1:]) {
			fmt.Fprintln(c.out, s)
		}
		return nil
	}
	if slices.ContainsFunc(rest, func(a string) bool { return a == "--help" || a == "-h" || a == "-help" }) {
		return c.tell(v)
	}
	if err := c.parse(v, rest); err != nil {
		return err
	}
	return v.run(ctx, c)
}

func verbNames() []string {
	var names []string
	for _, v := range verbs {
		names = append(names, v.name)
	}
	return names
}

// shortHint helps who gave a recipe for a verb.
func shortHint(name string) string {
	if slices.Contains(recipe.Names(), name) {
		return fmt.Sprintf("; to train the recipe: ingot train %s", name)
	}
	return ""
}

// parse sorts arguments into positional ones, settings and flags.
func (c *call) parse(v *verb, args []string) error {
	c.verb = v
	for _, a := range args {
		switch {
		case a == "--json":
		case slices.Contains(v.flags, a):
			c.flags = append(c.flags, a)
		case strings.HasPrefix(a, "-") && a != "-":
			flags := append(slices.Clone(v.flags), "--json")
			return usagef("%s has no flag %s%s; settings are key=value, and the flags are %s and --help", v.name, a, recipe.DidYouMean(a, flags), strings.Join(flags, ", "))
		case v.settings && len(c.args) >= v.min && strings.Contains(a, "="):
			c.settings = append(c.settings, a)
		default:
			c.args = append(c.args, a)
		}
	}
	c.quiet = slices.Contains(c.flags, quietFlag)
	if n := len(c.args); n < v.min || v.max >= 0 && n > v.max {
		return c.usage()
	}
	return nil
}

// usage is the error for arguments that don't fit the verb.
func (c *call) usage() error {
	return usagef("usage: %s\n(`ingot %s --help` tells more)", c.verb.line(), c.verb.name)
}

// line is a verb's usage line.
func (v *verb) line() string { return strings.TrimSpace("ingot " + v.name + " " + v.args) }

// usage is a verb's help text.
func (v *verb) usage() string {
	return fmt.Sprintf("usage: %s\n\n%s.\n\n%s", v.line(), v.summary, v.help)
}

// printJSON writes one object on one line.
func (c *call) printJSON(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = c.out.Write(append(b, '\n'))
	return err
}

// printf writes a result for people.
func (c *call) printf(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.out, format, args...)
	}
}

// note writes to stderr.
func (c *call) note(format string, args ...any) { fmt.Fprintf(c.err, format, args...) }
