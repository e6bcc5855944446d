package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// system is one program, or several, that print rows: ours, a peer or the
// machine program.
type system struct {
	name     string
	find     func(ctx context.Context) (string, error) // the executable; an error says why there is none
	commands [][]string                                // arguments, one run each
	env      []string
	only     []string                                    // keep these rows only
	peak     bool                                        // the row is the peak memory of the run
	ours     bool                                        // the others are compared with it
	bound    bool                                        // a limit, not a peer
	derive   func(cfg *config, rows []row) []row         // rows computed from those of a repetition
	prepare  func(ctx context.Context) ([]string, error) // further arguments and what they need, each time
}

// add appends one run.
func (s *system) add(args ...string) *system {
	s.commands = append(s.commands, args)
	return s
}

// ingot is the engine's own benchmark of some groups or rows.
func ingot(cfg *config, work string, rows ...string) *system {
	return ingotBinary(cfg, work).add(append([]string{"bench", "--json"}, rows...)...)
}

func ingotBinary(cfg *config, work string) *system {
	return &system{name: "ingot", ours: true, env: isaEnv(cfg), find: func(ctx context.Context) (string, error) {
		if cfg.ingot != "" {
			return exec.LookPath(cfg.ingot)
		}
		build := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(work, "ingot"), "./cmd/ingot")
		build.Dir = filepath.Join("..", "..")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		return built(build, filepath.Join(work, "ingot"))
	}}
}

// machine is peers/machine.c for this machine, or for AVX2.
func machine(cfg *config, work string) *system {
	return &system{name: "machine.c", bound: true, find: func(ctx context.Context) (string, error) {
		out := filepath.Join(work, "machine")
		arch := "-march=native"
		if cfg.isa == "avx2" {
			arch = "-march=haswell"
		}
		return built(exec.CommandContext(ctx, "cc", "-O3", arch, "-ffast-math", "-mprefer-vector-width=512",
			"-o", out, filepath.Join("peers", "machine.c"), "-lpthread"), out)
	}}
}

func gomlx(cfg *config, work string) *system {
	return &system{name: "gomlx", env: isaEnv(cfg), find: func(ctx context.Context) (string, error) {
		out := filepath.Join(work, "gomlx")
		build := exec.CommandContext(ctx, "go", "build", "-o", out, ".")
		build.Dir = filepath.Join("peers", "gomlx")
		build.Env = append(os.Environ(), "GOEXPERIMENT=simd")
		return built(build, out)
	}}
}

// python is a library's scripts; the modules are what it needs besides.
func python(cfg *config, lib string, modules ...string) *system {
	return &system{name: lib, env: isaEnv(cfg), find: func(ctx context.Context) (string, error) {
		path, err := exec.LookPath(cfg.python[lib])
		if err != nil {
			return "", fmt.Errorf("not installed: %w", err)
		}
		for _, m := range append([]string{lib}, modules...) {
			probe := exec.CommandContext(ctx, path, "-c", "import importlib.util as u, sys; sys.exit(u.find_spec(sys.argv[1]) is None)", m)
			if probe.Run() != nil {
				return "", fmt.Errorf("not installed: %s has no module %s", cfg.python[lib], m)
			}
		}
		return path, nil
	}}
}

// built runs a build unless an earlier group has.
func built(build *exec.Cmd, out string) (string, error) {
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	if text, err := build.CombinedOutput(); err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
		return "", fmt.Errorf("not built: %s: %w: %s", filepath.Base(build.Path), err, line)
	}
	return out, nil
}

// toAVX2 is how each system is held to AVX2.
var toAVX2 = []string{
	"INGOT_CPU=avx2",
	"XLA_FLAGS=--xla_cpu_max_isa=AVX2", "ONEDNN_MAX_CPU_ISA=AVX2",
	"ATEN_CPU_CAPABILITY=avx2", "MKL_ENABLE_INSTRUCTIONS=AVX2",
	"OPENBLAS_CORETYPE=Haswell",
	"GOMLX_SIMD_AVX512=0",
}

// isaEnv holds every library to AVX2 by its own setting, where that is asked.
func isaEnv(cfg *config) []string {
	if cfg.isa != "avx2" {
		return nil
	}
	return toAVX2
}

// environment is ours without what chooses a library's instructions, block
// sizes or threads: each system shows its best, or what isaEnv asks for.
func environment() []string {
	ruled := []string{"OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOMAXPROCS"}
	for _, v := range toAVX2 {
		name, _, _ := strings.Cut(v, "=")
		ruled = append(ruled, name)
	}
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(ruled, name)
	})
}
