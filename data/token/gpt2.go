package token

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// GPT-2's files write a byte as a character that can be seen: those of Latin-1 that can be seen as themselves, the others as
// U+0100 and up, in their order. So the space is Ġ. Source: bytes_to_unicode in encoder.py of github.com/openai/gpt-2.
var (
	byteOrder []byte // the bytes in the order of their ids: those that can be seen first
	byteChar  [256]rune
	charByte  = map[rune]byte{}
)

func init() {
	var hidden []byte
	for c := range 256 {
		if '!' <= c && c <= '~' || 0xa1 <= c && c <= 0xac || 0xae <= c {
			byteOrder = append(byteOrder, byte(c))
			byteChar[c] = rune(c)
		} else {
			byteChar[c] = rune(256 + len(hidden))
			hidden = append(hidden, byte(c))
		}
	}
	byteOrder = append(byteOrder, hidden...)
	for c, r := range byteChar {
		charByte[r] = byte(c)
	}
}

// visible returns bytes as GPT-2's files have them.
func visible(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(byteChar[s[i]])
	}
	return b.String()
}

// hiddenBytes is the inverse of visible; bad is a character that stands for no byte.
func hiddenBytes(s string) (text string, bad rune, ok bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charByte[r]
		if !ok {
			return "", r, false
		}
		b = append(b, c)
	}
	return string(b), 0, true
}

// GPT2Files are the two files of a GPT-2 vocabulary: vocab.json and merges.txt, which were first called encoder.json and
// vocab.bpe.
type GPT2Files struct {
	Vocab, Merges         io.Reader
	VocabName, MergesName string   // for errors; empty: vocab.json and merges.txt
	Special               []string // tokens in Vocab that no merge makes; nil: <|endoftext|>
}

// ReadGPT2 reads the files. Every entry of the vocabulary must be a byte, what a merge makes, or special, and the other way
// round. Errors are *Error.
func ReadGPT2(f GPT2Files) (*BPE, error) {
	if f.VocabName == "" {
		f.VocabName = "vocab.json"
	}
	if f.MergesName == "" {
		f.MergesName = "merges.txt"
	}
	if f.Special == nil {
		f.Special = []string{"<|endoftext|>"}
	}
	file, err := readAll(f.Vocab, f.VocabName)
	if err != nil {
		return nil, err
	}
	vocab, err := parseVocab(file, f.VocabName)
	if err != nil {
		return nil, err
	}
	special, err := f.takeSpecial(vocab)
	if err != nil {
		return nil, err
	}
	tokens, ids, err := f.tokens(vocab)
	if err != nil {
		return nil, err
	}
	if file, err = readAll(f.Merges, f.MergesName); err != nil {
		return nil, err
	}
	merges, err := f.merges(file, ids)
	if err != nil {
		return nil, err
	}
	made := make(map[string]bool, len(merges))
	for _, m := range merges {
		made[tokens[m[0]]+tokens[m[1]]] = true
	}
	for id, t := range tokens { // in order, so that the same file has the same error
		if len(t) > 1 && !made[t] {
			return nil, &Error{f.VocabName, vocab[visible(t)].line, fmt.Sprintf("token %q of id %d is neither a byte nor made by a merge of %s, nor named as special", visible(t), id, f.MergesName)}
		}
	}
	b, err := newBPE(GPT2, tokens, merges, special)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.VocabName, err)
	}
	return b, nil
}

// vocabEntry is an id, and the line that says so.
type vocabEntry struct {
	id   int32
	line int
}

// parseVocab reads a JSON object of ids by token, each key and each id once.
func parseVocab(file []byte, name string) (map[string]vocabEntry, error) {
	vocab, taken := map[string]vocabEntry{}, map[int32]string{}
	d := json.NewDecoder(bytes.NewReader(file))
	d.UseNumber()
	line, counted := 1, int64(0)
	fail := func(format string, args ...any) error {
		return &Error{name, line, fmt.Sprintf(format, args...)}
	}
	if !utf8.Valid(file) {
		return nil, fail("not UTF-8")
	}
	next := func() (json.Token, error) {
		t, err := d.Token()
		at := d.InputOffset()
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = min(max(syntax.Offset-1, counted), int64(len(file)))
		}
		line, counted = line+bytes.Count(file[counted:at], []byte("\n")), at
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fail("the file ends inside the object")
		} else if err != nil {
			return nil, fail("%v", err)
		}
		return t, nil
	}
	if t, err := next(); err != nil {
		return nil, err
	} else if t != json.Delim('{') {
		return nil, fail("want an object of ids by token, such as {\"!\": 0}")
	}
	for {
		key, err := next()
		if err != nil {
			return nil, err
		}
		if key == json.Delim('}') {
			break
		}
		value, err := next()
		if err != nil {
			return nil, err
		}
		if msg := addVocab(vocab, taken, key.(string), value, line); msg != "" {
			return nil, fail("%s", msg)
		}
	}
	if rest := bytes.TrimLeft(file[d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return nil, fail("text after the object")
	}
	return vocab, nil
}

// addVocab notes one entry, or says what is wrong with it.
func addVocab(vocab map[string]vocabEntry, taken map[int32]string, key string, value json.Token, line int) string {
	n, ok := value.(json.Number)
	id, err := n.Int64()
	if !ok || err != nil || id < 0 || id >= maxIDs {
		return fmt.Sprintf("token %q has id %v, want a whole number of 0 to %d", key, value, maxIDs-1)
	}
	if was, ok := vocab[key]; ok {
		return fmt.Sprintf("token %q is that of line %d, too", key, was.line)
	}
	if was, ok := taken[int32(id)]; ok {
		return fmt.Sprintf("id %d is that of %q and of %q", id, was, key)
	}
	vocab[key], taken[int32(id)] = vocabEntry{int32(id), line}, key
	return ""
}

// takeSpecial takes the special tokens out of the vocabulary.
func (f *GPT2Files) takeSpecial(vocab map[string]vocabEntry) (map[string]int32, error) {
	special := map[string]int32{}
	for _, name := range f.Special {
		e, ok := vocab[name]
		if !ok {
			return nil, &Error{f.VocabName, 0, fmt.Sprintf("the special token %q isn't there", name)}
		}
		special[name] = e.id
		delete(vocab, name)
	}
	return special, nil
}

// tokens returns the bytes of each id and the ids by key.
func (f *GPT2Files) tokens(vocab map[string]vocabEntry) ([]string, map[string]int32, error) {
	size := 0
	for _, e := range vocab {
		size = max(size, int(e.id)+1)
	}
	keys := make([]string, size)
	for key, e := range vocab {
		keys[e.id] = key
	}
	tokens, ids := make([]string, size), make(map[string]int32, len(vocab))
	for id, key := range keys {
		e, ok := vocab[key]
		if !ok {
			continue
		}
		text, bad, ok := hiddenBytes(key)
		switch {
		case !ok:
			return nil, nil, &Error{f.VocabName, e.line, fmt.Sprintf("token %q: the character %q stands for no byte", key, bad)}
		case text == "" || len(text) > maxToken:
			return nil, nil, &Error{f.VocabName, e.line, fmt.Sprintf("token %q has %d bytes, want 1 to %d", key, len(text), maxToken)}
		}
		tokens[id], ids[key] = text, int32(id)
	}
	return tokens, ids, nil
}

// merges reads the pairs: a line each, the two tokens with a space between them; the first line may be a #version.
func (f *GPT2Files) merges(file []byte, ids map[string]int32) ([][2]int32, error) {
	merges, made, seen := [][2]int32{}, map[string]bool{}, map[[2]int32]int{}
	for n, line := range fileLines(file) {
		if n == 1 && bytes.HasPrefix(line, []byte("#version")) {
			continue
		}
		l, r, ok := strings.Cut(string(line), " ")
		if !ok || l == "" || r == "" || strings.Contains(r, " ") {
			return nil, &Error{f.MergesName, n, fmt.Sprintf("%q, want two tokens with a space between them", line)}
		}
		var m [2]int32
		for i, part := range []string{l, r} {
			id, ok := ids[part]
			if !ok {
				return nil, &Error{f.MergesName, n, fmt.Sprintf("%q has no id in %s", part, f.VocabName)}
			}
			if utf8.RuneCountInString(part) > 1 && !made[part] {
				return nil, &Error{f.MergesName, n, fmt.Sprintf("%q is neither a byte nor made by a line before", part)}
			}
			m[i] = id
		}
		if _, ok := ids[l+r]; !ok {
			return nil, &Error{f.MergesName, n, fmt.Sprintf("%q, which it makes, has no id in %s", l+r, f.VocabName)}
		}
		if was, ok := seen[m]; ok {
			return nil, &Error{f.MergesName, n, fmt.Sprintf("the same merge as in line %d", was)}
		}
		made[l+r], seen[m] = true, n
		merges = append(merges, m)
	}
	return merges, nil
}

// WriteGPT2 writes the two files. One that works by ranks has a list of merges where each token is made of two by the merges
// of lower rank; where one isn't, that is the error. Text must be cut as GPT2 does: the files can't say otherwise.
func (b *BPE) WriteGPT2(vocab, merges io.Writer) error {
	if b.split != GPT2 {
		return fmt.Errorf("token: text is cut by %q; GPT-2's files are for %q only", b.split, GPT2)
	}
	list, err := b.mergeList()
	if err != nil {
		return err
	}
	v, m := bufio.NewWriter(vocab), bufio.NewWriter(merges)
	sep := "{"
	for id := range int32(b.size) {
		key, ok := b.names[id]
		if int(id) < len(b.tokens) && b.tokens[id] != "" {
			key, ok = visible(b.tokens[id]), true
		}
		if ok {
			quoted, err := json.Marshal(key)
			if err != nil {
				return err
			}
			fmt.Fprintf(v, "%s%s: %d", sep, quoted, id)
			sep = ", "
		}
	}
	fmt.Fprint(v, "}\n")
	fmt.Fprint(m, "#version: 0.2\n")
	for _, p := range list {
		fmt.Fprintf(m, "%s %s\n", visible(b.tokens[p[0]]), visible(b.tokens[p[1]]))
	}
	return errors.Join(v.Flush(), m.Flush())
}

// mergeList returns the merges in the order of their ranks.
func (b *BPE) mergeList() ([][2]int32, error) {
	if b.merges != nil {
		return b.merges, nil
	}
	var list [][2]int32
	var w merger
	for id, t := range b.tokens {
		if len(t) < 2 {
			continue
		}
		w.begin(b, t)
		parts := w.short(b, t, nil, int32(id))
		if len(parts) != 2 {
			return nil, fmt.Errorf("token: id %d, %q, isn't made of two tokens of lower rank: it has no merge", id, t)
		}
		list = append(list, [2]int32{parts[0], parts[1]})
	}
	return list, nil
}
