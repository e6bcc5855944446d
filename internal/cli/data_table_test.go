package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestDataTables: the tables we know are listed, described and got like the other data sets.
func TestDataTables(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("INGOT_DATA", "")
	code, out, _ := ingot("data", "ls", "--json")
	var list struct{ Tables []knownTable }
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	where := map[string]string{}
	for _, k := range list.Tables {
		where[k.Name] = k.Folder
	}
	if where["german-credit"] != "embedded" || where["adult"] != "" || len(where) != 12 {
		t.Errorf("tables are in %v", where)
	}
	if code, out, _ = ingot("data", "describe", "heart-disease"); code != 0 || !strings.Contains(out, "303 rows, 14 columns") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out, _ = ingot("data", "get", "ames"); code != 0 || out != "ames: whole and verified, in embedded\n" {
		t.Errorf("exit %d: %s", code, out)
	}
}
