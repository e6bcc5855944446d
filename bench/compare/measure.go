package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// row is one printed measurement; Best is the best round where a program has
// rounds. An object of rows, as `ingot bench --json` prints, is its Rows.
type row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Best  float64 `json:"best"`
	Rows  []row   `json:"rows"`
}

// series is what one system measured for one row: a value a repetition.
type series struct {
	Values []float64 `json:"values"`
	Median float64   `json:"median"`
	Best   float64   `json:"best"`
}

// results are the measurements of one group.
type results struct {
	group   string
	systems []*system                     // those measured, in order
	absent  map[string]string             // why a system isn't there
	rows    []string                      // in the order first printed
	units   map[string]string             // by row
	series  map[string]map[string]*series // by row and system
}

// measure runs every system once a repetition, in turn, so that what the
// machine does meanwhile falls on all of them.
func measure(ctx context.Context, cfg *config, name string, systems []*system) (*results, error) {
	res := &results{group: name, absent: map[string]string{}, units: map[string]string{}, series: map[string]map[string]*series{}}
	var failed error
	paths := map[string]string{}
	for _, s := range systems {
		path, err := s.find(ctx)
		if err != nil {
			res.absent[s.name] = err.Error()
			if s.ours {
				failed = fmt.Errorf("%s: ingot: %w", name, err)
			}
			continue
		}
		paths[s.name] = path
		res.systems = append(res.systems, s)
	}
	broken := map[string]bool{}
	for rep := range cfg.repetitions {
		for _, s := range res.systems {
			if broken[s.name] {
				continue
			}
			fmt.Fprintf(os.Stderr, "%s %d/%d: %s\n", name, rep+1, cfg.repetitions, s.name)
			rows, err := s.run(ctx, cfg, paths[s.name])
			if ctx.Err() != nil {
				return res, ctx.Err()
			}
			if err != nil {
				broken[s.name] = true
				failed = errors.Join(failed, fmt.Errorf("%s: %s: %w", name, s.name, err))
				continue
			}
			res.add(s.name, rows)
		}
	}
	return res, failed
}

// run runs each command of s once and gives the rows they print.
func (s *system) run(ctx context.Context, cfg *config, path string) ([]row, error) {
	var rows []row
	for _, args := range s.commands {
		if strings.HasSuffix(args[0], ".py") {
			args = append([]string{filepath.Join("peers", args[0])}, args[1:]...)
		}
		if s.prepare != nil {
			more, err := s.prepare(ctx)
			if err != nil {
				return nil, err
			}
			args = append(slices.Clone(args), more...)
		}
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Env = append(environment(), s.env...)
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			return nil, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, lines[len(lines)-1])
		}
		if s.peak {
			bytes, err := peakMemory(cmd.ProcessState)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row{Name: "memory/reference", Value: float64(bytes) / 1e6, Unit: "MB"})
			continue
		}
		more, err := decode(&stdout)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), err)
		}
		rows = append(rows, more...)
	}
	if s.derive != nil {
		rows = s.derive(cfg, rows)
	}
	if s.only != nil {
		rows = slices.DeleteFunc(rows, func(r row) bool { return !slices.Contains(s.only, r.Name) })
	}
	if len(rows) == 0 {
		return nil, errors.New("printed no rows")
	}
	return rows, nil
}

// decode reads rows, one JSON object each, or objects of rows.
func decode(r io.Reader) ([]row, error) {
	var rows []row
	for d := json.NewDecoder(r); ; {
		var v row
		if err := d.Decode(&v); err == io.EOF {
			return rows, nil
		} else if err != nil {
			return nil, fmt.Errorf("output isn't rows of JSON: %w", err)
		}
		if v.Name != "" {
			rows = append(rows, v)
		}
		rows = append(rows, v.Rows...)
	}
}

// add takes the rows of one repetition: the median of those of one name.
func (res *results) add(system string, rows []row) {
	byName := map[string][]float64{}
	for _, r := range rows {
		byName[r.Name] = append(byName[r.Name], r.Value)
		if res.series[r.Name] == nil {
			res.rows = append(res.rows, r.Name)
			res.units[r.Name] = r.Unit
			res.series[r.Name] = map[string]*series{}
		}
		s := res.series[r.Name][system]
		if s == nil {
			s = &series{}
			res.series[r.Name][system] = s
		}
		best := r.Best
		if best == 0 {
			best = r.Value
		}
		if s.Best == 0 || better(r.Unit, best, s.Best) > 1 {
			s.Best = best
		}
	}
	for name, values := range byName {
		s := res.series[name][system]
		s.Values = append(s.Values, median(values))
		s.Median = median(s.Values)
	}
}
