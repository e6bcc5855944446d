package table

// Options say what a reader makes of a file. The zero value: everything is found from the data, and no bad row is borne.
type Options struct {
	Kinds   map[string]Kind   // by column, in place of inference
	Layouts map[string]string // of dates, by column, as package time writes them: "02/01/2006"
	Drop    []string          // columns that are left out
	Missing []string          // further marks of a missing value, beside those of IsMissing
	BadRows float64           // the share of rows that may be bad: they are left out and listed in Table.Bad

	Delimiter byte   // of CSV: ',', ';', '\t' or '|'; 0: found
	Header    Header // of CSV
	Encoding  string // of CSV: "utf-8", "utf-16le", "utf-16be" or "windows-1252"; "": found

	MayLack []string // fields of a stream that the file may lack: their values are missing then
}

// Header says whether a file's first row holds names.
type Header uint8

// Whether there is a header.
const (
	FindHeader Header = iota // there is one unless a name would be a number, missing or there twice
	HasHeader
	NoHeader // columns are called c1, c2, …
)

// Stream reads a file in pieces.
type Stream interface {
	// Names are the file's columns, also those that weren't asked for; of JSON lines, those of its beginning and those asked for.
	Names() []string
	// Next returns the next rows, at most max: a table whose columns are those asked for, in that order. Levels are those of the
	// piece. After the last row it returns io.EOF.
	Next(max int) (*Table, error)
	Close() error
}

// missing are the marks of a missing value. Source: pandas.read_csv, na_values; and "?", as the UCI repository writes it.
var missing = map[string]bool{
	"": true, "NA": true, "N/A": true, "n/a": true, "NaN": true, "nan": true, "-nan": true, "-NaN": true, "#N/A": true, "#NA": true,
	"<NA>": true, "NULL": true, "null": true, "None": true, "?": true,
}

// IsMissing reports whether s stands for a missing value: "", NA, N/A, n/a, NaN, nan, -NaN, -nan, #N/A, #NA, <NA>, NULL, null,
// None or a question mark.
func IsMissing(s string) bool { return missing[s] }

// Writer writes tables of the same fields one after the other, as one file.
type Writer interface {
	Write(t *Table) error
	// Close ends the file; the writer below stays open.
	Close() error
}
