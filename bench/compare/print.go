package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
)

// description says on what this was measured.
type description struct {
	CPU         string `json:"cpu"`
	OS          string `json:"os"`
	Arch        string `json:"arch"`
	Cores       int    `json:"cores"`
	ISA         string `json:"isa"`
	Repetitions int    `json:"repetitions"`
}

func describe(cfg *config) description {
	d := description{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), ISA: cfg.isa, Repetitions: cfg.repetitions, CPU: "unknown"}
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return d
	}
	info := string(text)
	if _, rest, ok := strings.Cut(info, "model name\t: "); ok {
		d.CPU, _, _ = strings.Cut(rest, "\n")
	}
	for _, f := range []string{"avx512f", "avx2"} {
		if strings.Contains(info, " "+f+" ") {
			d.CPU += " (" + f + ")"
			break
		}
	}
	return d
}

// writeTable prints a line for each row: each system's median, and in
// brackets how many times as good ours is.
func writeTable(w io.Writer, cfg *config, sets []*results) error {
	d := describe(cfg)
	fmt.Fprintf(w, "%s, %d cores, %s/%s, isa %s. Medians of %d interleaved repetitions; (n) = ingot is n times as good.\n",
		d.CPU, d.Cores, d.OS, d.Arch, d.ISA, d.Repetitions)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, res := range sets {
		fmt.Fprintf(t, "\n%s\tunit", res.group)
		for _, s := range res.systems {
			fmt.Fprintf(t, "\t%s", s.name)
		}
		fmt.Fprint(t, "\tagainst the best peer\n")
		for _, name := range res.rows {
			fmt.Fprintf(t, "%s\t%s", name, res.units[name])
			for _, s := range res.systems {
				fmt.Fprintf(t, "\t%s", res.cell(name, s.name))
			}
			fmt.Fprintf(t, "\t%s\n", times(res.worst(name)))
		}
		if g := res.geometricMean(); g > 0 && len(res.rows) > 1 {
			fmt.Fprintf(t, "geometric mean\t%s%s\n", strings.Repeat("\t", len(res.systems)+1), times(g))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, res := range sets {
		for _, name := range slices.Sorted(maps.Keys(res.absent)) {
			fmt.Fprintf(w, "\n%s: %s %s", res.group, name, res.absent[name])
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (res *results) cell(name, system string) string {
	s := res.series[name][system]
	if s == nil {
		return "-"
	}
	text := fmt.Sprintf("%.4g", s.Median)
	if r := res.ratio(name, system); system != "ingot" && r > 0 {
		text += " (" + times(r) + ")"
	}
	return text
}

func times(ratio float64) string {
	if ratio == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", ratio)
}

// writeJSON prints everything measured as one object.
func writeJSON(w io.Writer, cfg *config, sets []*results) error {
	type line struct {
		Group   string             `json:"group"`
		Name    string             `json:"name"`
		Unit    string             `json:"unit"`
		Systems map[string]*series `json:"systems"`
		Ratios  map[string]float64 `json:"ratios,omitempty"`
	}
	out := struct {
		Machine description                  `json:"machine"`
		Rows    []line                       `json:"rows"`
		Absent  map[string]map[string]string `json:"absent"`
	}{Machine: describe(cfg), Rows: []line{}, Absent: map[string]map[string]string{}}
	for _, res := range sets {
		if len(res.absent) > 0 {
			out.Absent[res.group] = res.absent
		}
		for _, name := range res.rows {
			l := line{Group: res.group, Name: name, Unit: res.units[name], Systems: res.series[name], Ratios: map[string]float64{}}
			for _, s := range res.systems {
				if r := res.ratio(name, s.name); !s.ours && r > 0 {
					l.Ratios[s.name] = r
				}
			}
			out.Rows = append(out.Rows, l)
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(out)
}
