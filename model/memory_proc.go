package model

import (
	"bytes"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"
)

// memInfo reads a line of proc/meminfo such as "MemTotal: 65842312 kB".
func memInfo(root fs.FS, name string) (int64, bool) {
	b, err := fs.ReadFile(root, "proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range bytes.Lines(b) {
		if f := bytes.Fields(line); len(f) == 3 && string(f[0]) == name {
			n, err := strconv.ParseInt(string(f[1]), 10, 64)
			return n * 1024, err == nil
		}
	}
	return 0, false
}

// resident returns how much memory the process has: the second number of proc/self/statm, in pages.
func resident(root fs.FS) (int64, bool) {
	b, err := fs.ReadFile(root, "proc/self/statm")
	if f := bytes.Fields(b); err == nil && len(f) > 1 {
		n, err := strconv.ParseInt(string(f[1]), 10, 64)
		return n * int64(os.Getpagesize()), err == nil
	}
	return 0, false
}

// groupLimit returns the least memory limit of the control groups that the process is in and of those around them; math.MaxInt64
// where there is none. In a container, the path that proc/self/cgroup tells may be the host's: then only the mount's root is
// there, which is the container's group.
// Source: cgroups(7); Documentation/admin-guide/cgroup-v2.rst, "memory.max"; cgroup-v1/memory.rst, "memory.limit_in_bytes".
func groupLimit(root fs.FS) int64 {
	limit := int64(math.MaxInt64)
	b, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return limit
	}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers of version 1, path
		if len(f) < 3 {
			continue
		}
		switch {
		case f[0] == "0" && f[1] == "":
			for _, mount := range []string{"sys/fs/cgroup", "sys/fs/cgroup/unified"} {
				limit = min(limit, upwards(root, mount, f[2], "memory.max"))
			}
		case strings.Contains(","+f[1]+",", ",memory,"):
			limit = min(limit, upwards(root, "sys/fs/cgroup/memory", f[2], "memory.limit_in_bytes"))
		}
	}
	return limit
}

// upwards returns the least number in the files of a name in a group's folder and in those around it, up to the mount's.
func upwards(root fs.FS, mount, group, name string) int64 {
	limit := int64(math.MaxInt64)
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		b, err := fs.ReadFile(root, path.Join(mount, dir, name))
		if n, bad := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64); err == nil && bad == nil { // or "max"
			limit = min(limit, n)
		}
		if dir == "/" {
			return limit
		}
	}
}
