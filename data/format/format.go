// Package format opens a file of rows in whatever format it is: what a file is, is told by its first bytes, not by its name.
package format

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"

	"github.com/ingot-ml/ingot/data/csv"
	"github.com/ingot-ml/ingot/data/jsonl"
	"github.com/ingot-ml/ingot/data/npy"
	"github.com/ingot-ml/ingot/data/parquet"
	"github.com/ingot-ml/ingot/data/table"
)

// Read reads the file at path whole: CSV and its relatives, JSON lines, Parquet or NPY, the first two also gzipped.
func Read(path string, o table.Options) (*table.Table, error) {
	f, err := find(path)
	if err != nil {
		return nil, err
	}
	return f.read(path, o)
}

// Open opens the file at path for reading in pieces the fields of a schema.
func Open(path string, fields []table.Field, o table.Options) (table.Stream, error) {
	f, err := find(path)
	if err != nil {
		return nil, err
	}
	return f.open(path, fields, o)
}

// format is a format with its reader.
type format struct {
	read func(path string, o table.Options) (*table.Table, error)
	open func(path string, fields []table.Field, o table.Options) (table.Stream, error)
}

// formats are told by their first bytes; CSV is what is none of the others.
var formats = []struct {
	is func(head []byte) bool
	format
}{
	{func(b []byte) bool { return bytes.HasPrefix(b, []byte("PAR1")) }, format{parquet.Read, parquet.Open}},
	{func(b []byte) bool { return bytes.HasPrefix(b, []byte("\x93NUMPY")) }, format{npy.Read, npy.Open}},
	{isJSON, format{jsonl.Read, jsonl.Open}},
	{func([]byte) bool { return true }, format{csv.Read, csv.Open}},
}

// isJSON reports whether a text begins as an object or, which is refused with advice, as an array of them does.
func isJSON(b []byte) bool {
	b = bytes.TrimLeft(bytes.TrimPrefix(b, []byte{0xef, 0xbb, 0xbf}), " \t\r\n")
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return false
	}
	b = bytes.TrimLeft(b[1:], " \t\r\n")
	return len(b) == 0 || b[0] == '"' || b[0] == '{' || b[0] == '}' || b[0] == ']'
}

// refused are files that people take for tables, by their first bytes.
var refused = []struct{ magic, msg string }{
	{"PK\x03\x04", "a zip file, as of Excel or NumPy's npz; save the table as CSV or Parquet"},
	{"\xd0\xcf\x11\xe0", "an old Excel file; save the table as CSV"},
	{"%PDF", "a PDF; save the table as CSV"},
	{"\x89PNG", "a picture; images are read from a folder, one folder a class"},
	{"\xff\xd8\xff", "a picture; images are read from a folder, one folder a class"},
	{"SQLite format 3\x00", "an SQLite database; save the table as CSV"},
	{"ARROW1", "an Arrow file; save the table as Parquet or CSV"},
	{"ORC", "an ORC file; save the table as Parquet or CSV"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd; decompress it, or use gzip"},
	{"BZh", "compressed by bzip2; decompress it, or use gzip"},
	{"\xfd7zXZ", "compressed by xz; decompress it, or use gzip"},
}

// find finds a file's format.
func find(path string) (*format, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &table.Error{File: path, Msg: "not a regular file"}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := beginning(f)
	if err != nil {
		return nil, &table.Error{File: path, Msg: err.Error(), Err: err}
	}
	if len(head) == 0 {
		return nil, &table.Error{File: path, Msg: "the file is empty"}
	}
	for _, r := range refused {
		if bytes.HasPrefix(head, []byte(r.magic)) {
			return nil, &table.Error{File: path, Msg: "the file is " + r.msg}
		}
	}
	for i := range formats {
		if formats[i].is(head) {
			return &formats[i].format, nil
		}
	}
	return nil, &table.Error{File: path, Msg: "not a table"}
}

// beginning returns the first bytes, decompressed where they are gzipped.
func beginning(r io.Reader) ([]byte, error) {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) { // RFC 1952, section 2.3.1
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, err
		}
		b = bufio.NewReader(z)
	}
	head, err := b.Peek(512)
	if err != nil && len(head) == 0 && err != io.EOF {
		return nil, err
	}
	return head, nil
}
