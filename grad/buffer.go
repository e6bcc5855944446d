package grad

import "github.com/ingot-ml/ingot/tensor"

// write is a Buffer's new contents, applied at commit.
type write struct {
	b    *Buffer
	v    Value
	now  tensor.Tensor // at commit: the contents
	move bool          // towards v by the share lerp; otherwise replaced by v
	lerp float64
}

// undo is what WriteRows wrote over.
type undo struct {
	rows tensor.Tensor
	old  []byte
}

// Write replaces the contents of b by v at commit; Use(b) gives v from here on.
func (s *Step) Write(b *Buffer, v Value) {
	s.checkWrite("Write", b, v.check().t, b.Data.Dims())
	s.pend(write{b: b, v: v})
}

// Lerp moves b towards v by the share w at commit: b ← (1−w)·b + w·v, a running average of f32; w is in [0, 1].
// Shards' moves are made in shard order.
func (s *Step) Lerp(b *Buffer, v Value, w float64) {
	s.checkWrite("Lerp", b, v.check().t, b.Data.Dims())
	if d := b.Data.DType(); d != tensor.F32 || !(w >= 0 && w <= 1) {
		panic(tensor.Errorf("Lerp of buffer %s, %s, by the share %v: want f32 and a share from 0 to 1", b.Name, d, w))
	}
	s.pend(write{b: b, v: v, move: true, lerp: w})
}

func (s *Step) checkWrite(verb string, b *Buffer, v tensor.Tensor, shape []int) {
	ok := v.DType() == b.Data.DType() && v.Rank() == len(shape)
	for i := 0; ok && i < len(shape); i++ {
		ok = v.Dim(i) == shape[i]
	}
	if !ok {
		panic(tensor.Errorf("%s of a %s value of shape %v to buffer %s, %s %v", verb, v.DType(), v.Shape(), b.Name, b.Data.DType(), b.Data.Shape()))
	}
}

func (s *Step) pend(w write) {
	t := s.tape()
	w.v = s.movable(w.v)
	now := w.v
	if w.move {
		now = lerp.Apply(lerpAttrs{float32(w.lerp)}, s.Use(w.b), w.v)
	}
	s.writes = append(s.writes, w)
	t.leaves[w.b] = now.id
}

// WriteRows writes v over rows from, from+1, … of b, along its first dimension: an append to a cache costs its own size
// only. Use(b) sees it; so b must not have been used earlier in the step.
func (s *Step) WriteRows(b *Buffer, from int, v Value) {
	t, x := s.tape(), v.check().t
	if _, used := t.leaves[b]; used {
		panic(tensor.Errorf("WriteRows to buffer %s, which this step has used already: write first", b.Name))
	}
	if x.Rank() != b.Data.Rank() || x.Rank() == 0 || from < 0 || from+x.Dim(0) > b.Data.Dim(0) {
		panic(tensor.Errorf("WriteRows of a value of shape %v at row %d of buffer %s %v", x.Shape(), from, b.Name, b.Data.Shape()))
	}
	if t.parent != nil {
		panic(tensor.Errorf("WriteRows inside Shards: the shards would write the same buffer"))
	}
	rows := b.Data.Slice(0, from, from+x.Dim(0), 1)
	s.checkWrite("WriteRows", b, x, rows.Dims())
	s.undo = append(s.undo, undo{rows, download(rows, nil)})
	store(rows, s.movable(v).check().t)
}

// writeBuffers gives the Buffers their new contents. What is a view of a Buffer is copied before any is written: two may be
// exchanged, or one turned.
func (s *Step) writeBuffers() {
	for i := range s.writes {
		w := &s.writes[i]
		w.now = s.t.slots[s.t.leaves[w.b]].t
		for _, v := range s.writes {
			if from, _ := w.now.Buffer(); from == bufferOf(v.b) {
				x := tensor.New(w.now.DType(), w.now.Dims()...)
				store(x, w.now)
				w.now = x
				break
			}
		}
	}
	for _, w := range s.writes {
		store(w.b.Data, w.now)
	}
}

func bufferOf(b *Buffer) *tensor.Buffer {
	buf, _ := b.Data.Buffer()
	return buf
}
