package events

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protocol buffer message being written; each call site names its field. As in proto3, a number that is 0 and
// a text that is empty are left out where nothing else says so.
type message []byte

func (m *message) text(field protowire.Number, s string) {
	if s != "" {
		*m = protowire.AppendTag(*m, field, protowire.BytesType)
		*m = protowire.AppendString(*m, s)
	}
}

// bytes writes a field that is a message or bytes, empty too.
func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, b)
}

func (m *message) int(field protowire.Number, v int64) {
	if v != 0 {
		*m = protowire.AppendTag(*m, field, protowire.VarintType)
		*m = protowire.AppendVarint(*m, uint64(v))
	}
}

func (m *message) double(field protowire.Number, v float64) {
	if v != 0 {
		*m = protowire.AppendTag(*m, field, protowire.Fixed64Type)
		*m = protowire.AppendFixed64(*m, math.Float64bits(v))
	}
}

// doubles writes a packed field.
func (m *message) doubles(field protowire.Number, v []float64) {
	if len(v) == 0 {
		return
	}
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendVarint(*m, uint64(8*len(v)))
	for _, x := range v {
		*m = binary.LittleEndian.AppendUint64(*m, math.Float64bits(x))
	}
}

// The values of enumerations that are used here.
const (
	sessionStart = 1 // SessionLog.SessionStatus
	dtFloat      = 1 // DataType
	dtDouble     = 2
	dtString     = 7
	classTensor  = 2 // DataClass
)

// encode writes an Event.
func (e *Event) encode() message {
	var m message
	m.double(1, e.Time)
	m.int(2, e.Step)
	m.text(3, e.Version)
	if e.Graph != nil {
		m.bytes(4, e.Graph.encode())
	}
	if len(e.Values) > 0 {
		var summary message
		for _, v := range e.Values {
			var x message
			x.text(1, v.Tag)
			if v.Data != nil {
				v.Data.appendTo(&x)
			}
			summary.bytes(1, x)
		}
		m.bytes(5, summary)
	}
	if e.Start {
		var log message
		log.int(1, sessionStart)
		m.bytes(7, log)
	}
	return m
}

func (s Scalar) appendTo(v *message) {
	*v = protowire.AppendTag(*v, 2, protowire.Fixed32Type) // simple_value, one of several: 0 is written
	*v = protowire.AppendFixed32(*v, math.Float32bits(float32(s)))
}

func (i Image) appendTo(v *message) {
	var m message
	m.int(1, int64(i.Height))
	m.int(2, int64(i.Width))
	m.int(3, int64(i.Channels))
	if len(i.Encoded) > 0 {
		m.bytes(4, i.Encoded)
	}
	v.bytes(4, m)
}

func (h Histogram) appendTo(v *message) {
	var m message
	m.double(1, h.Min)
	m.double(2, h.Max)
	m.double(3, h.Num)
	m.double(4, h.Sum)
	m.double(5, h.SumSquares)
	m.doubles(6, h.Limits)
	m.doubles(7, h.Counts)
	v.bytes(5, m)
}

// appendTo writes a scalar tensor of the plugin "text".
func (t Text) appendTo(v *message) {
	var tensor, plugin, meta message
	tensor.int(1, dtString)
	tensor.bytes(2, nil) // a shape without dimensions
	tensor.bytes(8, []byte(t))
	v.bytes(8, tensor)
	plugin.text(1, "text")
	meta.bytes(1, plugin)
	meta.int(4, classTensor)
	v.bytes(9, meta)
}

// encode writes a GraphDef.
func (g *Graph) encode() message {
	var m message
	for _, n := range g.Nodes {
		var node message
		node.text(1, n.Name)
		node.text(2, n.Op)
		for _, in := range n.In {
			node.bytes(3, []byte(in))
		}
		var shape, list, shapes message
		for _, d := range n.Shape {
			var dim message
			dim.int(1, int64(d))
			shape.bytes(2, dim)
		}
		list.bytes(7, shape)
		shapes.bytes(1, list)
		node.attr("_output_shapes", shapes)
		for _, a := range n.Attrs {
			var value message
			value.bytes(2, []byte(a.Value))
			node.attr(a.Name, value)
		}
		m.bytes(1, node)
	}
	var versions message
	versions.int(1, 22) // producer: what TensorBoard's own graph writers say
	m.bytes(4, versions)
	return m
}

// attr adds an entry of NodeDef.attr.
func (m *message) attr(name string, value message) {
	var entry message
	entry.text(1, name)
	entry.bytes(2, value)
	m.bytes(5, entry)
}
