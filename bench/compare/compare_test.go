package main

import (
	"context"
	"errors"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// printer is a system that prints the given rows, one run each.
func printer(t *testing.T, name string, rows ...string) *system {
	t.Helper()
	path, err := exec.LookPath("echo")
	if err != nil {
		t.Skip("no echo")
	}
	s := &system{name: name, ours: name == "ingot", find: func(context.Context) (string, error) { return path, nil }}
	for _, r := range rows {
		s.add(r)
	}
	return s
}

func TestMeasure(t *testing.T) {
	missing := &system{name: "jax", find: func(context.Context) (string, error) { return "", errors.New("not installed: no jax") }}
	systems := []*system{
		printer(t, "ingot", `{"machine":{"cores":2},"rows":[{"name":"gemm/64/1","value":90,"unit":"GFLOP/s","of_peak":0.9},{"name":"epoch/reference","value":2,"unit":"s"}]}`),
		printer(t, "numpy", `{"name":"gemm/64/1","value":100,"unit":"GFLOP/s","best":110}`),
		printer(t, "torch", `{"name":"gemm/64/1","value":45,"unit":"GFLOP/s"}`,
			"{\"name\":\"epoch/reference\",\"value\":5,\"unit\":\"s\"}\n{\"name\":\"epoch/reference\",\"value\":7,\"unit\":\"s\"}"),
		missing,
	}
	cfg := &config{repetitions: 3, isa: "native"}
	res, err := measure(t.Context(), cfg, "test", systems)
	if err != nil {
		t.Fatal(err)
	}
	if got := res.ratio("epoch/reference", "torch"); got != 3 {
		t.Errorf("epoch of 2 s against a median of 6 s: %v times as fast, want 3", got)
	}
	if got := res.worst("gemm/64/1"); got != 0.9 {
		t.Errorf("90 GFLOP/s against the best peer's 100: %v, want 0.9", got)
	}
	if got, want := res.geometricMean(), math.Sqrt(3*0.9); math.Abs(got-want) > 1e-12 {
		t.Errorf("geometric mean %v, want %v", got, want)
	}
	s := res.series["gemm/64/1"]["numpy"]
	if len(s.Values) != 3 || s.Median != 100 || s.Best != 110 {
		t.Errorf("numpy: %+v, want 3 values of 100 and a best of 110", *s)
	}
	if res.absent["jax"] != "not installed: no jax" {
		t.Errorf("absent: %v, want jax with its reason", res.absent)
	}
	var table, object strings.Builder
	if err := errors.Join(writeTable(&table, cfg, []*results{res}), writeJSON(&object, cfg, []*results{res})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100 (0.90)", "6 (3.00)", "jax not installed", "geometric mean"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("table has no %q:\n%s", want, table.String())
		}
	}
	if !strings.Contains(object.String(), `"torch": 3`) {
		t.Errorf("JSON has no ratio of torch:\n%s", object.String())
	}
}

func TestMeasureReportsFailures(t *testing.T) {
	noIngot := &system{name: "ingot", ours: true, find: func(context.Context) (string, error) { return "", errors.New("not built") }}
	bad := printer(t, "numpy", "no JSON")
	good := printer(t, "torch", `{"name":"a","value":1,"unit":"s"}`)
	res, err := measure(t.Context(), &config{repetitions: 2}, "test", []*system{noIngot, bad, good})
	if err == nil || !strings.Contains(err.Error(), "ingot: not built") || !strings.Contains(err.Error(), "numpy") {
		t.Errorf("error %v, want one that names ingot and numpy", err)
	}
	if n := len(res.series["a"]["torch"].Values); n != 2 {
		t.Errorf("torch has %d values beside a broken peer, want 2", n)
	}
}

func TestPairedRatio(t *testing.T) {
	// The machine slows down threefold in the second repetition: pairs don't see it.
	res := &results{units: map[string]string{"r": "GB/s"}, series: map[string]map[string]*series{
		"r": {"ingot": {Values: []float64{60, 20, 60}}, "torch": {Values: []float64{30, 10, 30}}}}}
	if got := res.ratio("r", "torch"); got != 2 {
		t.Errorf("ratio %v, want 2", got)
	}
	if got := res.ratio("r", "jax"); got != 0 {
		t.Errorf("ratio of a peer that wasn't measured %v, want 0", got)
	}
}

func TestFloor(t *testing.T) {
	rows := floor(&config{threads: 2}, []row{
		{Name: "machine/fma/1", Value: 100},
		{Name: "machine/fma/2", Value: 200},
		{Name: "optim/adam-397510", Value: 100},
	})
	// 95.88 GFLOP at 200 GFLOP/s, then 938 steps of 11.13 MB at 100 GB/s.
	want := 95.88/200 + 938*28*397510/100e9
	if got := rows[len(rows)-1]; got.Name != epochRow || math.Abs(got.Value-want) > 1e-9 {
		t.Errorf("floor %+v, want %v s", got, want)
	}
}

func TestOnly(t *testing.T) {
	cfg, chosen, err := parse([]string{"-peers", "torch-2,jax", "-threads", "2", "epoch"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range cfg.only(chosen[0].systems(cfg, "")) {
		names = append(names, s.name)
	}
	if want := []string{"ingot", "floor", "torch-2", "jax"}; !slices.Equal(names, want) {
		t.Errorf("systems %v, want %v", names, want)
	}
}

func TestEnvironment(t *testing.T) {
	for _, name := range []string{"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "INGOT_CPU", "OMP_NUM_THREADS"} {
		t.Setenv(name, "1")
	}
	t.Setenv("COMPARE_TEST", "kept")
	env := environment()
	if !slices.Contains(env, "COMPARE_TEST=kept") {
		t.Error("a variable that has nothing to do with it is gone")
	}
	for _, v := range env {
		if strings.HasPrefix(v, "OPENBLAS_") || strings.HasPrefix(v, "INGOT_CPU=") || strings.HasPrefix(v, "OMP_") {
			t.Errorf("%s holds a system back", v)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median of 9 1 5 is %v", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median of 4 1 3 2 is %v", got)
	}
}

func TestParse(t *testing.T) {
	t.Setenv("COMPARE_JAX", "/venv/bin/python")
	cfg, chosen, err := parse([]string{"-isa", "avx2", "-n", "9", "adam", "gemm"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.python["jax"] != "/venv/bin/python" || len(chosen) != 2 || chosen[0].name != "adam" {
		t.Errorf("parsed %+v, %d groups", cfg, len(chosen))
	}
	if !slices.Contains(isaEnv(cfg), "INGOT_CPU=avx2") {
		t.Errorf("-isa avx2 doesn't hold ours: %v", isaEnv(cfg))
	}
	for _, args := range [][]string{{"-isa", "sse"}, {"-n", "0"}, {"-peers", "pytorch"}, {"epochs"}} {
		if _, _, err := parse(args); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
