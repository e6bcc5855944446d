package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/internal/cpu"
	"github.com/ingot-ml/ingot/model"
)

var doctorVerb = verb{
	name: "doctor", summary: "Tell what this machine offers: CPU, memory, speed, data found",
	help: "Examples:\n  ingot doctor\n  INGOT_CPU=avx2 ingot doctor --json\n",
	run:  runDoctor,
}

// health is `doctor --json`.
type health struct {
	Build     build             `json:"build"`
	CPU       string            `json:"cpu"`
	Cores     int               `json:"cores"`
	MaxProcs  int               `json:"gomaxprocs"`
	Level     string            `json:"level"`
	BestLevel string            `json:"best_level"`
	Features  []string          `json:"features"`
	Memory    int64             `json:"memory_bytes"` // that a model may take
	Rows      []measured        `json:"rows"`
	Data      map[string]string `json:"data"` // folder by name; empty: not here, or damaged
	Cache     string            `json:"cache,omitempty"`
}

func runDoctor(ctx context.Context, c *call) error {
	b := &bench{ctx: ctx, peaks: map[int]float64{}, band: map[int]float64{}, show: newProgress(c.err), only: []string{"machine/", "gemm/1024/"}}
	if err := b.machine(); err != nil {
		return err
	}
	if err := b.gemm(); err != nil {
		return err
	}
	b.show.clear()
	if err := ctx.Err(); err != nil {
		return err
	}
	h := health{
		Build: thisBuild(), CPU: cpu.ModelName(), Cores: cpu.Cores(), MaxProcs: runtime.GOMAXPROCS(0),
		Level: cpu.Active().String(), BestLevel: cpu.Best().String(), Features: cpu.Features(),
		Memory: model.MemoryLimit(), Rows: b.rows, Data: map[string]string{},
	}
	h.Cache, _ = dataset.CacheDir() // without a home folder there is none
	found := ""
	for _, e := range dataset.Entries() {
		folder, err := e.Locate()
		h.Data[e.Name] = folder
		found += "data      " + pad(e.Name, 15) + whereText(e.Name, folder, err) + "\n"
	}
	if c.json {
		return c.printJSON(h)
	}
	c.printf("ingot     %s, %s, %s/%s\n", h.Build.Ingot, h.Build.Go, h.Build.OS, h.Build.Arch)
	c.printf("cpu       %s, %d cores (GOMAXPROCS %d)\n", h.CPU, h.Cores, h.MaxProcs)
	c.printf("uses      %s\n", levelText(h.Level, h.BestLevel))
	c.printf("%s", wrap("features  "+strings.Join(h.Features, " "), 10))
	c.printf("memory    %s\n\n%s\n%s", model.MemoryText(float64(h.Memory)), benchTable(h.Rows), found)
	return nil
}

// levelText says which instructions the kernels use, and why not better ones.
func levelText(level, best string) string {
	if level == best {
		return level + ", the best that this machine and build have"
	}
	return fmt.Sprintf("%s, by INGOT_CPU=%s; the machine has %s", level, os.Getenv("INGOT_CPU"), best)
}
