package prep

import (
	"encoding/json"
	"testing"

	"github.com/ingot-ml/ingot/data/table"
)

// FuzzParse: what Parse takes for a plan encodes rows of any values, in as much memory as its text is long, and is written and read again.
func FuzzParse(f *testing.F) {
	for _, o := range []Options{{}, {Targets: []string{"age"}, Scale: "quantile"}, {Columns: map[string]ColumnOptions{"city": {Encode: "target"}}}, {Columns: map[string]ColumnOptions{"age": {Scale: "log", Optional: true}, "city": {Encode: "onehot"}}}} {
		if o.Targets == nil {
			o.Targets = []string{"buys"}
		}
		o.Labelled, o.Train, o.MinRows = upTo(8), upTo(6), 1
		t := people()
		if o.Targets[0] == "age" {
			o.Labelled, o.Train = []int{0, 1, 3, 4, 5, 6}, []int{0, 1, 3, 4, 5}
		}
		p, err := Fit(t, o)
		if err != nil {
			continue // an option that isn't for this column
		}
		b, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"inputs":[{"name":"a","type":"number","numbers":[{"fill":0,"scale":{"method":"standard","width":1}}],"levels":[],"target_means":[[1]]}],"targets":[{"name":"y","type":"binary","levels":["0","1"]}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		p, err := Parse(b)
		if err != nil {
			return
		}
		if n := p.Features(); n > len(b) {
			t.Fatalf("%d values a row of a plan of %d bytes", n, len(b))
		}
		rows := &table.Table{Name: "x", Rows: 3}
		for _, in := range p.Inputs {
			c := &table.Column{Field: table.Field{Name: in.Name, Kind: in.Kind}}
			if stored(in.Kind) == table.Category {
				c.Codes, c.Levels = []int32{-1, 0, 1}, []string{"a", "b"}
			} else {
				c.Numbers = []float64{nan, -1.5, 1e12}
			}
			if rows.Lookup(in.Name) == nil {
				rows.Columns = append(rows.Columns, c)
			}
		}
		_ = p.Encode(make([]float32, 3*p.Features()), rows, make([]Count, len(p.Inputs))) // a value may be too large: that is an error
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(again); err != nil {
			t.Fatalf("written again it isn't read: %v", err)
		}
	})
}
