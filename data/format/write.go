package format

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ingot-ml/ingot/data/csv"
	"github.com/ingot-ml/ingot/data/jsonl"
	"github.com/ingot-ml/ingot/data/parquet"
	"github.com/ingot-ml/ingot/data/table"
)

// NewWriter returns a writer of the format that the end of path names: .csv, .jsonl or .parquet. It is buffered by the
// format; w isn't closed.
func NewWriter(w io.Writer, path string, fields []table.Field) (table.Writer, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		return csv.NewWriter(w, fields), nil
	case ".jsonl", ".ndjson":
		return jsonl.NewWriter(w, fields), nil
	case ".parquet":
		return parquet.NewWriter(w, fields)
	default:
		return nil, fmt.Errorf("%q ends in %q; tables are written as .csv, .jsonl or .parquet", path, ext)
	}
}
