// Package events writes and reads TensorBoard's event files: scalars, histograms, images, texts and a graph over the steps
// of a training.
//
// A file is a sequence of TFRecords, each an Event message of protocol buffers. Sources: the record format,
// github.com/tensorflow/tensorflow, tensorflow/core/lib/io/record_writer.h; the messages, github.com/tensorflow/tensorboard,
// tensorboard/compat/proto: event.proto, summary.proto, graph.proto.
package events

// Version is what the first event of a file says of its format.
const Version = "brain.Event:2"

// Event is one record: what was seen at a step.
type Event struct {
	Time    float64 // seconds since 1970
	Step    int64
	Version string  // of a file's first event; nothing else is set beside it
	Start   bool    // a training starts at Step: what earlier files say of this step and later ones is undone
	Graph   *Graph  // the network; a Reader leaves it out
	Values  []Value // may be of several tags
}

// Value is what was seen of one thing. TensorBoard groups tags by what is before their first slash: train/loss.
type Value struct {
	Tag  string
	Data Data
}

// Data is a Scalar, Histogram, Image or Text.
type Data interface {
	// appendTo adds the fields of a Summary.Value.
	appendTo(v *message)
}

// Scalar is a number.
type Scalar float32

// Text is Markdown.
type Text string

// Image is a picture in a format that browsers know, such as PNG.
type Image struct {
	Width, Height int
	Channels      int // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
	Encoded       []byte
}

// Graph is a network: nodes that take each other's results.
type Graph struct{ Nodes []Node }

// Node is one op, parameter or input of a Graph.
type Node struct {
	Name  string // unique; TensorBoard folds what has the same path before a slash
	Op    string
	In    []string // names of nodes
	Shape []int    // of its result
	Attrs []Attr   // settings, in the order of their names
}

// Attr is a setting of a Node, as text.
type Attr struct{ Name, Value string }
