package dataset

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
)

// Table is a table that Ingot knows: a CSV or Parquet file.
type Table struct {
	Name     string // what a person types: "adult"
	Title    string // one line
	Licence  string // the licence and whose it is
	Source   string // where it comes from
	Citation string // how it is cited
	Rows     int
	Columns  int
	Target   string // the column that is commonly predicted
	File     File   // decompressed

	embedded fs.FS   // holds it, gzipped
	carrier  carrier // the package that carries it, elsewhere
}

// tables in the order they are listed.
var tables = []*Table{
	&breastCancer, &heartDisease, &diabetesProgression, &germanCredit, &creditDefault, &proteinHomology, &adult,
	&californiaHousing, &ames, &churn, &titanic, &clothingReviews,
}

// Tables returns every table Ingot knows.
func Tables() []*Table { return tables }

// TableNames returns the names of Tables.
func TableNames() []string {
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	return names
}

// LookupTable returns the table of that name, or nil.
func LookupTable(name string) *Table {
	i := slices.IndexFunc(tables, func(t *Table) bool { return t.Name == name })
	if i < 0 {
		return nil
	}
	return tables[i]
}

// Open finds or fetches the table's file and returns its bytes, whose SHA-256 is checked, and where it was found: embedded, in
// $INGOT_DATA/NAME, in the cache, or in a package, which its own client (pip, apt-get) fetches. Where it can't be had, the
// error is an *UnavailableError; a damaged file in INGOT_DATA is a *DamagedError.
func (t *Table) Open(ctx context.Context, opt Options) (content []byte, from string, err error) {
	if t.embedded != nil {
		b, err := t.File.readEmbedded(t.embedded, t.Name)
		return b, "embedded", err
	}
	return t.open(ctx, newFinder(&Entry{Name: t.Name}, opt))
}

// open looks everywhere.
func (t *Table) open(ctx context.Context, f *finder) (content []byte, from string, err error) {
	b, p, err := f.here(t.File)
	if b != nil || err != nil {
		return b, p.dir, err
	}
	if !f.Offline {
		b, err := t.unpack(ctx, f)
		if err == nil {
			return b, t.carrier.String(), nil
		}
		f.note(fmt.Sprintf("%s: %v", t.carrier, err))
	}
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	return nil, "", f.unavailable([]string{t.File.Name})
}

// unpack has the package fetched and keeps the file of it in the cache.
func (t *Table) unpack(ctx context.Context, f *finder) ([]byte, error) {
	f.tell(Event{Source: t.carrier.String(), Notice: fmt.Sprintf("data set %s isn't on this machine; trying %s", t.Name, t.carrier.command())})
	pack, err := f.fetchPackage(ctx, t.carrier)
	if err != nil {
		return nil, err
	}
	raw, err := t.carrier.extract(pack)
	if err != nil {
		return nil, err
	}
	b, err := t.File.read(bytes.NewReader(raw), t.carrier.String())
	if err != nil {
		return nil, err
	}
	f.tell(Event{File: t.File.Name, Source: t.carrier.String(), Done: int64(len(b)), Total: int64(len(b))})
	f.keep(t.File.Name, b)
	return b, nil
}

// Locate returns the folder that has the table's file, its SHA-256 checked, or "embedded"; "" where Open would have to fetch,
// with an error where that is because of a file that is here.
func (t *Table) Locate() (folder string, err error) {
	if t.embedded != nil {
		return "embedded", nil
	}
	return newFinder(&Entry{Name: t.Name}, Options{}).locate([]File{t.File})
}

//go:embed tables/*.gz
var tableFiles embed.FS

var embeddedTables = sub(tableFiles, "tables")
