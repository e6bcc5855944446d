// Command tables writes the tables that package dataset embeds, each from the package that carries it, as CSV:
//
//	go run ./tools/tables scikit_learn.whl orange3.whl weka.deb r-cran-modeldata.deb
//
// with the files of scikit-learn 1.9.1, orange3 3.40.0 (pip download --no-deps), weka 3.6.14-3 and r-cran-modeldata 1.1.0-1
// (apt-get download). Values are taken as they are; the tool gives columns their names. It prints each file's size and SHA-256
// as dataset/tables.go holds them.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/ingot-ml/ingot/dataset/packages"
	"github.com/ingot-ml/ingot/dataset/rdata"
	"github.com/ingot-ml/ingot/internal/fs"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tables:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 4 {
		return errors.New("want the files of scikit-learn, orange3, weka and r-cran-modeldata")
	}
	sklearn, orange, weka, modeldata := args[0], args[1], args[2], args[3]
	const r = "usr/lib/R/site-library/modeldata/data/Rdata"
	files, err := open(packages.Wheel, sklearn, "sklearn/datasets/data/breast_cancer.csv", "sklearn/datasets/data/diabetes_data_raw.csv.gz", "sklearn/datasets/data/diabetes_target.csv.gz")
	if err != nil {
		return err
	}
	if err := write("breast-cancer", func() ([][]string, error) { return breastCancer(files[0]) }); err != nil {
		return err
	}
	if err := write("diabetes-progression", func() ([][]string, error) { return diabetes(files[1], files[2]) }); err != nil {
		return err
	}
	if files, err = open(packages.Wheel, orange, "Orange/datasets/heart_disease.tab"); err != nil {
		return err
	}
	if err := write("heart-disease", func() ([][]string, error) { return tab(files[0]) }); err != nil {
		return err
	}
	if files, err = open(packages.Deb, weka, "usr/share/doc/weka/examples/credit-g.arff"); err != nil {
		return err
	}
	if err := write("german-credit", func() ([][]string, error) { return arff(files[0]) }); err != nil {
		return err
	}
	if files, err = open(packages.Deb, modeldata, r+".rdx", r+".rdb"); err != nil {
		return err
	}
	for _, names := range [][2]string{{"ames", "ames"}, {"churn", "wa_churn"}, {"credit-default", "credit_data"}} {
		if err := write(names[0], func() ([][]string, error) { return frameRows(files[0], files[1], names[1]) }); err != nil {
			return err
		}
	}
	return nil
}

// open returns files of a package.
func open(read func(b []byte, names ...string) ([][]byte, error), path string, names ...string) ([][]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return read(b, names...)
}

// write writes dataset/tables/NAME.csv.gz and prints what dataset/tables.go says of it.
func write(name string, rows func() ([][]string, error)) error {
	table, err := rows()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var text bytes.Buffer
	if err := csv.NewWriter(&text).WriteAll(table); err != nil {
		return err
	}
	fmt.Printf("%s: %d rows, %d columns\n\tFile: File{%q, %d, \"%x\"},\n", name, len(table)-1, len(table[0]), name+".csv", text.Len(), sha256.Sum256(text.Bytes()))
	return fs.WriteFile("dataset/tables/"+name+".csv.gz", func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(text.Bytes()); err != nil {
			return err
		}
		return z.Close()
	})
}

// breastCancer gives scikit-learn's file the names of its columns; its classes are 0 malignant, 1 benign.
func breastCancer(b []byte) ([][]string, error) {
	rows, err := csv.NewReader(bytes.NewReader(b[bytes.IndexByte(b, '\n')+1:])).ReadAll()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, of := range []string{"mean", "error", "worst"} {
		for _, what := range []string{"radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity", "concave points", "symmetry", "fractal dimension"} {
			names = append(names, of+" "+what)
		}
	}
	for _, row := range rows {
		last := len(row) - 1
		row[last] = map[string]string{"0": "malignant", "1": "benign"}[row[last]]
	}
	return append([][]string{append(names, "diagnosis")}, rows...), nil
}

// diabetes joins scikit-learn's two files, whose values are parted by spaces.
func diabetes(data, target []byte) ([][]string, error) {
	x, err := gunzip(data)
	if err != nil {
		return nil, err
	}
	y, err := gunzip(target)
	if err != nil {
		return nil, err
	}
	rows := [][]string{{"age", "sex", "bmi", "blood pressure", "total cholesterol", "ldl", "hdl", "cholesterol ratio", "log triglycerides", "glucose", "progression"}}
	targets := strings.Fields(string(y))
	for i, line := range strings.Split(strings.TrimSpace(string(x)), "\n") {
		var value float64
		if _, err := fmt.Sscan(targets[i], &value); err != nil {
			return nil, err
		}
		rows = append(rows, append(strings.Fields(line), fmt.Sprint(value)))
	}
	return rows, nil
}

func gunzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// tab reads Orange's format: names, types, roles, then rows. A question mark or nothing is a missing value.
func tab(b []byte) ([][]string, error) {
	var rows [][]string
	for i, line := range strings.Split(strings.TrimRight(string(b), "\r\n"), "\n") {
		if i == 1 || i == 2 {
			continue
		}
		cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
		for k, c := range cells {
			if c == "?" {
				cells[k] = ""
			}
		}
		rows = append(rows, cells)
	}
	return rows, nil
}

// arff reads Weka's format: lines "@attribute NAME TYPE", then "@data" and rows with values quoted by '. % begins a comment.
func arff(b []byte) ([][]string, error) {
	rows, data := [][]string{nil}, false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || line[0] == '%':
		case data:
			cells, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(line, "'", `"`))).Read()
			if err != nil {
				return nil, err
			}
			rows = append(rows, cells)
		case strings.EqualFold(word, "@attribute"):
			name, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
			rows[0] = append(rows[0], name)
		case strings.EqualFold(word, "@data"):
			data = true
		}
	}
	return rows, nil
}

func frameRows(rdx, rdb []byte, name string) ([][]string, error) {
	frame, err := rdata.Lookup(rdx, rdb, name)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := rdata.WriteCSV(&text, frame, ""); err != nil {
		return nil, err
	}
	return csv.NewReader(&text).ReadAll()
}
