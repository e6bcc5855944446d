package prep

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/table"
)

// shop has 100 rows: class b in 10 of them, groups of 4, and a time that goes backwards.
func shop() *table.Table {
	class, part := make([]string, 100), make([]string, 100)
	group, when := make([]float64, 100), make([]float64, 100)
	for i := range 100 {
		class[i], part[i] = "a", "train"
		if i%10 == 3 {
			class[i], part[i] = "b", "Test"
		}
		if i%10 == 4 {
			part[i] = "val"
		}
		group[i], when[i] = float64(i/4), float64(100-i)
	}
	return &table.Table{Name: "shop.csv", Rows: 100, Columns: []*table.Column{
		categories("class", class...), categories("part", part...), numbers("group", group...), numbers("when", when...),
	}}
}

// whole checks that parts hold each of the rows once, sorted.
func whole(t *testing.T, name string, p Parts, want int) {
	t.Helper()
	seen := map[int]bool{}
	for _, part := range [][]int{p.Train, p.Val, p.Test} {
		if !slices.IsSorted(part) {
			t.Errorf("%s: rows out of order: %v", name, part)
		}
		for _, r := range part {
			if seen[r] {
				t.Errorf("%s: row %d is there twice", name, r)
			}
			seen[r] = true
		}
	}
	if len(seen) != want {
		t.Errorf("%s: %d rows, want %d", name, len(seen), want)
	}
}

func TestSplit(t *testing.T) {
	in := shop()
	class := in.Lookup("class")
	for _, c := range []struct {
		s                Split
		train, val, test int
	}{
		{Split{By: "random", Val: 0.1, Test: 0.2}, 70, 10, 20},
		{Split{Val: 0.2, Test: 0.2}, 60, 20, 20},
		{Split{By: "group", Column: "group", Val: 0.08, Test: 0.2}, 72, 8, 20},
		{Split{By: "time", Column: "when", Val: 0.1, Test: 0.2}, 70, 10, 20},
		{Split{By: "time", Column: "when", Val: 0.1, Test: 0.2, Gap: 4}, 64, 10, 20},
		{Split{By: "time", Column: "group", Test: 0.1}, 88, 0, 12}, // rows 88 to 99: the groups stay together
		{Split{By: "column", Column: "part"}, 80, 10, 10},
		{Split{By: "random"}, 100, 0, 0},
	} {
		name := fmt.Sprintf("%+v", c.s)
		p, err := c.s.Parts(in, upTo(100), class)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		whole(t, name, p, c.train+c.val+c.test)
		if len(p.Train) != c.train || len(p.Val) != c.val || len(p.Test) != c.test {
			t.Errorf("%s: %d, %d and %d rows, want %d, %d and %d", name, len(p.Train), len(p.Val), len(p.Test), c.train, c.val, c.test)
		}
		again, _ := c.s.Parts(in, upTo(100), class)
		c.s.Seed++
		other, _ := c.s.Parts(in, upTo(100), class)
		random := c.s.By == "" || c.s.By == "group" || c.s.By == "random" && c.s.Test > 0
		if !reflect.DeepEqual(p, again) || reflect.DeepEqual(p, other) == random {
			t.Errorf("%s: a split must depend on its seed, where it is random, and on nothing else", name)
		}
	}
}

// TestSplitKeeps what each sort of split is for.
func TestSplitKeeps(t *testing.T) {
	in := shop()
	class, group, when := in.Lookup("class"), in.Lookup("group"), in.Lookup("when")
	p, err := Split{Val: 0.2, Test: 0.2, Seed: 5}.Parts(in, upTo(100), class)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{6, 2, 2} {
		if n := present(class, [][]int{p.Train, p.Val, p.Test}[i])["b"]; n != want {
			t.Errorf("stratified: part %d has %d rows of the rare class, want %d", i, n, want)
		}
	}
	if p, err = (Split{By: "group", Column: "group", Val: 0.2, Test: 0.2}).Parts(in, upTo(100), class); err != nil {
		t.Fatal(err)
	}
	of := map[float64]int{}
	for i, part := range [][]int{p.Train, p.Val, p.Test} {
		for _, r := range part {
			if k, ok := of[group.Numbers[r]]; ok && k != i {
				t.Errorf("group %v is in parts %d and %d", group.Numbers[r], k, i)
			}
			of[group.Numbers[r]] = i
		}
	}
	if p, err = (Split{By: "time", Column: "when", Val: 0.1, Test: 0.2, Gap: 3}).Parts(in, upTo(100), class); err != nil {
		t.Fatal(err)
	}
	span := func(rows []int) (lo, hi float64) {
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, r := range rows {
			lo, hi = min(lo, when.Numbers[r]), max(hi, when.Numbers[r])
		}
		return lo, hi
	}
	_, trained := span(p.Train)
	val, valid := span(p.Val)
	test, _ := span(p.Test)
	if val-trained < 3 || test-valid < 3 {
		t.Errorf("training ends at %v, validation is %v to %v, the test begins at %v", trained, val, valid, test)
	}
}

func TestFolds(t *testing.T) {
	in := shop()
	class, when := in.Lookup("class"), in.Lookup("when")
	for _, c := range []struct {
		s         Split
		k, repeat int
	}{
		{Split{By: "random", Val: 0.25}, 5, 1}, {Split{Val: 0.25}, 5, 2}, {Split{By: "group", Column: "group"}, 5, 1},
	} {
		folds, err := c.s.Folds(in, upTo(100), class, c.k, c.repeat)
		if err != nil {
			t.Fatal(err)
		}
		times := make([]int, 100)
		for i, f := range folds {
			whole(t, fmt.Sprintf("%+v fold %d", c.s, i), f, 100)
			if want := 100 / c.k; len(f.Test) != want {
				t.Errorf("%+v: fold %d tests %d rows, want %d", c.s, i, len(f.Test), want)
			}
			if n := present(class, f.Test)["b"]; c.s.By == "" && n != 2 {
				t.Errorf("stratified: fold %d has %d rows of the rare class, want 2", i, n)
			}
			for _, r := range f.Test {
				times[r]++
			}
		}
		if !slices.Equal(times, slices.Repeat([]int{c.repeat}, 100)) {
			t.Errorf("%+v: rows are tested %v times, want each %d times", c.s, times, c.repeat)
		}
		if c.repeat == 2 && reflect.DeepEqual(folds[0], folds[c.k]) {
			t.Error("the repeats are the same")
		}
	}
	folds, err := Split{By: "time", Column: "when", Gap: 2}.Folds(in, upTo(100), class, 4, 1)
	if err != nil || len(folds) != 4 {
		t.Fatal(folds, err)
	}
	for i, f := range folds {
		if len(f.Test) != 20 || len(f.Train) != 20*(i+1)-1 {
			t.Errorf("by time: fold %d learns from %d rows and tests %d", i, len(f.Train), len(f.Test))
		}
		for _, r := range f.Train {
			if when.Numbers[r] > when.Numbers[f.Test[len(f.Test)-1]]-2 { // time goes backwards in the table
				t.Errorf("by time: fold %d learns from row %d", i, r)
			}
		}
	}
	if folds, err = (Split{By: "column", Column: "part"}).Folds(in, upTo(100), class, 2, 1); err != nil || len(folds) != 3 {
		t.Errorf("by column: %d folds, %v", len(folds), err)
	}
}

func TestSplitRefuses(t *testing.T) {
	in := shop()
	in.Columns = append(in.Columns, numbers("holes", append(make([]float64, 99), nan)...))
	for _, c := range []struct {
		s    Split
		want string
	}{
		{Split{By: "alphabet"}, `unknown split "alphabet"`},
		{Split{By: "time"}, "wants the name of a column"},
		{Split{By: "time", Column: "hwen"}, `no column "hwen"`},
		{Split{By: "time", Column: "class"}, "wants a date or a number"},
		{Split{By: "time", Column: "holes", Test: 0.1}, `row 100: column "holes"`},
		{Split{By: "group", Column: "holes", Test: 0.1}, `row 100: column "holes"`},
		{Split{By: "column", Column: "class"}, `row 1: column "class" says "a"`},
		{Split{By: "random", Val: 0.001}, "no row for val"},
		{Split{By: "time", Column: "when", Val: 0.5, Test: 0.5}, "no row for train"},
	} {
		if _, err := c.s.Parts(in, upTo(100), in.Lookup("class")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %q", c.s, err, c.want)
		}
	}
	if _, err := (Split{By: "stratified"}).Parts(in, upTo(100), in.Lookup("when")); err == nil {
		t.Error("stratified by numbers is taken")
	}
	if _, err := (Split{By: "random"}).Folds(in, upTo(3), nil, 5, 1); err == nil {
		t.Error("5 folds of 3 rows are taken")
	}
}
