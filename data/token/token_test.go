package token_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ingot-ml/ingot/data/token"
)

func TestChars(t *testing.T) {
	c, err := token.NewChars("hello, wörld\uFFFD")
	if err != nil {
		t.Fatal(err)
	}
	// In the order of code points: space , d e h l o r w ö U+FFFD.
	ids, err := c.Encode("wö \uFFFDd")
	if err != nil || c.Len() != 11 || !slices.Equal(ids, []int32{8, 9, 0, 10, 2}) {
		t.Errorf("%d characters, ids %v, %v", c.Len(), ids, err)
	}
	if text, err := token.Decode(c, ids); err != nil || text != "wö \uFFFDd" {
		t.Errorf("decoded %q, %v", text, err)
	}
	for text, want := range map[string]string{
		"wx":      "byte 1 of the text: 'x' (U+0078) is not among the 11 characters known",
		"ö\xff":   "byte 2 of the text: 0xff is not UTF-8",
		"ö\xc3":   "byte 2 of the text: 0xc3 is not UTF-8",
		"\u00e9l": "byte 0 of the text: 'é' (U+00E9)",
	} {
		var e *token.TextError
		if _, err := c.Encode(text); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	if _, err := token.NewChars("a\xffb"); err == nil || !strings.Contains(err.Error(), "byte 1") {
		t.Errorf("error %v", err)
	}
	if _, err := token.NewChars(""); err == nil {
		t.Error("a tokenizer of no characters")
	}
	if _, err := token.Decode(c, []int32{1, 11}); err == nil || !strings.Contains(err.Error(), "id 11 at position 1 has no token, the vocabulary has 11 ids") {
		t.Errorf("error %v", err)
	}
}

// TestStream: a character of several tokens comes when it is whole, and one that never is comes in the end.
func TestStream(t *testing.T) {
	b, err := token.Train("x", token.TrainConfig{Vocab: 256})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"aé":           {"a", "", "é", ""},
		"€!":           {"", "", "€", "!", ""},
		"\xff\xe2a":    {"\xff", "", "\xe2a", ""},
		"a\xf0\x9f":    {"a", "", "", "\xf0\x9f"},
		"\xe2\xe2\x82": {"", "\xe2", "", "\xe2\x82"},
	} {
		ids, err := b.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		s := token.Stream{Tokenizer: b}
		var got []string
		for _, id := range ids {
			part, err := s.Next(id)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part)
		}
		if got = append(got, s.Flush()); !slices.Equal(got, want) {
			t.Errorf("%q comes as %q, want %q", text, got, want)
		}
	}
	s := token.Stream{Tokenizer: b}
	if _, err := s.Next(256); err == nil {
		t.Error("an id without a token")
	}
}

// TestParse: a tokenizer's JSON gives the tokenizer back, and what isn't one is refused.
func TestParse(t *testing.T) {
	chars, err := token.NewChars("añb\n\"")
	if err != nil {
		t.Fatal(err)
	}
	for _, tok := range []token.Tokenizer{chars, small(t, token.CL100K), smallGPT2(t)} {
		text, err := json.Marshal(tok)
		if err != nil {
			t.Fatal(err)
		}
		back, err := token.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(back)
		if err != nil || !bytes.Equal(text, again) || back.Len() != tok.Len() {
			t.Errorf("read back and written: %.80s, was %.80s; %v", again, text, err)
		}
	}
	for text, want := range map[string]string{
		``:                                                "not a tokenizer",
		`{"kind":"words"}`:                                `kind "words"`,
		`{"kind":"chars","chars":"ba"}`:                   "they must rise",
		`{"kind":"chars","chars":"aa"}`:                   "they must rise",
		`{"kind":"chars","chars":""}`:                     "at least one character",
		`{"kind":"chars","chars":"ab","more":1}`:          `"more"`,
		`{"kind":"chars","chars":"ab"} {}`:                "tokenizer",
		`{"kind":"bpe","split":"gpt2","tokens":["YQ=="]}`: "has no token",
		`{"kind":"bpe","split":"words","tokens":[]}`:      "words",
	} {
		if tok, err := token.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, error %v, want %q", text, tok, err, want)
		}
	}
}

// lie changes a line of a golden file.
func lie(t *testing.T, file string, line int, to string) []byte {
	t.Helper()
	lines := strings.Split(string(read(t, file)), "\n")
	lines[line-1] = to
	return []byte(strings.Join(lines, "\n"))
}

// TestRanksThatLie: each error names the file and the line.
func TestRanksThatLie(t *testing.T) {
	for to, want := range map[string]string{
		"IQ==":              "x:3: want a token in base64, a space and its rank",
		"IQ== two":          "x:3: ",
		"IQ== -1":           "x:3: ",
		"IQ== 99999999999":  "x:3: ",
		"I!== 2":            "x:3: the token",
		"Iw== 1":            "x:3: rank 1 is that of line 2, too",
		"IQ== 2":            `x:3: token "!" is that of line 1, too`,
		" 2":                "x:3: ",
		"aGVsbG8gd29y 9000": "the byte 0x23 has no token",
	} {
		_, err := token.ReadRanks(bytes.NewReader(lie(t, "small.tiktoken", 3, to)), "x", token.GPT2, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", to, err, want)
		}
	}
	if _, err := token.ReadRanks(bytes.NewReader(read(t, "small.tiktoken")), "x", token.GPT2, map[string]int32{"<|a|>": 5}); err == nil || !strings.Contains(err.Error(), "has id 5, which is that of") {
		t.Errorf("error %v", err)
	}
}

func TestGPT2FilesThatLie(t *testing.T) {
	vocab, merges := read(t, "vocab.json"), read(t, "merges.txt")
	swap := func(old, new string) []byte { return bytes.Replace(vocab, []byte(old), []byte(new), 1) }
	for want, files := range map[string][2][]byte{
		"vocab.json:1: the file ends inside the object":            {vocab[:len(vocab)-20], merges},
		"vocab.json:1: text after the object":                      {append(bytes.TrimSpace(slices.Clone(vocab)), " 1"...), merges},
		"want an object of ids by token":                           {[]byte("[1]"), merges},
		`id 1 is that of "!" and of "\""`:                          {swap(`"!": 0`, `"!": 1`), merges},
		`token "!" has id -1, want a whole number`:                 {swap(`"!": 0`, `"!": -1`), merges},
		`token "!" has id 0.5, want a whole number`:                {swap(`"!": 0`, `"!": 0.5`), merges},
		`the character '☃' stands for no byte`:                     {swap(`"!": 0`, `"☃": 0`), merges},
		"the special token \"<|endoftext|>\" isn't there":          {swap(`"<|endoftext|>"`, `"endoftext"`), merges},
		`merges.txt:2: "Ġt", want two tokens with a space between`: {vocab, lie(t, "merges.txt", 2, "Ġt")},
		`merges.txt:2: "zzz" has no id in vocab.json`:              {vocab, lie(t, "merges.txt", 2, "zzz t")},
		"is neither a byte nor made by a line before":              {vocab, append([]byte("#version: 0.2\nĠt h\n"), merges...)},
		"merges.txt:3: the same merge as in line 2":                {vocab, lie(t, "merges.txt", 3, "Ġ t")},
		"which it makes, has no id in vocab.json":                  {vocab, lie(t, "merges.txt", 2, "! !")},
		"is neither a byte nor made by a merge of merges.txt":      {vocab, bytes.Join(bytes.Split(merges, []byte("\n"))[:2], []byte("\n"))},
	} {
		_, err := token.ReadGPT2(token.GPT2Files{Vocab: bytes.NewReader(files[0]), Merges: bytes.NewReader(files[1])})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// TestSpecial: a special token's name in a text is text, unless it is one's own.
func TestSpecial(t *testing.T) {
	b := small(t, token.GPT2)
	ids, err := b.Encode("a" + end)
	if err != nil || slices.Contains(ids, endID) {
		t.Errorf("a text ended itself: %v, %v", ids, err)
	}
	if ids := b.EncodeSpecial("a" + end + "b"); len(ids) != 3 || ids[1] != endID {
		t.Errorf("ids %v", ids)
	}
}

// comesBack holds a tokenizer to giving a text back, in one go and as it comes.
func comesBack(t *testing.T, tok token.Tokenizer, text string) {
	t.Helper()
	ids, err := tok.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := token.Decode(tok, ids); err != nil || back != text {
		t.Fatalf("%q came back as %q, %v", text, back, err)
	}
	s, streamed := token.Stream{Tokenizer: tok}, ""
	for _, id := range ids {
		part, err := s.Next(id)
		if err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(text) && !utf8.ValidString(part) {
			t.Fatalf("%q comes with %q, a part of a character", text, part)
		}
		streamed += part
	}
	if streamed += s.Flush(); streamed != text {
		t.Fatalf("%q came as %q", text, streamed)
	}
}

// FuzzText: any text comes back from its ids.
func FuzzText(f *testing.F) {
	f.Add("Call me Ishmael. It's 1851, naïve — 漢字\r\n\t  x")
	f.Add("\xff\xe2\x82 \u00a0'S's")
	ranks, cl100k, gpt2 := small(f, token.GPT2), small(f, token.CL100K), smallGPT2(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range []token.Tokenizer{ranks, cl100k, gpt2} {
			comesBack(t, tok, text)
		}
		if c, err := token.NewChars(text); err == nil {
			comesBack(t, c, text)
		} else if utf8.ValidString(text) && text != "" {
			t.Fatal(err)
		}
	})
}

// FuzzTokenizer: what a tokenizer's JSON says is refused, or works.
func FuzzTokenizer(f *testing.F) {
	for _, tok := range []any{small(f, token.GPT2), smallGPT2(f)} {
		text, err := json.Marshal(tok)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"kind":"chars","chars":"abc"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tok, err := token.Parse(text)
		if err != nil {
			return
		}
		if b, ok := tok.(*token.BPE); ok {
			comesBack(t, b, "Call me Ishmael.\xff é")
		}
		if _, err := json.Marshal(tok); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRanks: a rank file is refused, or works.
func FuzzRanks(f *testing.F) {
	f.Add(read(f, "small.tiktoken"))
	f.Fuzz(func(t *testing.T, file []byte) {
		if b, err := token.ReadRanks(bytes.NewReader(file), "x", token.CL100K, nil); err == nil {
			comesBack(t, b, "Call me Ishmael.\xff é")
		}
	})
}

// FuzzGPT2: a vocabulary's two files are refused, or work.
func FuzzGPT2(f *testing.F) {
	f.Add(read(f, "vocab.json"), read(f, "merges.txt"))
	f.Fuzz(func(t *testing.T, vocab, merges []byte) {
		if b, err := token.ReadGPT2(token.GPT2Files{Vocab: bytes.NewReader(vocab), Merges: bytes.NewReader(merges)}); err == nil {
			comesBack(t, b, "Call me Ishmael.\xff é")
		}
	})
}

func ExampleTrain() {
	b, err := token.Train("low lower lowest", token.TrainConfig{Vocab: 258})
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := b.Encode("low")
	text, _ := b.Token(ids[0])
	fmt.Println(len(ids), text, err)
	// Output: 1 low <nil>
}
