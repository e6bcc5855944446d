package images

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Part says which part of a data set a picture belongs to.
type Part uint8

// The parts. Whole is of data that have none: the caller splits them.
const (
	Whole Part = iota
	Train
	Val
	Test
)

// partNames are the names of folders and of values of a list's column that say a part, in lower case.
var partNames = map[string]Part{"train": Train, "training": Train, "val": Val, "valid": Val, "validation": Val, "test": Test, "testing": Test}

// Labelled is a picture whose class is known.
type Labelled struct {
	Path  string
	Class int // a place in List.Classes
	Part  Part
	line  int // of the list; 0 in a folder
}

// List is the pictures of a data set.
type List struct {
	Name    string   // of the folder or file
	Classes []string // in alphabetical order
	Files   []Labelled
	Others  int // files in a folder that have no picture's name, which are left out
}

// OpenList lists the pictures that path names, decoding none: of a folder FOLDER/CLASS/…, or FOLDER/train/CLASS/… with
// val and test beside train, or of a CSV file with a column for the path, from the file's own folder, and one for the label.
func OpenList(path string) (*List, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	l := &List{Name: path}
	if info.IsDir() {
		err = l.folder(path)
	} else {
		err = l.csv(path)
	}
	if err != nil {
		return nil, err
	}
	l.sort()
	return l, nil
}

// folder reads a folder of classes, or of parts with classes in them.
func (l *List) folder(dir string) error {
	names, loose, err := folders(dir)
	if err != nil {
		return err
	}
	parted := slices.ContainsFunc(names, func(n string) bool { return partNames[strings.ToLower(n)] == Train })
	for _, n := range names {
		if part := partNames[strings.ToLower(n)]; parted && part == Whole {
			return &Error{File: filepath.Join(dir, n), Msg: fmt.Sprintf("a folder beside %s; want train, val and test alone, with a folder for each class in each", filepath.Join(dir, "train"))}
		}
	}
	if !parted {
		return l.classes(dir, names, loose, Whole)
	}
	if len(loose) > 0 {
		return beside(dir, loose)
	}
	for _, n := range names {
		inner, loose, err := folders(filepath.Join(dir, n))
		if err != nil {
			return err
		}
		if err := l.classes(filepath.Join(dir, n), inner, loose, partNames[strings.ToLower(n)]); err != nil {
			return err
		}
	}
	return nil
}

func beside(dir string, loose []string) error {
	return &Error{File: dir, Msg: fmt.Sprintf("%d pictures lie beside the folders of the classes, in none of them: %s; move them into one", len(loose), some(loose, 3))}
}

// some joins the first few names.
func some(names []string, n int) string {
	if len(names) > n {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
	}
	return strings.Join(names, ", ")
}

// folders returns the names of the folders in dir, and of the pictures.
func folders(dir string) (names, pictures []string, err error) {
	entries, err := os.ReadDir(dir) // sorted
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, name)) // a link to a folder is one
		switch {
		case err != nil:
			return nil, nil, err
		case info.IsDir():
			names = append(names, name)
		case hasExtension(name):
			pictures = append(pictures, name)
		}
	}
	return names, pictures, err
}

// classes adds the pictures of each class's folder, and of the folders in it.
func (l *List) classes(dir string, names, loose []string, part Part) error {
	if len(names) == 0 {
		return &Error{File: dir, Msg: fmt.Sprintf("no folder for a class, and %d pictures; want %s and more, or a CSV file with columns path and label",
			len(loose), filepath.Join(dir, "CLASS", "picture.jpg"))}
	}
	if len(loose) > 0 {
		return beside(dir, loose)
	}
	for _, class := range names {
		paths, others, err := walk(filepath.Join(dir, class))
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			return &Error{File: filepath.Join(dir, class), Msg: fmt.Sprintf("no picture in the class's folder, and %d other files; pictures end in %s", others, strings.Join(Extensions, ", "))}
		}
		id := l.class(class)
		for _, p := range paths {
			l.Files = append(l.Files, Labelled{Path: p, Class: id, Part: part})
		}
		l.Others += others
	}
	return nil
}

// class returns the id of a class, a new one where it is the first of it.
func (l *List) class(name string) int {
	id := slices.Index(l.Classes, name)
	if id < 0 {
		id = len(l.Classes)
		l.Classes = append(l.Classes, name)
	}
	return id
}

// maxClasses bounds the classes of a list: a column of names isn't one of labels.
const maxClasses = 10_000

// sort puts the classes in alphabetical order.
func (l *List) sort() {
	order := slices.Clone(l.Classes)
	slices.Sort(order)
	for i := range l.Files {
		f := &l.Files[i]
		f.Class, _ = slices.BinarySearch(order, l.Classes[f.Class])
	}
	l.Classes = order
}

// Trainable refuses what can't be learnt from: fewer than two classes, or a class with fewer than two pictures to train on.
func (l *List) Trainable() error {
	all, learnt := make([]int, len(l.Classes)), make([]int, len(l.Classes))
	for _, f := range l.Files {
		if all[f.Class]++; f.Part == Whole || f.Part == Train {
			learnt[f.Class]++
		}
	}
	if len(all) < 2 {
		return &Error{File: l.Name, Msg: fmt.Sprintf("its pictures have %d class, %s; want at least 2 to tell apart", len(all), some(l.Classes, 3))}
	}
	for k, n := range learnt {
		switch {
		case n == 0:
			return &Error{File: l.Name, Msg: fmt.Sprintf("class %q has %d pictures, and none of them to train on", l.Classes[k], all[k])}
		case n == 1:
			return &Error{File: l.Name, Msg: fmt.Sprintf("class %q has 1 picture to train on; want at least 2: add some, or take the class out", l.Classes[k])}
		}
	}
	return nil
}

// The names that a list's columns may have, in lower case.
var (
	pathColumns  = []string{"path", "file", "filename", "file_name", "image", "image_path"}
	labelColumns = []string{"label", "class", "target"}
	partColumns  = []string{"split", "part", "subset"}
)

// IsList reports whether a file is a CSV list of pictures: its first line names a column for the path and one for the label, and
// its second has a picture's path there.
func IsList(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	r := csv.NewReader(io.LimitReader(f, 1<<16))
	head, err := r.Read()
	if err != nil {
		return false
	}
	at, label := column(head, pathColumns), column(head, labelColumns)
	row, err := r.Read()
	return err == nil && at >= 0 && label >= 0 && hasExtension(row[at])
}

// column returns which of the names in head is one of those known, or −1.
func column(head, known []string) int {
	return slices.IndexFunc(head, func(h string) bool {
		return slices.Contains(known, strings.ToLower(strings.Trim(h, " \ufeff")))
	})
}

func (l *List) csv(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return l.fault(err, 1)
	}
	at, label, part := column(head, pathColumns), column(head, labelColumns), column(head, partColumns)
	if at < 0 || label < 0 {
		return &Error{File: path, Msg: fmt.Sprintf("its first line names the columns %s; want one of %s and one of %s",
			some(head, 8), strings.Join(pathColumns, ", "), strings.Join(labelColumns, ", "))}
	}
	seen := map[string]int{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := r.FieldPos(0)
		if err != nil {
			return l.fault(err, line)
		}
		p := Labelled{Path: filepath.FromSlash(row[at]), line: line}
		if first, twice := seen[row[at]]; twice {
			return l.fault(fmt.Errorf("%s stands in line %d already", row[at], first), line)
		}
		seen[row[at]] = line
		if !filepath.IsAbs(p.Path) {
			p.Path = filepath.Join(filepath.Dir(path), p.Path)
		}
		if part >= 0 {
			if p.Part = partNames[strings.ToLower(row[part])]; p.Part == Whole {
				return l.fault(fmt.Errorf("column %s is %q, want train, val or test", head[part], row[part]), line)
			}
		}
		if row[at] == "" || row[label] == "" {
			return l.fault(errors.New("the path or the label is empty"), line)
		}
		if p.Class = l.class(row[label]); len(l.Classes) > maxClasses {
			return l.fault(fmt.Errorf("more than %d different labels: column %s doesn't hold classes", maxClasses, head[label]), line)
		}
		l.Files = append(l.Files, p)
	}
	if len(l.Files) == 0 {
		return &Error{File: path, Msg: "it has no line after the names of its columns"}
	}
	return nil
}

// fault is what is wrong in a line of the list.
func (l *List) fault(err error, line int) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		line, err = p.Line, p.Err
	}
	return &Error{File: l.Name, Msg: fmt.Sprintf("line %d: %v", line, err), Err: err}
}
