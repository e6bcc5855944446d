package cells

import (
	"os"

	"github.com/ingot-ml/ingot/data/table"
)

// OpenFile opens a regular file and returns its size; anything else is refused before it is opened, since opening a pipe waits
// for who writes to it.
func OpenFile(path string) (f *os.File, size int64, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &table.Error{File: path, Msg: "not a regular file"}
	}
	f, err = os.Open(path)
	return f, info.Size(), err
}
