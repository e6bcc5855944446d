// Command readbench makes a large table and times the reading of it.
//
//	go run ./tools/readbench make FILE [ROWS]   # 1,000,000 rows of 30 mixed columns, 232 MB
//	go run ./tools/readbench read FILE [TIMES]  # seconds, MB/s and the process's largest memory
//
// The peers' times are of peers.py, which reads the same file with pandas, pyarrow and polars.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/ingot-ml/ingot/data/format"
	"github.com/ingot-ml/ingot/data/table"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/rng"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "readbench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: readbench make FILE [ROWS] | readbench read FILE [TIMES]")
	}
	n := 0
	if len(args) > 2 {
		var err error
		if n, err = strconv.Atoi(args[2]); err != nil {
			return err
		}
	}
	if args[0] == "make" {
		if n == 0 {
			n = 1_000_000
		}
		return fs.WriteFile(args[1], func(w io.Writer) error { return write(w, n) })
	}
	return read(args[1], max(n, 1))
}

// words are what texts are made of.
var words = strings.Fields("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon")

// write writes n rows: an id, 8 integers, 11 decimals of 2 to 6 digits behind the point, 5 categories, a flag, a target, 2
// dates and a quoted text; one number in 50 is missing in every third column.
func write(w io.Writer, n int) error {
	b := bufio.NewWriterSize(w, 1<<20)
	names := []string{"id"}
	for i := range 8 {
		names = append(names, fmt.Sprintf("int%d", i))
	}
	for i := range 11 {
		names = append(names, fmt.Sprintf("real%d", i))
	}
	names = append(names, "country", "state", "job", "product", "channel", "flag", "target", "born", "seen", "note")
	b.WriteString(strings.Join(names, ",") + "\n")
	start := time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	var line []byte
	for r := range n {
		s := rng.Stream{Seed: 1, ID: uint64(r)}
		k := uint64(0)
		draw := func(below int) int { k++; return int(s.Uint64(k) % uint64(below)) }
		line = strconv.AppendInt(line[:0], int64(r+1), 10)
		for i := range 8 {
			line = append(line, ',')
			if i%3 != 0 || draw(50) != 0 {
				line = strconv.AppendInt(line, int64(draw([]int{100, 10_000, 1_000_000, 50_000, 365, 1000, 99_999, 10_000_000}[i])), 10)
			}
		}
		for i := range 11 {
			line = append(line, ',')
			if i%3 != 0 || draw(50) != 0 {
				x := float64(draw(1<<30))/(1<<30)*[]float64{1, 100, 1000, 10, 1e4, 1, 200, 1, 50, 1e5, 1e3}[i] - []float64{0, 50, 0, 5, 0, 0.5, 0, 0, 25, 0, 500}[i]
				line = strconv.AppendFloat(line, x, 'f', 2+i%5, 64)
			}
		}
		for _, levels := range []int{60, 400, 20, 1000, 5} {
			line = append(line, ',')
			x := draw(levels)
			line = append(line, words[x%20]...)
			if levels > 20 {
				line = append(line, '-')
				line = strconv.AppendInt(line, int64(x/20), 10)
			}
		}
		line = append(line, []string{",no,", ",yes,"}[draw(2)]...)
		line = strconv.AppendInt(line, int64(draw(2)), 10)
		for range 2 {
			line = append(line, ',')
			line = start.AddDate(0, 0, draw(12_000)).AppendFormat(line, "2006-01-02")
		}
		line = append(line, ',', '"')
		for i := range 5 {
			if i > 0 {
				line = append(line, ", "[i%2:]...)
			}
			line = append(line, words[draw(20)]...)
		}
		line = append(line, '"', '\n')
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

// read reads the file so many times and prints how long each took.
func read(path string, times int) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if name := os.Getenv("CPUPROFILE"); name != "" {
		return fs.WriteFile(name, func(w io.Writer) error {
			if err := pprof.StartCPUProfile(w); err != nil {
				return err
			}
			defer pprof.StopCPUProfile()
			return readTimes(path, info.Size(), times)
		})
	}
	return readTimes(path, info.Size(), times)
}

func readTimes(path string, size int64, times int) error {
	for range times {
		begin := time.Now()
		t, err := format.Read(path, table.Options{})
		if err != nil {
			return err
		}
		s := time.Since(begin).Seconds()
		fmt.Printf("ingot  %.3f s  %.0f MB/s  %d rows, %d columns  peak %d MB\n", s, float64(size)/1e6/s, t.Rows, len(t.Columns), peak()>>20)
	}
	return nil
}

// peak is the process's largest resident memory in bytes; 0 where the system doesn't tell.
func peak() int64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		if s, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(s)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
