package task

import (
	"strings"

	"github.com/ingot-ml/ingot/data/token"
)

// writer turns tokens to text and gives it on, up to a stop word.
type writer struct {
	stop    []string
	emit    func(string) error
	stream  token.Stream
	text    strings.Builder // given on
	held    string          // may be the beginning of a stop word
	stopped bool
}

// token takes the next token.
func (w *writer) token(id int32) error {
	s, err := w.stream.Next(id)
	if err != nil {
		return err
	}
	return w.add(s)
}

// add gives on what can't be a part of a stop word any more.
func (w *writer) add(s string) error {
	w.held += s
	end, hold := len(w.held), 0
	for _, stop := range w.stop {
		if i := strings.Index(w.held, stop); i >= 0 {
			w.stopped, end = true, min(end, i)
		}
		for n := min(len(stop)-1, len(w.held)); n > hold; n-- {
			if strings.HasSuffix(w.held, stop[:n]) {
				hold = n
			}
		}
	}
	if !w.stopped {
		end = len(w.held) - hold
	}
	return w.give(end)
}

// give emits the first n bytes of what is held.
func (w *writer) give(n int) error {
	s := w.held[:n]
	w.held = w.held[n:]
	if s == "" {
		return nil
	}
	w.text.WriteString(s)
	return w.emit(s)
}

// flush gives on the rest at the end of a text that no stop word ended.
func (w *writer) flush() error {
	if w.stopped {
		return nil
	}
	w.held += w.stream.Flush()
	return w.give(len(w.held))
}
