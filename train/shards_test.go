package train

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/internal/parallel"
	"github.com/ingot-ml/ingot/tensor"
)

// TestShardsSameBits: for each number of shards the weights are the same with 1 to 4 workers, while all ways of running them are
// probed and after. The numbers of shards themselves differ in the order of sums.
func TestShardsSameBits(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(1))
	seen := map[string]int{}
	for shards := 1; shards <= 4; shards++ {
		var want []float32
		for workers := 1; workers <= 4; workers++ {
			parallel.SetWorkers(workers)
			c := config(3) // 39 steps: more than the probe has
			c.Shards = shards
			r, err := Fit(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			if r.Shards != shards {
				t.Errorf("the result says %d shards of %d", r.Shards, shards)
			}
			got := slices.Clone(tensor.Of[float32](c.Model.(*net).FC1.Weight.Data))
			if want == nil {
				want = got
			} else if !slices.Equal(got, want) {
				t.Errorf("%d shards: %d workers give other weights than 1", shards, workers)
			}
		}
		seen[fmt.Sprint(want)]++
	}
	if len(seen) < 2 {
		t.Error("1 to 4 shards all give the same bits: the batch wasn't cut")
	}
}

func TestAutoShards(t *testing.T) {
	for _, c := range []struct {
		params, rows int
		buffers      bool
		want         int
	}{
		{101_770, 512, false, 2},  // 784-128-10
		{101_770, 511, false, 1},  // fewer than 2·256 rows
		{397_510, 512, false, 1},  // 784-500-10: its ops are large enough
		{1000, 65536, false, 4},   // the most
		{1000, 65536, true, 1},    // batch norm
		{1 << 18, 1024, false, 4}, // the largest that is cut
		{1<<18 + 1, 1024, false, 1},
	} {
		if got := AutoShards(c.params, c.rows, c.buffers); got != c.want {
			t.Errorf("%d parameters, %d rows, buffers %v: %d shards, want %d", c.params, c.rows, c.buffers, got, c.want)
		}
	}
}

// TestShardsAuto: Fit takes the number from the job's size, the rows being those there are.
func TestShardsAuto(t *testing.T) {
	for rows, want := range map[int]int{600: 2, 300: 1} {
		c := config(1)
		c.Loader = &data.Loader{Data: quadrants(rows), Batch: 1024}
		r, err := Fit(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		if r.Shards != want {
			t.Errorf("a batch of %d rows: %d shards, want %d", rows, r.Shards, want)
		}
	}
}

// TestPace: the fastest way of the probe is kept, noise below 3 % isn't a reason, and slow steps aren't probed.
func TestPace(t *testing.T) {
	defer parallel.SetWorkers(parallel.SetWorkers(4))
	run := func(p pace, times map[way]time.Duration) way {
		for range 100 {
			p.next()
			p.took(times[p.use])
		}
		p.next()
		return p.use
	}
	two, one, alone := way{shards: 2}, way{shards: 1}, way{shards: 1, alone: true}
	for _, c := range []struct {
		times map[way]time.Duration
		want  way
	}{
		{map[way]time.Duration{two: 100, one: 200, alone: 300}, two},
		{map[way]time.Duration{two: 100, one: 98, alone: 99}, two},
		{map[way]time.Duration{two: 100, one: 80, alone: 90}, one},
		{map[way]time.Duration{two: 100, one: 80, alone: 50}, alone},
		{map[way]time.Duration{two: time.Second, one: 1, alone: 1}, two},
	} {
		if got := run(newPace(2), c.times); got != c.want {
			t.Errorf("times %v: %v is kept, want %v", c.times, got, c.want)
		}
	}
	if p := newPace(8); p.use.shards != 4 {
		t.Errorf("8 shards on 4 workers begin with %d side by side", p.use.shards)
	}
	if p := newPace(1); p.use != one {
		t.Errorf("a whole batch begins with %v", p.use)
	}
	parallel.SetWorkers(1)
	if p := newPace(4); p.ways != nil || p.use != one {
		t.Errorf("with one worker: %v", p)
	}
}
