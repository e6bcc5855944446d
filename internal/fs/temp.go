package fs

import (
	"errors"
	"os"
)

// InTemp runs do with a new folder among the system's temporary files, for what another program writes and we read, and
// removes it. Nothing of ours is kept there, so that no System stands under it.
func InTemp(do func(dir string) error) error {
	dir, err := os.MkdirTemp("", "ingot-")
	if err != nil {
		return err
	}
	return errors.Join(do(dir), os.RemoveAll(dir))
}
