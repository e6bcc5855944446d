package model

import (
	"math"
	"testing"
	"testing/fstest"
)

func TestGroupLimit(t *testing.T) {
	const none = math.MaxInt64
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	for name, c := range map[string]struct {
		files fstest.MapFS
		want  int64
	}{
		"no control groups": {fstest.MapFS{}, none},
		"version 2, its own group": {fstest.MapFS{
			"proc/self/cgroup":                         file("0::/user.slice/job\n"),
			"sys/fs/cgroup/user.slice/job/memory.max":  file("1000\n"),
			"sys/fs/cgroup/user.slice/memory.max":      file("max\n"),
			"sys/fs/cgroup/user.slice/job2/memory.max": file("10\n"),
		}, 1000},
		"version 2, the group around it": {fstest.MapFS{
			"proc/self/cgroup":                        file("0::/user.slice/job\n"),
			"sys/fs/cgroup/user.slice/job/memory.max": file("max\n"),
			"sys/fs/cgroup/user.slice/memory.max":     file("500\n"),
		}, 500},
		"version 2 in a container: the root": {fstest.MapFS{
			"proc/self/cgroup":         file("0::/\n"),
			"sys/fs/cgroup/memory.max": file("700\n"),
		}, 700},
		"version 1": {fstest.MapFS{
			"proc/self/cgroup": file("5:cpu,cpuacct:/a\n4:memory:/docker/abc\n0::/\n"),
			"sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": file("300\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes":            file("9223372036854771712\n"),
			"sys/fs/cgroup/cpu/a/memory.limit_in_bytes":             file("1\n"),
		}, 300},
		"version 1 in a container: the host's path isn't there": {fstest.MapFS{
			"proc/self/cgroup":                           file("4:hugetlb,memory:/docker/abc\n"),
			"sys/fs/cgroup/memory/memory.limit_in_bytes": file("400\n"),
		}, 400},
		"both versions at once": {fstest.MapFS{
			"proc/self/cgroup": file("4:memory:/a\n0::/b\n"),
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": file("900\n"),
			"sys/fs/cgroup/unified/b/memory.max":           file("800\n"),
		}, 800},
		"nonsense": {fstest.MapFS{
			"proc/self/cgroup":                    file("x\n0::/../..\n1:memory\n"),
			"sys/fs/cgroup/memory.max":            file("lots"),
			"sys/fs/cgroup/memory/elsewhere/file": file("1"),
		}, none},
	} {
		if got := groupLimit(c.files); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestMemInfo(t *testing.T) {
	root := fstest.MapFS{
		"proc/meminfo":    {Data: []byte("MemTotal:       2048 kB\nMemFree: 1 kB\nMemAvailable:    1024 kB\nHugePages_Total:       0\n")},
		"proc/self/statm": {Data: []byte("900 3 2 1 0 5 0\n")},
	}
	if n, ok := memInfo(root, "MemAvailable:"); !ok || n != 1<<20 {
		t.Errorf("MemAvailable %d, %v", n, ok)
	}
	if _, ok := memInfo(root, "HugePages_Total:"); ok {
		t.Error("a line without a unit is memory")
	}
	if n, ok := resident(root); !ok || n%3 != 0 || n < 3*4096 {
		t.Errorf("3 pages are %d bytes, %v", n, ok)
	}
	if _, ok := resident(fstest.MapFS{}); ok {
		t.Error("no statm, and yet known")
	}
}
