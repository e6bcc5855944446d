package dataset

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTexts(t *testing.T) {
	for _, x := range Texts() {
		text, err := x.Read()
		if err != nil || !utf8.ValidString(text) || utf8.RuneCountInString(text) != x.Characters {
			t.Errorf("%s: %d characters, want %d; %v", x.Name, utf8.RuneCountInString(text), x.Characters, err)
		}
		if LookupText(x.Name) != x || x.Licence == "" || x.Source == "" || x.Citation == "" {
			t.Errorf("%+v", x)
		}
	}
	if !slices.Contains(TextNames(), "moby-dick") || LookupText("mnist") != nil {
		t.Errorf("texts %v", TextNames())
	}
	if text, err := LookupText("moby-dick").Read(); err != nil || !strings.Contains(text[:200], "Call me Ishmael.") {
		t.Errorf("it begins %q", text[:200])
	}
	wrong := mobyDick
	wrong.File.SHA256 = strings.Repeat("0", 64)
	if _, err := wrong.Read(); err == nil || !strings.Contains(err.Error(), "embedded moby-dick/moby-dick.txt: SHA-256 is") {
		t.Errorf("a wrong text: %v", err)
	}
}
