package lint

import (
	"slices"
	"strings"
)

// dependency is a module from outside and the folders that may use it; no folders: all of them.
type dependency struct {
	path    string
	folders []string
	why     string
}

// dependencies are all there are. A new one needs a reason that outweighs reading, vetting and updating it for ever.
var dependencies = []dependency{
	{"github.com/parquet-go/parquet-go", []string{"data/parquet"}, "Parquet and its compressions, in plain Go, kept by those who use it in production"},
	{"github.com/klauspost/compress", []string{"data/parquet"}, "Snappy and Zstandard as parquet-go has them, to bound what a page decompresses to"},
	{"github.com/andybalholm/brotli", []string{"data/parquet"}, "Brotli as parquet-go has it, likewise"},
	{"golang.org/x/sys", nil, "mmap, CPU features and signals of the systems"},
	{"golang.org/x/text", []string{"data/csv"}, "the encodings of text files: UTF-16 and Windows-1252"},
	{"golang.org/x/term", []string{"internal/cli", "cmd"}, "whether a person or a program reads the output"},
	{"golang.org/x/image", []string{"data/images"}, "BMP and WebP, which the standard library doesn't read"},
	{"golang.org/x/image", []string{"report"}, "letters and smooth lines in plots that are PNG files"},
	{"go.yaml.in/yaml/v3", []string{"recipe"}, "recipes, with line numbers for their errors"},
	{"google.golang.org/protobuf/encoding/protowire", []string{"onnx", "train/events"}, "the wire format of ONNX and TensorBoard files, without generated code"},
	{"github.com/ulikunitz/xz", []string{"dataset"}, "Debian's packages and R's data are compressed so"},
}

// checkDependencies refuses imports that are neither the standard library's, the module's own nor listed.
func checkDependencies(t *tree) []Finding {
	var r []Finding
	for _, s := range t.sources {
		for _, imp := range s.file.Imports {
			p := importPath(imp)
			first, _, _ := strings.Cut(p, "/")
			switch {
			case p == "C":
				r = append(r, t.at(s, imp, "cgo: Ingot is built with CGO_ENABLED=0, so that one plain go build gives one static binary"))
			case p == "math/rand", p == "math/rand/v2":
				if !s.test {
					r = append(r, t.at(s, imp, "%s: package rng is the only randomness there is, so that every run can be repeated to the bit", p))
				}
			case p == "plugin":
				r = append(r, t.at(s, imp, "plugin needs cgo"))
			case strings.Contains(first, ".") && p != Module && !strings.HasPrefix(p, Module+"/") && !allowed(p, s.dir):
				r = append(r, t.at(s, imp, "%s may not depend on %s; what may is listed in internal/lint/dependencies.go", s.dir, p))
			}
		}
	}
	return r
}

func allowed(p, dir string) bool {
	return slices.ContainsFunc(dependencies, func(d dependency) bool {
		return within(p, d.path) && (d.folders == nil || slices.ContainsFunc(d.folders, func(f string) bool { return within(dir, f) }))
	})
}
