package lint

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// layer is a rank in the order of imports: a package imports from the layers before its own and from its own folder's tree.
type layer struct {
	folders []string
	why     string // why those after it may not be imported
}

var layers = []layer{
	{[]string{"internal/cpu", "internal/fs", "rng"}, "it stands on the standard library and the operating system alone"},
	{[]string{"internal/parallel"}, "it runs pieces of work and doesn't know what they are"},
	{[]string{"internal/kernel"}, "kernels know slices and ints only, so that each can be tested against its plain loop"},
	{[]string{"tensor"}, "a tensor is memory with a shape; it doesn't compute or differentiate"},
	{[]string{"grad"}, "the tape runs any op and so knows none"},
	{[]string{"op"}, "ops take values, so that a weight may be computed too; layers are built on them"},
	{[]string{"nn", "optim", "metric", "data", "safetensors"}, "each serves programs that use none of the others"},
	{[]string{"dataset", "model", "onnx"}, "they are used by a run and don't know that there is one"},
	{[]string{"bundle"}, "prediction needs a bundle and nothing of training"},
	{[]string{"train"}, "training knows neither kinds of jobs nor the command line"},
	{[]string{"trust"}, "it judges trained models, whatever the job is"},
	{[]string{"task", "recipe"}, "a job is described without a terminal or a server"},
	{[]string{"report"}, "it tells what others measured, and decides nothing"},
	{[]string{"serve", "internal/cli"}, "what a person or a client talks to comes last"},
	{[]string{"cmd"}, "nothing imports a program"},
}

// refused are imports that the order of layers would allow.
var refused = []struct{ from, to, why string }{
	{"nn", "optim", "a layer doesn't know how it is trained"},
	{"nn", "data", "a layer doesn't know where its input comes from"},
	{"nn", "safetensors", "a state is names and tensors; the format is the caller's choice"},
	{"optim", "nn", "an optimizer sees parameters, wherever they come from"},
	{"safetensors", "nn", "a file format knows names and tensors"},
	{"data", "nn", "a loader knows no model"},
}

// optional are packages that open a shared library at run time: only a program, or a user's blank import, asks for one.
var optional = []string{"device/cuda", "distributed"}

// testOnly are packages that no program is linked with: only tests import them.
var testOnly = []string{"internal/fs/fault"}

// free are folders outside the layers: programs that prove or check the module. Public tells that they must do with what any
// other module can import.
var free = []struct {
	folder string
	public bool
}{
	{".", true}, {"proof", true}, {"internal/lint", false}, {"bench", false}, {"examples", true}, {"tools", false},
}

// checkImports holds imports among the module's own packages to the layers. Tests in a package's own _test package may use
// any package: they are programs.
func checkImports(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		public, isFree := freedom(s.dir)
		rank := rankOf(s.dir)
		if rank < 0 && !isFree {
			r = append(r, t.at(s, s.file.Name, "package %s isn't in the order of imports: add it to layers in internal/lint/imports.go, with a reason", s.dir))
			continue
		}
		for _, imp := range s.file.Imports {
			to, own := ownImport(imp)
			switch {
			case !own:
			case !s.test && slices.Contains(testOnly, to):
				r = append(r, t.at(s, imp, "%s imports %s: it is for tests; no program is linked with it", s.dir, to))
			case isFree:
				if public && strings.HasPrefix(to, "internal/") {
					r = append(r, t.at(s, imp, "%s imports %s: it shows what another module can do, so that it uses public packages only", s.dir, to))
				}
			case s.test && strings.HasSuffix(s.file.Name.Name, "_test"):
			default:
				if why := mayNot(s.dir, to, rank); why != "" {
					r = append(r, t.at(s, imp, "%s imports %s: %s", s.dir, to, why))
				}
			}
		}
	}
	return r
}

// mayNot returns why the import is refused, or "".
func mayNot(from, to string, rank int) string {
	for _, f := range optional {
		if within(to, f) && !within(from, f) && !within(from, "cmd") {
			return "it loads a shared library; only a program asks for that, by a blank import"
		}
	}
	for _, x := range refused {
		if within(from, x.from) && within(to, x.to) {
			return x.why
		}
	}
	other := rankOf(to)
	switch {
	case other < 0:
		return "it isn't in the order of imports"
	case other > rank:
		return "imports run one way; " + layers[rank].why
	case other == rank && family(from, rank) != family(to, rank):
		return "they are of one layer; " + layers[rank].why
	}
	return ""
}

// rankOf returns the layer of a package, or −1.
func rankOf(dir string) int {
	return slices.IndexFunc(layers, func(l layer) bool {
		return slices.ContainsFunc(l.folders, func(f string) bool { return within(dir, f) })
	})
}

// family returns the layer's folder that a package lies in.
func family(dir string, rank int) string {
	for _, f := range layers[rank].folders {
		if within(dir, f) {
			return f
		}
	}
	return ""
}

func freedom(dir string) (public, ok bool) {
	for _, f := range free {
		if dir == f.folder || f.folder != "." && within(dir, f.folder) {
			return f.public, true
		}
	}
	return false, false
}

// ownImport returns the folder of an import of this module; "." is the root.
func ownImport(imp *ast.ImportSpec) (dir string, own bool) {
	p := importPath(imp)
	if p == Module {
		return ".", true
	}
	return strings.CutPrefix(p, Module+"/")
}

func importPath(imp *ast.ImportSpec) string {
	p, err := strconv.Unquote(imp.Path.Value)
	if err != nil {
		return imp.Path.Value
	}
	return p
}
