package cli

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/bundle"
	"github.com/ingot-ml/ingot/grad"
	"github.com/ingot-ml/ingot/task"
	"github.com/ingot-ml/ingot/tensor"
)

// TestExportTable: the file is written, and what is exported of a row is what the predictor says of it.
func TestExportTable(t *testing.T) {
	writeShop(t, 200)
	for _, target := range []string{"sold", "price"} {
		o := trainedTable(t, "target="+target, "train.epochs=2")
		code, out, stderr := ingot("export", o.Run, "onnx", "out=m.onnx", "--json")
		var e exported
		if object(t, out, &e); code != 0 || e.File != "m.onnx" || len(e.Output) == 0 {
			t.Fatalf("%d: %s%s", code, out, stderr)
		}
		b, err := os.ReadFile("m.onnx")
		if err != nil || !strings.Contains(string(b), "ingot.table") {
			t.Errorf("%d bytes, %v", len(b), err)
		}
		m, err := openModel(o.Run)
		if err != nil {
			t.Fatal(err)
		}
		m.Calibration = bundle.Calibration{}
		if target == "sold" {
			m.Calibration = bundle.Calibration{ClassWeights: []float64{0.5, 3}, Temperature: 2}
		}
		x, row := newExporting(m), tensor.New(tensor.F32, 4, m.Table.Features())
		for i := range 4 * m.Table.Numbers() {
			tensor.Of[float32](row)[i/m.Table.Numbers()*m.Table.Features()+i%m.Table.Numbers()] = float32(i%7) / 4
		}
		var got tensor.Tensor
		if err := grad.NewTape(grad.Config{}).Eval(grad.Infer, func(s *grad.Step) error {
			s.ReadTensor(x.answer(s.Input(row)), &got)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		p := task.TablePredictor{Model: m.net, Plan: m.Table, Calibration: &m.Calibration}
		want, err := p.Predict(row)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range tensor.Of[float32](got) {
			if d := math.Abs(float64(v - want[i])); d > 1e-5*max(1, math.Abs(float64(want[i]))) {
				t.Errorf("%s: value %d is %v, predict says %v", target, i, v, want[i])
			}
		}
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"export", "runs/last", "pmml"}, exitConfig, "there is onnx"},
		{[]string{"export", "runs/last", "onnx", "to=x"}, exitConfig, "want out=FILE"},
		{[]string{"export", "runs/none", "onnx"}, exitData, "no run at"},
	} {
		if code, _, stderr := ingot(c.args...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: %d, %s", c.args, code, stderr)
		}
	}
}
