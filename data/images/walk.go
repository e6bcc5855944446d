package images

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Walk returns the paths of all pictures in a folder and the folders in it, told by the endings of their names, in the order
// of their paths. Names that begin with a dot are left out, and so are links to folders.
func Walk(dir string) ([]string, error) {
	paths, _, err := walk(dir)
	return paths, err
}

// walk also counts the files of other names.
func walk(dir string) (paths []string, others int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case hasExtension(d.Name()):
			paths = append(paths, path)
		default:
			others++
		}
		return nil
	})
	slices.Sort(paths)
	return paths, others, err
}

func hasExtension(name string) bool {
	return slices.Contains(Extensions, strings.ToLower(filepath.Ext(name)))
}
