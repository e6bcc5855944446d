package token

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"strconv"
)

// ReadRanks reads a tiktoken rank file: a line a token, its bytes in base64, a space, its id in decimal. The file says
// neither how text is cut nor the special tokens: for r50k_base (GPT-2 and GPT-3) they are GPT2 and <|endoftext|> 50256, for
// cl100k_base CL100K and <|endoftext|> 100257, <|fim_prefix|> 100258, <|fim_middle|> 100259, <|fim_suffix|> 100260,
// <|endofprompt|> 100276. name is the file's, for errors, which are *Error.
func ReadRanks(r io.Reader, name string, split Split, special map[string]int32) (*BPE, error) {
	file, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	var tokens []string
	lines := map[int]int{} // of each id
	seen := map[string]int{}
	for n, line := range fileLines(file) {
		token, id, msg := parseRank(line)
		if msg != "" {
			return nil, &Error{name, n, msg}
		}
		if was, ok := lines[id]; ok {
			return nil, &Error{name, n, fmt.Sprintf("rank %d is that of line %d, too", id, was)}
		}
		if was, ok := seen[token]; ok {
			return nil, &Error{name, n, fmt.Sprintf("token %q is that of line %d, too", token, was)}
		}
		lines[id], seen[token] = n, n
		for len(tokens) <= id {
			tokens = append(tokens, "")
		}
		tokens[id] = token
	}
	b, err := newBPE(split, tokens, nil, maps.Clone(special))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func parseRank(line []byte) (token string, id int, wrong string) {
	code, rank, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return "", 0, "want a token in base64, a space and its rank"
	}
	if bytes.IndexByte(code, '\r') >= 0 { // the decoder would pass over it
		return "", 0, "a carriage return in the token"
	}
	b, err := base64.StdEncoding.Strict().DecodeString(string(code))
	if err != nil {
		return "", 0, "the token: " + err.Error()
	}
	if len(b) == 0 || len(b) > maxToken {
		return "", 0, fmt.Sprintf("a token of %d bytes, want 1 to %d", len(b), maxToken)
	}
	n, err := strconv.ParseUint(string(rank), 10, 32)
	if err != nil || n >= maxIDs || len(rank) > 1 && rank[0] == '0' {
		return "", 0, fmt.Sprintf("rank %q, want 0 to %d", rank, maxIDs-1)
	}
	return string(b), int(n), ""
}

// WriteRanks writes the tiktoken rank file of a BPE that works by ranks, in the order of the ids.
func (b *BPE) WriteRanks(w io.Writer) error {
	if b.merges != nil {
		return fmt.Errorf("token: a BPE that works by merges has no rank file; WriteGPT2 writes it")
	}
	out := bufio.NewWriter(w)
	for id, t := range b.tokens {
		if t != "" {
			fmt.Fprintf(out, "%s %d\n", base64.StdEncoding.EncodeToString([]byte(t)), id)
		}
	}
	return out.Flush()
}

// readAll bounds what is read of a file.
func readAll(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, &Error{name, 0, fmt.Sprintf("more than %d bytes", maxFile)}
	}
	return b, nil
}

// fileLines gives the lines of a file with their numbers from 1, without their newlines; the last needn't have one.
func fileLines(file []byte) func(yield func(n int, line []byte) bool) {
	return func(yield func(n int, line []byte) bool) {
		for n := 1; len(file) > 0; n++ {
			line, rest, _ := bytes.Cut(file, []byte("\n"))
			if !yield(n, line) {
				return
			}
			file = rest
		}
	}
}
