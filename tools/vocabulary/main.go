// Vocabulary writes docs/vocabulary.md: every op, loss, layer, initialiser, optimizer, schedule and metric, what it is, what it is
// called elsewhere, where it comes from and how it is proven. All but the names elsewhere is read from the code.
//
//	go run ./tools/vocabulary
//
// from the root of the repository.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/internal/fs"
)

const document = "docs/vocabulary.md"

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "vocabulary:", err)
		os.Exit(1)
	}
}

// run writes the page, whatever is missing from it, and says what.
func run(root string) error {
	text, problems, err := vocabulary(root)
	if err != nil {
		return err
	}
	if err := fs.MkdirAll(filepath.Join(root, filepath.Dir(document))); err != nil {
		return err
	}
	err = fs.WriteFile(filepath.Join(root, document), func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err == nil && len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	return err
}

// vocabulary returns the page, and what is missing from it.
func vocabulary(root string) (text string, problems []string, err error) {
	var found []*entry
	for _, dir := range []string{"op", "nn", "optim", "metric"} {
		p, err := read(root, dir)
		if err != nil {
			return "", nil, err
		}
		es := p.entries()
		unclaimed, err := p.prove(es)
		if err != nil {
			return "", nil, err
		}
		problems = slices.Concat(problems, p.unlisted(), unclaimed)
		found = append(found, es...)
	}
	problems = append(problems, nameElsewhere(found)...)
	for _, e := range found {
		if len(e.proofs) == 0 {
			problems = append(problems, fmt.Sprintf("%s: nothing proves it", e.name))
		}
	}
	return page(found), problems, nil
}
