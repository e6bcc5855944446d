// Command compare runs Ingot and its peers interleaved on this machine and
// prints one table of medians and ratios. README.md says how to install the
// peers; one that isn't installed is said to be so, and left out.
//
//	go run . [flags] [floor|epoch|gemm|adam|optim|memory …]
//
// The accuracies of PyTorch are peers/accuracy_torch.py's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
)

// config is what the flags and the environment say.
type config struct {
	repetitions int
	epochs      int    // timed epochs of one run of a job
	threads     int    // the larger of the two thread counts compared
	isa         string // native or avx2
	data        string // folder of the four Fashion-MNIST files
	ingot       string // the built binary; empty: build it
	peers       string // which to run, with commas; empty: all
	json        bool
	python      map[string]string // interpreter of each Python peer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	cfg, groups, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var sets []*results
	var failed error
	for _, g := range groups {
		set, err := measure(ctx, cfg, g.name, cfg.only(g.systems(cfg, work)))
		sets = append(sets, set)
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	if cfg.json {
		return errors.Join(writeJSON(os.Stdout, cfg, sets), failed)
	}
	return errors.Join(writeTable(os.Stdout, cfg, sets), failed)
}

// parse reads the flags; the rest of args are the groups to run, all by default.
func parse(args []string) (*config, []group, error) {
	cfg := &config{python: map[string]string{}}
	fs := flag.NewFlagSet("compare", flag.ContinueOnError)
	fs.IntVar(&cfg.repetitions, "n", 5, "repetitions; each runs ours, then every peer")
	fs.IntVar(&cfg.epochs, "epochs", 2, "timed epochs in one run of the reference job")
	fs.IntVar(&cfg.threads, "threads", runtime.NumCPU(), "threads, beside 1")
	fs.StringVar(&cfg.isa, "isa", "native", "native, or avx2 to hold every system to AVX2")
	fs.StringVar(&cfg.data, "data", "/usr/share/datasets/fashion-mnist", "folder of the four Fashion-MNIST .gz files")
	fs.StringVar(&cfg.ingot, "ingot", "", "the ingot binary (default: built from this tree)")
	fs.StringVar(&cfg.peers, "peers", "", "run these peers only, such as torch-2,jax; ingot and the machine's limits always run")
	fs.BoolVar(&cfg.json, "json", false, "print one JSON object instead of the table")
	for _, lib := range []string{"torch", "jax", "numpy"} {
		variable := "COMPARE_" + strings.ToUpper(lib)
		cfg.python[lib] = "python3"
		if v := os.Getenv(variable); v != "" {
			cfg.python[lib] = v
		}
	}
	if err := fs.Parse(args); err != nil {
		return nil, nil, err
	}
	if cfg.isa != "native" && cfg.isa != "avx2" {
		return nil, nil, fmt.Errorf("-isa %s: want native or avx2", cfg.isa)
	}
	if cfg.repetitions < 1 || cfg.epochs < 1 || cfg.threads < 1 {
		return nil, nil, fmt.Errorf("-n %d -epochs %d -threads %d: each must be at least 1", cfg.repetitions, cfg.epochs, cfg.threads)
	}
	if err := cfg.checkPeers(); err != nil {
		return nil, nil, err
	}
	chosen, err := choose(fs.Args())
	return cfg, chosen, err
}

// only keeps the systems that -peers names, besides ours and the limits.
func (cfg *config) only(systems []*system) []*system {
	if cfg.peers == "" {
		return systems
	}
	return slices.DeleteFunc(systems, func(s *system) bool {
		return !s.ours && !s.bound && !slices.Contains(strings.Split(cfg.peers, ","), s.name)
	})
}

// checkPeers refuses a name that no group has.
func (cfg *config) checkPeers() error {
	var known []string
	for _, g := range groups {
		for _, s := range g.systems(cfg, "") {
			if !s.ours && !s.bound && !slices.Contains(known, s.name) {
				known = append(known, s.name)
			}
		}
	}
	for _, name := range strings.Split(cfg.peers, ",") {
		if name != "" && !slices.Contains(known, name) {
			return fmt.Errorf("-peers: no peer %q: want some of %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}
