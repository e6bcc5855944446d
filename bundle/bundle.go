// Package bundle is the model file: a safetensors file whose metadata is everything that prediction needs beside the
// weights: architecture, preprocessing, classes, and where the weights come from.
//
// The metadata's keys, all of them required but where it says otherwise:
//
//	format              "pt": the names and layouts of the weights are PyTorch's
//	ingot.format        version of what follows, "1"
//	ingot.task          "classify", "regress" or "lm", a language model
//	ingot.model         JSON: the architecture's name and config
//	ingot.input         JSON: data.Input, how raw input becomes a row; of classify, but for tables
//	ingot.classes       JSON: name of each class id; of classify, but for tables
//	ingot.table         JSON: prep.Plan, how columns become a row and its targets; of tables, which regress always has
//	ingot.tokenizer     JSON: what token.Parse reads; of lm
//	ingot.calibration   JSON: Calibration; of classify, and left out where there is none
//	ingot.provenance    JSON: recipe, data, version
//	ingot.sha256        SHA-256 of the whole file in hex, taken with these 64 digits as zeros
//
// No date is in the file: the same run gives the same bytes.
package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ingot-ml/ingot/data"
	"github.com/ingot-ml/ingot/data/prep"
	"github.com/ingot-ml/ingot/data/token"
	"github.com/ingot-ml/ingot/internal/fs"
	"github.com/ingot-ml/ingot/safetensors"
)

// Format is the version that this package writes, and the only one it reads.
const Format = "1"

// Header is what a model file holds beside the weights.
type Header struct {
	Task    string
	Model   Architecture
	Input   data.Input // of classify, but for tables
	Classes []string   // of classify; of tables what Table says
	Table   *prep.Plan // of tables; nil: another input
	// Calibration is what a classifier's probabilities go through; the zero one is none.
	Calibration Calibration
	Tokenizer   token.Tokenizer // of lm
	Provenance  Provenance
}

// Architecture names a model of package model and its config.
type Architecture struct {
	Name   string          `json:"name"`
	Config json.RawMessage `json:"config"`
}

// Provenance says where the weights come from.
type Provenance struct {
	Ingot   string   `json:"ingot"`   // version that trained them
	Recipe  string   `json:"recipe"`  // resolved, as YAML
	Weights string   `json:"weights"` // "last, after 10 epochs" or "best, of epoch 7"
	Data    DataInfo `json:"data"`
}

// DataInfo identifies what was learnt from.
type DataInfo struct {
	Name  string            `json:"name"`
	Train int               `json:"train"` // rows, or tokens
	Val   int               `json:"val"`   // those held out of the training part
	Files map[string]string `json:"files"` // SHA-256 by file name
}

// The metadata's keys.
const (
	keyFormat      = "ingot.format"
	keyTask        = "ingot.task"
	keyModel       = "ingot.model"
	keyInput       = "ingot.input"
	keyClasses     = "ingot.classes"
	keyTable       = "ingot.table"
	keyTokenizer   = "ingot.tokenizer"
	keyCalibration = "ingot.calibration"
	keyProvenance  = "ingot.provenance"
	keySHA256      = "ingot.sha256"
)

// Write writes a model file to w. It writes the file twice: once into the hash.
func Write(w io.Writer, h Header, weights []safetensors.Entry) error {
	m, err := h.metadata()
	if err != nil {
		return err
	}
	return writeSealed(w, m, weights)
}

// metadata is all of it but the hash.
func (h *Header) metadata() (map[string]string, error) {
	m := map[string]string{"format": "pt", keyFormat: Format, keyTask: h.Task}
	values := map[string]any{keyModel: h.Model, keyProvenance: h.Provenance}
	switch {
	case h.Tokenizer != nil:
		values[keyTokenizer] = h.Tokenizer
	case h.Table != nil:
		values[keyTable] = h.Table
	default:
		values[keyInput], values[keyClasses] = h.Input, h.Classes
	}
	if !h.Calibration.none() {
		values[keyCalibration] = h.Calibration
	}
	for key, v := range values {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("bundle: %s: %w", key, err)
		}
		m[key] = string(b)
	}
	return m, nil
}

// Bundle is an open model file. Its weights are views of the file: they die with Close.
type Bundle struct {
	Header
	SHA256 string
	file   *safetensors.File
	close  func() error
}

// Error is a file that isn't a model file, or a damaged one.
type Error struct {
	File string
	Msg  string
	Err  error // the cause, or nil
}

// Error returns "model.safetensors: …".
func (e *Error) Error() string { return e.File + ": " + e.Msg }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Open opens the model file at path and checks its SHA-256 and its metadata.
func Open(path string) (*Bundle, error) {
	bytes, close, err := fs.Map(path)
	if err != nil {
		return nil, err
	}
	b, err := Parse(bytes, path)
	if err != nil {
		close()
		return nil, err
	}
	b.close = close
	return b, nil
}

// Parse reads a model file from its bytes, which must stay as they are while the Bundle is in use. name is for errors.
func Parse(content []byte, name string) (*Bundle, error) {
	f, err := safetensors.Parse(content)
	if err != nil {
		return nil, &Error{name, err.Error(), err}
	}
	b := &Bundle{file: f, close: func() error { return nil }}
	if err := b.verify(content); err != nil {
		return nil, &Error{name, err.Error(), nil}
	}
	if err := b.read(f.Metadata()); err != nil {
		return nil, &Error{name, err.Error(), err}
	}
	return b, nil
}

// verify takes the SHA-256 of the file with the digits in its own metadata as zeros.
func (b *Bundle) verify(content []byte) error {
	m := b.file.Metadata()
	switch v, ok := m[keyFormat]; {
	case !ok:
		return fmt.Errorf("its metadata has no %s: these are weights without the rest of a model; want a run's model.safetensors", keyFormat)
	case v != Format:
		return fmt.Errorf("it has format %q; this ingot reads %q", v, Format)
	}
	var err error
	b.SHA256, err = checkSeal(content, m)
	return err
}

// maxSide bounds each dimension of an input, so that their product can't overflow an int of 64 bits.
const maxSide = 1 << 16

// read takes the header from the metadata, strictly.
func (b *Bundle) read(m map[string]string) error {
	b.Task = m[keyTask]
	values := map[string]any{keyModel: &b.Model, keyProvenance: &b.Provenance}
	var tokenizer json.RawMessage
	_, isTable := m[keyTable]
	switch {
	case b.Task == "regress", b.Task == "classify" && isTable:
		values[keyTable] = &b.Table
	case b.Task == "classify":
		values[keyInput], values[keyClasses] = &b.Input, &b.Classes
	case b.Task == "lm":
		values[keyTokenizer] = &tokenizer
	default:
		return fmt.Errorf("its task is %q; this ingot knows classify, regress and lm", b.Task)
	}
	if _, ok := m[keyCalibration]; ok && b.Task == "classify" {
		values[keyCalibration] = &b.Calibration
	}
	for key, to := range values {
		text, ok := m[key]
		if !ok {
			return fmt.Errorf("its metadata has no %s", key)
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(to); err != nil {
			return fmt.Errorf("its %s: %w", key, err)
		}
		if _, err := d.Token(); err != io.EOF { // More says no to a bracket
			return fmt.Errorf("its %s goes on after the value", key)
		}
	}
	if b.Task == "lm" {
		var err error
		b.Tokenizer, err = token.Parse(tokenizer)
		return err
	}
	if b.Table != nil {
		return b.readTable()
	}
	switch in := b.Input; {
	case in.Kind != "image" || in.Height < 1 || in.Width < 1 || in.Channels < 1:
		return fmt.Errorf("its input is %+v, want an image of some size", in)
	case in.Height > maxSide || in.Width > maxSide || in.Channels > maxSide:
		return fmt.Errorf("its input is %+v; no side may be over %d", in, maxSide)
	case in.White < 0 || in.White > 255 || in.Box < 0 || in.Box > min(in.Height, in.Width):
		return fmt.Errorf("its input is %+v, want white of 0 to 255 and a box that fits the image", in)
	case in.Resize != "" && in.Resize != "crop" && in.Resize != "pad" && in.Resize != "stretch":
		return fmt.Errorf("its input's resize is %q; this ingot knows crop, pad and stretch", in.Resize)
	case len(b.Classes) == 0:
		return fmt.Errorf("it has no classes")
	}
	if err := b.Calibration.check(len(b.Classes)); err != nil {
		return fmt.Errorf("its %s: %w", keyCalibration, err)
	}
	return nil
}

// readTable checks the plan and takes the classes from it.
func (b *Bundle) readTable() error {
	if err := b.Table.Check(); err != nil {
		return fmt.Errorf("its %s: %w", keyTable, err)
	}
	if b.Table.Regression() != (b.Task == "regress") {
		return fmt.Errorf("its task is %s, which its %s isn't made for", b.Task, keyTable)
	}
	b.Classes = b.Table.Classes()
	if err := b.Calibration.check(len(b.Classes)); err != nil {
		return fmt.Errorf("its %s: %w", keyCalibration, err)
	}
	return nil
}

// Close releases the file.
func (b *Bundle) Close() error { return b.close() }

// Sum returns the SHA-256 of weights, in hex: of a safetensors file that holds them and nothing else. It tells whether two
// runs came to the same bits.
func Sum(weights []safetensors.Entry) (string, error) {
	hash := sha256.New()
	if err := safetensors.Write(hash, nil, weights); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// Weights returns the names of the weights in the order of the file, and their tensors, which are views of it.
func (b *Bundle) Weights() ([]safetensors.Entry, error) {
	var r []safetensors.Entry
	for _, name := range b.file.Names() {
		t, err := b.file.Tensor(name)
		if err != nil {
			return nil, err
		}
		r = append(r, safetensors.Entry{Name: name, Tensor: t})
	}
	return r, nil
}
