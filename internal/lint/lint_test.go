package lint

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// good is the smallest module without a finding.
func good() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"README.md":       file("# It\n\n```go\nx := 1\n_ = x\n```\n"),
		"ARCHITECTURE.md": file("See `rng/rng.go` and `rng/`; a run writes `runs/`.\n"),
		"CONTRIBUTING.md": file("Add `op/<name>.go`.\n"),
		"doc.go":          file("// Package ingot is it.\npackage ingot\n"),
		"example_test.go": file("package ingot_test\n\nfunc Example() {\n\tx := 1\n\t_ = x\n\t// Output:\n}\n"),
		"rng/rng.go":      file("// Package rng draws.\npackage rng\n\n// Draw draws.\nfunc Draw() {}\n"),
	}
}

func TestGoodModule(t *testing.T) {
	found, err := Check(good())
	if err != nil || len(found) > 0 {
		t.Fatalf("findings %v, error %v", found, err)
	}
}

// TestRules breaks each rule once and wants exactly that finding.
func TestRules(t *testing.T) {
	const imp = "github.com/ingot-ml/ingot/"
	long := strings.Repeat("\tx()\n", 60)
	for _, c := range []struct{ name, file, text, want string }{
		{"layer", "grad/a.go", "// Package grad is it.\npackage grad\n\nimport _ \"" + imp + "op\"\n", "grad imports op: imports run one way; the tape runs any op"},
		{"same layer", "metric/a.go", "// Package metric is it.\npackage metric\n\nimport _ \"" + imp + "data\"\n", "they are of one layer"},
		{"refused", "optim/a.go", "// Package optim is it.\npackage optim\n\nimport _ \"" + imp + "nn\"\n", "wherever they come from"},
		{"kernel", "internal/kernel/gemm/a.go", "// Package gemm is it.\npackage gemm\n\nimport _ \"" + imp + "tensor\"\n", "slices and ints only"},
		{"optional", "train/a.go", "// Package train is it.\npackage train\n\nimport _ \"" + imp + "device/cuda\"\n", "shared library"},
		{"for tests", "train/a.go", "// Package train is it.\npackage train\n\nimport _ \"" + imp + "internal/fs/fault\"\n", "it is for tests"},
		{"unknown package", "magic/a.go", "// Package magic is it.\npackage magic\n", "isn't in the order of imports"},
		{"public only", "proof/a_test.go", "// Package proof is it.\npackage proof\n\nimport _ \"" + imp + "internal/cpu\"\n", "public packages only"},
		{"internal test", "op/a_test.go", "// Package op is it.\npackage op\n\nimport _ \"" + imp + "nn\"\n", "op imports nn"},
		{"dependency", "rng/a.go", "package rng\n\nimport _ \"example.org/x\"\n", "may not depend on example.org/x"},
		{"dependency elsewhere", "rng/a.go", "package rng\n\nimport _ \"go.yaml.in/yaml/v3\"\n", "may not depend on go.yaml.in"},
		{"cgo", "rng/a.go", "package rng\n\nimport \"C\"\n", "CGO_ENABLED=0"},
		{"randomness", "rng/a.go", "package rng\n\nimport _ \"math/rand/v2\"\n", "only randomness"},
		{"log.Fatal", "rng/a.go", "package rng\n\nimport \"log\"\n\nfunc f() { log.Fatal(1) }\n", "only a program ends the process"},
		{"renamed import", "rng/a.go", "package rng\n\nimport l \"log\"\n\nfunc f() { l.Fatalf(\"\") }\n", "only a program ends the process"},
		{"os.Exit", "rng/a.go", "package rng\n\nimport \"os\"\n\nfunc f() { os.Exit(1) }\n", "only a program ends the process"},
		{"os.Create", "rng/a.go", "package rng\n\nimport \"os\"\n\nfunc f() { os.Create(\"\") }\n", "only internal/fs changes files"},
		{"os.Rename passed on", "rng/a.go", "package rng\n\nimport \"os\"\n\nvar f = os.Rename\n", "only internal/fs changes files"},
		{"print", "rng/a.go", "package rng\n\nimport \"fmt\"\n\nfunc f() { fmt.Println() }\n", "prints nothing"},
		{"file name", "rng/utils.go", "package rng\n", "says nothing of what is inside"},
		{"file size", "rng/a.go", "package rng\n" + strings.Repeat("\n", 600), "601 lines; at most 600"},
		{"function size", "rng/a.go", "package rng\n\nfunc f() {\n" + long + "}\n", "f has 62 lines; at most 60"},
		{"put off", "rng/a.go", "package rng\n\n// TO" + "DO: later.\n", "do it, or open an issue"},
		{"path", "rng/a.go", "package rng\n\nvar p = \"/ho" + "me/me/x\"\n", "one person's machine"},
		{"no package comment", "op/a.go", "package op\n", "package op has no package comment"},
		{"two package comments", "rng/z.go", "// Package rng is it.\npackage rng\n", "2 package comments"},
		{"package comment's start", "op/a.go", "// Ops.\npackage op\n", "doesn't start with its name"},
		{"func", "rng/a.go", "package rng\n\nfunc F() {}\n", "exported F has no comment"},
		{"func comment's start", "rng/a.go", "package rng\n\n// This is F.\nfunc F() {}\n", "the comment of F doesn't start"},
		{"method", "rng/a.go", "package rng\n\n// T is it.\ntype T[A any] struct{}\n\nfunc (*T[A]) F() {}\n", "exported F has no comment"},
		{"type", "rng/a.go", "package rng\n\ntype T struct{}\n", "exported type T has no comment"},
		{"const", "rng/a.go", "package rng\n\nconst C = 1\n", "exported C has no comment"},
		{"missing file", "ARCHITECTURE.md", "See `grad/arena.go`.\n", "there is no grad/arena.go"},
		{"missing folder", "ARCHITECTURE.md", "See `grad/`.\n", "there is no grad/"},
		{"missing name", "CONTRIBUTING.md", "See `walk.go`.\n", "there is no walk.go"},
		{"example differs", "README.md", "```go\nx := 2\n_ = x\n```\n", "isn't the one that example_test.go runs"},
		{"example missing", "README.md", "# It\n", "there is no Go example"},
		{"no func Example", "example_test.go", "package ingot_test\n", "no func Example"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good()
			m[c.file] = &fstest.MapFile{Data: []byte(c.text)}
			found, err := Check(m)
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || !strings.Contains(found[0].Text, c.want) || found[0].File != c.file || found[0].Line < 1 {
				t.Errorf("findings %q, want one in %s with %q", found, c.file, c.want)
			}
		})
	}
}

func TestExampleLength(t *testing.T) {
	m := good()
	body := strings.Repeat("f()\n", maxExample+1)
	m["README.md"] = &fstest.MapFile{Data: []byte("```go\n" + body + "```\n")}
	m["example_test.go"] = &fstest.MapFile{Data: []byte("package ingot_test\n\nfunc Example() {\n\t" + strings.ReplaceAll(strings.TrimSpace(body), "\n", "\n\t") + "\n}\n")}
	found, err := Check(m)
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Text, "21 lines; at most 20") {
		t.Errorf("findings %q, error %v", found, err)
	}
}

// TestExempt holds what the rules let through: tests, generated files, nested modules, testdata.
func TestExempt(t *testing.T) {
	m := good()
	big := "\n" + strings.Repeat("// x\n", 700)
	bad := "package utils\n\nimport _ \"example.org/x\"\n"
	for name, text := range map[string]string{
		"rng/big_test.go":      "package rng\n" + big,
		"rng/gen.go":           "// Code generated by x. DO NOT EDIT.\n\npackage rng\n\nfunc Generated() {}\n" + big,
		"rng/x_test.go":        "package rng_test\n\nimport (\n\t\"os\"\n\t_ \"" + Module + "/op\"\n)\n\nvar _ = os.Create\n",
		"op/testdata/a.go":     bad,
		"op/_gen/a.go":         bad,
		".hidden/a.go":         bad,
		"examples/x/go.mod":    "module x\n",
		"examples/x/a.go":      bad,
		"cmd/x/main.go":        "// X is a program.\npackage main\n\nimport (\n\t\"os\"\n\t_ \"" + Module + "/rng\"\n)\n\nfunc main() { os.Exit(1) }\n",
		"internal/fs/write.go": "// Package fs writes.\npackage fs\n\nimport \"os\"\n\nvar create = os.Create\n",
	} {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := Check(m)
	if err != nil || len(found) > 0 {
		t.Errorf("findings %q, error %v", found, err)
	}
}

func TestUnreadable(t *testing.T) {
	m := good()
	m["rng/a.go"] = &fstest.MapFile{Data: []byte("package")}
	if _, err := Check(m); err == nil || !strings.Contains(err.Error(), "rng/a.go:1") {
		t.Errorf("error %v, want one that names rng/a.go", err)
	}
	if _, err := Check(os.DirFS("testdata/none")); err == nil {
		t.Error("no error for a folder that isn't there")
	}
}
