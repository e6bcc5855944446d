package recipe

import (
	"strings"
	"testing"
)

func TestAuto(t *testing.T) {
	for _, c := range []struct{ arg, key, want string }{
		{"train.shards=auto", "train.shards", "auto"},
		{"train.shards=3", "train.shards", "3"},
		{"limits.threads=2", "limits.threads", "2"},
		{"limits.memory=auto", "limits.memory", "auto"},
		{"limits.memory=2GiB", "limits.memory", "2GiB"},
		{"limits.memory=1.5 GiB", "limits.memory", "1536MiB"},
		{"limits.memory=1GB", "limits.memory", "1000000000B"}, // no multiple of 1,024
		{"limits.memory=30000001B", "limits.memory", "30000001B"},
	} {
		r := Default()
		if err := r.Set([]string{c.arg}); err != nil {
			t.Errorf("%s: %v", c.arg, err)
			continue
		}
		again, err := Parse(r.YAML(false), "again.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []*Recipe{r, again} {
			for _, v := range r.Values() {
				if v.Key == c.key && v.Text != c.want {
					t.Errorf("%s is written %s, want %s", c.arg, v.Text, c.want)
				}
			}
		}
	}
	for _, arg := range []string{
		"train.shards=0", "train.shards=-1", "train.shards=1.5", "train.shards=[2]", "train.shards='2'", "train.shards=1025", "limits.threads=all",
		"limits.memory=2", "limits.memory=-1GiB", "limits.memory=0MB", "limits.memory=23MiB", "limits.memory=NaNGB", "limits.memory=1e30GB", "limits.memory={a: 1}", "limits.memory=2 apples",
	} {
		if err := Default().Set([]string{arg}); err == nil || !strings.Contains(err.Error(), "want auto") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

// TestDerive: a value that follows from others is written with what it follows from.
func TestDerive(t *testing.T) {
	r := Default()
	if err := r.Derive("train.shards", "2", "auto"); err != nil {
		t.Fatal(err)
	}
	if got := string(r.YAML(true)); !strings.Contains(got, "  shards: 2                        # auto\n") {
		t.Error(got)
	}
	if err := r.Derive("train.shards", "many", "auto"); err == nil {
		t.Error("a value that can't be is taken")
	}
}
