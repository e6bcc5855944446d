package packages

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

func wheel(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(w, "what %s holds", f)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// deb is an ar archive of a control file of odd size and data.tar.xz.
func deb(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	x, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(x)
	for _, f := range files {
		text := "what " + f + " holds"
		if err := w.WriteHeader(&tar.Header{Name: "./" + f, Mode: 0o644, Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(text))
	}
	w.Close()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	member := func(name string, content string) string {
		return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8s%-10d`\n%s%s", name, 0, 0, 0, "100644", len(content), content, strings.Repeat("\n", len(content)%2))
	}
	return []byte("!<arch>\n" + member("debian-binary", "2.0") + member("data.tar.xz/", b.String()))
}

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name string
		read func([]byte, ...string) ([][]byte, error)
		pack []byte
	}{
		{"wheel", Wheel, wheel(t, "a/x.csv", "a/y.csv")},
		{"deb", Deb, deb(t, "a/x.csv", "a/y.csv")},
	} {
		files, err := c.read(c.pack, "a/y.csv", "a/x.csv")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if string(files[0]) != "what a/y.csv holds" || string(files[1]) != "what a/x.csv holds" {
			t.Errorf("%s: got %q", c.name, files)
		}
		if _, err := c.read(c.pack, "a/x.csv", "a/z.csv"); err == nil || !strings.Contains(err.Error(), "a/z.csv") {
			t.Errorf("%s: of a file that isn't there, got %v", c.name, err)
		}
		for n := range len(c.pack) {
			if _, err := c.read(c.pack[:n], "a/y.csv"); err == nil && n < len(c.pack)-8 {
				t.Errorf("%s: cut to %d of %d bytes, it is read", c.name, n, len(c.pack))
				break
			}
		}
	}
}

// FuzzPackages: no bytes crash the readers.
func FuzzPackages(f *testing.F) {
	f.Add(wheel(f, "x"))
	f.Add(deb(f, "x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Wheel(b, "x")
		Deb(b, "x")
	})
}
