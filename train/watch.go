package train

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/ingot-ml/ingot/tensor"
	"github.com/ingot-ml/ingot/train/events"
)

// Watch is what the run's TensorBoard event file holds besides the metrics and the graph of the network.
type Watch struct {
	Histograms int     // epochs between histograms of weights and of the last step's gradients; 0: none
	Samples    []Image // such as rows of the data
	Text       string  // Markdown, such as the configuration
}

// Image is a picture by name.
type Image struct {
	Tag     string
	Picture image.Image
}

// watcher writes the event file of a job's run. Events are written where lines of metrics.jsonl are, in one piece.
type watcher struct {
	*fit
	begun bool
	at    time.Time // of the events before
	rows  int       // seen by then
}

// begin begins the event file before the first step that this process does.
func (w *watcher) begin() error {
	f := w.fit
	if f.Run == nil || f.Watch == nil || w.begun {
		return nil
	}
	w.begun, w.at, w.rows = true, time.Now(), f.result.Rows
	file, err := events.Create(f.Run.Dir, int64(f.result.Steps+1))
	if err != nil {
		return f.logged(EventFiles, err)
	}
	if f.Run.events = file; f.result.Steps > 0 {
		return nil
	}
	return w.first()
}

// first writes what is known before the first step of all: the graph, the text, the samples.
func (w *watcher) first() error {
	f := w.fit
	graph, err := w.graph()
	if err != nil {
		return err
	}
	f.Run.events.Add(events.Event{Graph: graph})
	var values []events.Value
	if f.Watch.Text != "" {
		values = append(values, events.Value{Tag: "config", Data: events.Text(f.Watch.Text)})
	}
	for _, s := range f.Watch.Samples {
		picture, err := encodeImage(s.Picture)
		if err != nil {
			return err
		}
		values = append(values, events.Value{Tag: s.Tag, Data: picture})
	}
	if values != nil {
		f.Run.events.Add(events.Event{Values: values})
	}
	return f.logged(EventFiles, f.Run.events.Flush())
}

func encodeImage(m image.Image) (events.Image, error) {
	var b bytes.Buffer
	size := m.Bounds().Size()
	i := events.Image{Width: size.X, Height: size.Y, Channels: 4}
	if _, grey := m.(*image.Gray); grey {
		i.Channels = 1
	}
	err := png.Encode(&b, m)
	i.Encoded = b.Bytes()
	return i, err
}

// step notes the loss since the note before.
func (w *watcher) step(loss, rate float64) error {
	f := w.fit
	if f.Run == nil || f.Run.events == nil {
		return nil
	}
	m := Metrics{"loss": loss}
	if rate > 0 {
		m["lr"] = rate
	}
	now := time.Now()
	m["rows_per_second"] = float64(f.result.Rows-w.rows) / max(now.Sub(w.at).Seconds(), 1e-9)
	w.at, w.rows = now, f.result.Rows
	return f.logged(EventFiles, f.Run.scalars(f.result.Steps, "train", m))
}

// epoch notes what an epoch came to.
func (w *watcher) epoch(e *Epoch) error {
	f := w.fit
	if f.Run == nil || f.Run.events == nil {
		return nil
	}
	if n := f.Watch.Histograms; n > 0 && e.Epoch%n == 0 {
		f.Run.events.Add(events.Event{Step: int64(e.Step), Values: w.histograms()})
	}
	train := Metrics{}
	for name, x := range e.Train {
		train["epoch_"+name] = x
	}
	err := errors.Join(f.Run.scalars(e.Step, "train", train), f.Run.scalars(e.Step, "val", e.Val))
	w.at, w.rows = time.Now(), f.result.Rows // validation took time, too
	return f.logged(EventFiles, err)
}

// histograms are those of each parameter on the host and of its gradient as the last step used it.
func (w *watcher) histograms() []events.Value {
	var values []events.Value
	for i, p := range w.grads.Params() {
		if p.Data.Device() != nil || p.Data.DType() != tensor.F32 || !p.Data.Contiguous() {
			continue
		}
		weights := tensor.Of[float32](p.Data)
		values = append(values, events.Value{Tag: "weights/" + p.Name, Data: events.NewHistogram(weights)})
		if !p.Frozen {
			g := w.grads.Flat()[w.grads.Offset(i):][:len(weights)]
			values = append(values, events.Value{Tag: "gradients/" + p.Name, Data: events.NewHistogram(g)})
		}
	}
	return values
}

// scalars writes the finite ones of a part's metrics to the event file, where there is one.
func (r *Run) scalars(step int, part string, m Metrics) error {
	if r.events == nil || len(m) == 0 {
		return nil
	}
	r.step = step
	var values []events.Value
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if x := m[name]; !math.IsNaN(x) && !math.IsInf(x, 0) {
			values = append(values, events.Value{Tag: part + "/" + name, Data: events.Scalar(x)})
		}
	}
	r.events.Add(events.Event{Step: int64(step), Values: values})
	return r.events.Flush()
}
