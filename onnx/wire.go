package onnx

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protocol buffer message being written. Field numbers are those of onnx.proto (github.com/onnx/onnx,
// onnx/onnx.proto); each call site names its field.
type message []byte

func (m *message) text(field protowire.Number, s string) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendString(*m, s)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, b)
}

func (m *message) int(field protowire.Number, v int) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v))
}

func (m *message) float(field protowire.Number, v float32) {
	*m = protowire.AppendTag(*m, field, protowire.Fixed32Type)
	*m = protowire.AppendFixed32(*m, math.Float32bits(v))
}

// AttributeProto.type
const (
	attrFloat = 1
	attrInt   = 2
	attrInts  = 7
)

// attribute is an AttributeProto; value is a float32, an int or a []int.
func attribute(name string, value any) message {
	var m message
	m.text(1, name)
	switch v := value.(type) {
	case float32:
		m.float(2, v)
		m.int(20, attrFloat)
	case int:
		m.int(3, v)
		m.int(20, attrInt)
	case []int:
		for _, i := range v {
			m.int(8, i)
		}
		m.int(20, attrInts)
	}
	return m
}

// named is an attribute of a node.
type named struct {
	name  string
	value any
}

// nodeProto is a NodeProto.
func nodeProto(op, name string, in, out []string, attrs ...named) message {
	var m message
	for _, s := range in {
		m.text(1, s)
	}
	for _, s := range out {
		m.text(2, s)
	}
	m.text(3, name)
	m.text(4, op)
	for _, a := range attrs {
		m.bytes(5, attribute(a.name, a.value))
	}
	return m
}

// tensorProto is a TensorProto; raw is little-endian.
func tensorProto(name string, dataType int, shape []int, raw []byte) message {
	var m message
	for _, d := range shape {
		m.int(1, d)
	}
	m.int(2, dataType)
	m.text(8, name)
	m.bytes(9, raw)
	return m
}

// valueInfo is a ValueInfoProto of a tensor; a dimension is an int, or a string: its symbol.
func valueInfo(name string, dataType int, shape []any) message {
	var dims message
	for _, d := range shape {
		var dim message
		switch d := d.(type) {
		case int:
			dim.int(1, d)
		case string:
			dim.text(2, d)
		}
		dims.bytes(1, dim)
	}
	var tensor, typ, m message
	tensor.int(1, dataType)
	tensor.bytes(2, dims)
	typ.bytes(1, tensor)
	m.text(1, name)
	m.bytes(2, typ)
	return m
}
