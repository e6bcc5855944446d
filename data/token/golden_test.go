package token_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/data/token"
)

// The golden files are made by tools/golden/tokens.py, which also says what these flags are for.
var (
	ranksFlag = flag.String("ranks", "", "a rank file, or vocab.json,merges.txt")
	splitFlag = flag.String("split", "gpt2", "how text is cut")
	against   = flag.String("against", "", "what the reference makes of texts")
)

const end = "<|endoftext|>"

// endID is the id of <|endoftext|> beside the 600 of testdata.
const endID = 600

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func small(t testing.TB, split token.Split) *token.BPE {
	t.Helper()
	b, err := token.ReadRanks(bytes.NewReader(read(t, "small.tiktoken")), "small.tiktoken", split, map[string]int32{end: endID})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func smallGPT2(t testing.TB) *token.BPE {
	t.Helper()
	b, err := token.ReadGPT2(token.GPT2Files{Vocab: bytes.NewReader(read(t, "vocab.json")), Merges: bytes.NewReader(read(t, "merges.txt"))})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goldenCase is what the references make of one text.
type goldenCase struct {
	Text          string
	GPT2          []int32
	GPT2Special   []int32 `json:"gpt2_special"`
	CL100K        []int32
	CL100KSpecial []int32 `json:"cl100k_special"`
	Merges        []int32
}

func goldenCases(t testing.TB) []goldenCase {
	t.Helper()
	var g struct{ Cases []goldenCase }
	if err := json.Unmarshal(read(t, "tokens.json"), &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) < 20 {
		t.Fatalf("%d cases", len(g.Cases))
	}
	return g.Cases
}

func encode(t testing.TB, k token.Tokenizer, text string) []int32 {
	t.Helper()
	ids, err := k.Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	back, err := token.Decode(k, ids)
	if err != nil || back != text {
		t.Fatalf("%q came back as %q, %v", text, back, err)
	}
	return ids
}

func TestGolden(t *testing.T) {
	gpt2, cl100k, merges := small(t, token.GPT2), small(t, token.CL100K), smallGPT2(t)
	for _, c := range goldenCases(t) {
		if !strings.Contains(c.Text, end) {
			c.GPT2Special, c.CL100KSpecial = c.GPT2, c.CL100K
		}
		for name, ids := range map[string][2][]int32{
			"gpt2":           {encode(t, gpt2, c.Text), c.GPT2},
			"cl100k":         {encode(t, cl100k, c.Text), c.CL100K},
			"merges":         {encode(t, merges, c.Text), c.Merges},
			"gpt2 special":   {gpt2.EncodeSpecial(c.Text), c.GPT2Special},
			"cl100k special": {cl100k.EncodeSpecial(c.Text), c.CL100KSpecial},
			"merges special": {merges.EncodeSpecial(c.Text), c.GPT2Special},
		} {
			if !slices.Equal(ids[0], ids[1]) {
				t.Errorf("%s: %q is\n%v, want\n%v", name, c.Text, ids[0], ids[1])
			}
		}
	}
}

// Hugging Face's trainer made the files from the same text: ids, tokens and the order of merges are the same.
func TestTrainIsReference(t *testing.T) {
	b, err := token.Train(string(read(t, "corpus.txt")), token.TrainConfig{Vocab: endID + 1, Special: []string{end}})
	if err != nil {
		t.Fatal(err)
	}
	var ranks, vocab, merges bytes.Buffer
	if err := errors.Join(b.WriteRanks(&ranks), b.WriteGPT2(&vocab, &merges)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ranks.Bytes(), read(t, "small.tiktoken")) {
		t.Error("the rank file differs from the reference's")
	}
	if !bytes.Equal(merges.Bytes(), read(t, "merges.txt")) {
		t.Error("the merges differ from the reference's")
	}
	var got, want map[string]int
	if err := errors.Join(json.Unmarshal(vocab.Bytes(), &got), json.Unmarshal(read(t, "vocab.json"), &want)); err != nil {
		t.Fatal(err)
	}
	if len(got) != endID+1 || len(want) != len(got) {
		t.Fatalf("%d and %d ids, want %d", len(got), len(want), endID+1)
	}
	for k, id := range want {
		if got[k] != id {
			t.Errorf("%q is %d, want %d", k, got[k], id)
		}
	}
}

// TestWholeVocabulary compares a published vocabulary with its reference on what tools/golden/tokens.py wrote.
func TestWholeVocabulary(t *testing.T) {
	if *ranksFlag == "" {
		t.Skip("no -ranks")
	}
	b := openVocabulary(t, *ranksFlag)
	f, err := os.Open(*against)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, ids, bad := 0, 0, 0
	for d := json.NewDecoder(bufio.NewReader(f)); ; n++ {
		var c struct {
			Text string
			IDs  []int32
		}
		if err := d.Decode(&c); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		ids += len(c.IDs)
		if got := encode(t, b, c.Text); !slices.Equal(got, c.IDs) {
			if bad++; bad <= 10 && len(c.Text) < 500 {
				t.Errorf("%q is %v, want %v", c.Text, got, c.IDs)
			}
		}
	}
	t.Logf("%d texts, %d ids; %d texts differ", n, ids, bad)
	if bad > 0 || n == 0 {
		t.Fail()
	}
}

func openVocabulary(t *testing.T, name string) *token.BPE {
	t.Helper()
	open := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	var b *token.BPE
	var err error
	if vocab, merges, ok := strings.Cut(name, ","); ok {
		b, err = token.ReadGPT2(token.GPT2Files{Vocab: open(vocab), Merges: open(merges), VocabName: vocab, MergesName: merges})
	} else {
		b, err = token.ReadRanks(open(name), name, token.Split(*splitFlag), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}
