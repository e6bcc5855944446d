package recipe

import (
	"reflect"
	"strings"
	"testing"
)

// TestColumns are read, written and read again as they were.
func TestColumns(t *testing.T) {
	arg := `data.columns={zip: {type: category, encode: target}, "a: b": {drop: true}, -x: {impute: constant, fill: -1.5, scale: log}, d: {type: date, layout: 02/01/2006, optional: true}}`
	fill := -1.5
	want := Columns{
		{Name: "zip", Type: "category", Encode: "target"}, {Name: "a: b", Drop: true}, {Name: "-x", Impute: "constant", Fill: &fill, Scale: "log"},
		{Name: "d", Type: "date", Layout: "02/01/2006", Optional: true},
	}
	r, err := Load("", []string{"data=x.csv", "target=y", arg})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(r.Data.Columns, want) || !reflect.DeepEqual(r.Data.Target, []string{"y"}) {
		t.Errorf("columns %+v, target %v", r.Data.Columns, r.Data.Target)
	}
	again, err := Parse(r.YAML(true), "again.yaml")
	if err != nil || !reflect.DeepEqual(again.Data, r.Data) {
		t.Errorf("written and read: %+v, %v", again, err)
	}
	for arg, want := range map[string]string{
		"data.columns={zip: category}":                     "found \"category\", want columns",
		"data.columns=[zip]":                               "found a list, want columns",
		"data.columns={zip: {kind: category}}":             `unknown setting "kind"`,
		"data.columns={zip: {type: categry}}":              `did you mean "category"`,
		"data.columns={a: {}, a: {}}":                      "twice",
		"data.columns={a: {fill: 3}}":                      "go together",
		"data.columns={a: {drop: maybe}}":                  "one of true, false",
		"data.columns={a: {type: [date]}}":                 "want one value",
		"data.columns={a: {impute: constant, fill: much}}": `"much" isn't a number`,
		"data.split.gap=-3d":                               "at least 0",
		"data.split.gap=soon":                              "7d or 12h",
		"data.split.by=size":                               "one of auto, random",
	} {
		if _, err := Load("", []string{"data=x.csv", arg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", arg, err, want)
		}
	}
	for text, want := range map[string]float64{"0": 0, "2.5": 2.5, "7d": 7 * 86400, "12h": 12 * 3600} {
		if got := (&Data{Gap: text}).GapNumber(); got != want {
			t.Errorf("gap %s is %v, want %v", text, got, want)
		}
	}
}
