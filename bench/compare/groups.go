package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// group is one set of rows and the systems that are asked for them.
type group struct {
	name    string
	systems func(cfg *config, work string) []*system
}

// groups in the order they run.
var groups = []group{
	{"floor", floorSystems},
	{"epoch", epochSystems},
	{"gemm", gemmSystems},
	{"adam", adamSystems},
	{"optim", optimSystems},
	{"memory", memorySystems},
	{"gpt", gptSystems},
	{"lstm", lstmSystems},
}

func choose(names []string) ([]group, error) {
	if len(names) == 0 {
		return groups, nil
	}
	var chosen []group
	for _, name := range names {
		i := slices.IndexFunc(groups, func(g group) bool { return g.name == name })
		if i < 0 {
			var known []string
			for _, g := range groups {
				known = append(known, g.name)
			}
			return nil, fmt.Errorf("no row %q: want some of %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, groups[i])
	}
	return chosen, nil
}

// The parameters of the reference network, 784-500-10 with biases, and those
// of the row that doesn't fit in any cache.
const (
	smallAdam = 784*500 + 500 + 500*10 + 10
	largeAdam = 100_000_000
	gptAdam   = 10_750_080 // a GPT's of 6 layers of width 384
)

// threadCounts are those compared: 1 and, where there are more cores, all.
func (cfg *config) threadCounts() []int {
	if cfg.threads == 1 {
		return []int{1}
	}
	return []int{1, cfg.threads}
}

func floorSystems(cfg *config, work string) []*system {
	m := machine(cfg, work)
	for _, t := range cfg.threadCounts() {
		m.add("fma", strconv.Itoa(t))
	}
	m.add("adam", strconv.Itoa(smallAdam), strconv.Itoa(cfg.threads))
	m.add("adam", strconv.Itoa(largeAdam), strconv.Itoa(cfg.threads))
	m.derive = floor
	return []*system{m}
}

func epochSystems(cfg *config, work string) []*system {
	epochs := strconv.Itoa(cfg.epochs)
	list := []*system{ingot(cfg, work, "epoch/reference")}
	f := machine(cfg, work).add("fma", strconv.Itoa(cfg.threads)).add("adam", strconv.Itoa(smallAdam), strconv.Itoa(cfg.threads))
	f.name, f.derive, f.only, f.bound = "floor", floor, []string{epochRow}, true
	list = append(list, f)
	for _, t := range cfg.threadCounts() {
		p := python(cfg, "torch", "numpy").add("mlp_torch.py", cfg.data, strconv.Itoa(t), epochs)
		p.name = fmt.Sprintf("torch-%d", t)
		list = append(list, p)
	}
	return append(list,
		python(cfg, "jax", "optax").add("mlp_jax.py", cfg.data, epochs),
		gomlx(cfg, work).add(cfg.data, epochs))
}

// products are the rows that peers/gemm.py has: cubes, and the job's.
var products = []string{
	"gemm/64/", "gemm/128/", "gemm/256/", "gemm/512/", "gemm/1024/", "gemm/2048/",
	"gemm/64x784x500/", "gemm/64x500x10/", "gemm/500x64x784/", "gemm/64x10x500/", "gemm/10x64x500/",
}

func gemmSystems(cfg *config, work string) []*system {
	list := []*system{ingot(cfg, work, products...)}
	for _, lib := range []string{"numpy", "torch", "jax"} {
		p := python(cfg, lib, "numpy")
		for _, t := range cfg.threadCounts() {
			p.add("gemm.py", lib, strconv.Itoa(t))
		}
		list = append(list, p)
	}
	return list
}

func adamSystems(cfg *config, work string) []*system {
	count, threads := strconv.Itoa(largeAdam), strconv.Itoa(cfg.threads)
	return []*system{ingot(cfg, work, "optim/adam-100M"),
		machine(cfg, work).add("adam", count, threads),
		python(cfg, "torch", "numpy").add("adam_torch.py", count, threads)}
}

func gptSystems(cfg *config, work string) []*system {
	list := []*system{ingot(cfg, work, "step/gpt-", "generate/")}
	list[0].only = []string{"step/gpt-4l-128", "step/gpt-6l-384", "generate/gpt-4l-128"}
	for _, t := range cfg.threadCounts() {
		for _, how := range []string{"eager", "compile"} {
			p := python(cfg, "torch").add("gpt_torch.py", strconv.Itoa(t), how[:1])
			p.name = fmt.Sprintf("torch-%s-%d", how, t)
			list = append(list, p)
		}
	}
	for _, how := range []string{"scan", "step"} {
		p := python(cfg, "jax", "optax").add("gpt_jax.py", how)
		p.name = "jax-" + how
		list = append(list, p)
	}
	return list
}

func lstmSystems(cfg *config, work string) []*system {
	p := python(cfg, "torch")
	for _, t := range cfg.threadCounts() {
		p.add("lstm_torch.py", strconv.Itoa(t))
	}
	return []*system{ingot(cfg, work, "step/lstm-"), p}
}

func optimSystems(cfg *config, work string) []*system {
	ours := ingot(cfg, work, "optim/adam-gpt", "optim/adamw-gpt", "optim/lion-gpt", "optim/muon-gpt")
	bound, peer := machine(cfg, work), python(cfg, "torch", "numpy")
	for _, t := range cfg.threadCounts() {
		bound.add("adam", strconv.Itoa(gptAdam), strconv.Itoa(t))
		peer.add("optim_torch.py", strconv.Itoa(t))
	}
	bound.derive = func(cfg *config, rows []row) []row {
		var named []row
		for i, t := range cfg.threadCounts() {
			for _, opt := range []string{"adam", "adamw", "lion"} { // one loop's rate is each one's bound
				r := rows[i]
				r.Name = fmt.Sprintf("optim/%s-gpt-6l-384/%d", opt, t)
				named = append(named, r)
			}
		}
		return named
	}
	return []*system{ours, bound, peer}
}

func memorySystems(cfg *config, work string) []*system {
	ours := ingotBinary(cfg, work).add("train", "fashion-mnist", "train.epochs=1", "--json")
	ours.peak = true
	ours.env = append(ours.env, "INGOT_DATA="+work)
	ours.prepare = func(context.Context) ([]string, error) {
		// Ours looks for a data set below INGOT_DATA, by its name.
		data, err := filepath.Abs(cfg.data)
		if err != nil {
			return nil, err
		}
		if err := os.Symlink(data, filepath.Join(work, "fashion-mnist")); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		out, err := os.MkdirTemp(work, "runs-")
		return []string{"out=" + out + "/"}, err
	}
	peer := python(cfg, "torch", "numpy").add("mlp_torch.py", cfg.data, strconv.Itoa(cfg.threads), "1")
	peer.peak = true
	return []*system{ours, peer}
}
