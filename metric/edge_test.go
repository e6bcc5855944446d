package metric_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ingot-ml/ingot/metric"
)

var nan, inf = float32(math.NaN()), float32(math.Inf(1))

// Each metric of nothing is NaN, and so is what the rows leave undefined.
func TestUndefined(t *testing.T) {
	c := metric.NewConfusion(3)
	for name, v := range map[string]float64{
		"precision": c.Precision(metric.Macro), "recall": c.Recall(metric.Micro), "F": c.FBeta(1, metric.Weighted),
		"balanced": c.BalancedAccuracy(), "kappa": c.CohenKappa(), "MCC": c.MCC(),
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s of nothing is %v", name, v)
		}
	}
	for _, m := range []value{
		&metric.Accuracy{}, &metric.TopK{K: 1}, &metric.LogLoss{}, &metric.Brier{}, &metric.ECE{}, &metric.ROCAUC{}, &metric.AveragePrecision{},
		&metric.MSE{}, &metric.RMSE{}, &metric.MAE{}, &metric.MAPE{}, &metric.R2{}, &metric.ExplainedVariance{}, &metric.Pinball{},
		&metric.NDCG{}, &metric.MAP{}, &metric.MRR{}, &metric.HitRate{}, &metric.Perplexity{},
	} {
		if v := m.Value(); !math.IsNaN(v) {
			t.Errorf("%T of nothing is %v", m, v)
		}
	}
	// One class, and constant targets.
	r, a, r2, v := metric.ROCAUC{}, metric.AveragePrecision{}, metric.R2{}, metric.ExplainedVariance{}
	for _, err := range []error{
		r.Add([]float32{1, 2}, []int32{1, 1}), a.Add([]float32{1, 2}, []int32{0, 0}),
		r2.Add([]float32{1, 2, 3}, []float32{0.1, 0.1, 0.1}), v.Add([]float32{1, 2, 3}, []float32{0.1, 0.1, 0.1}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []value{&r, &a, &r2, &v} {
		if v := m.Value(); !math.IsNaN(v) {
			t.Errorf("%T is %v, NaN wanted", m, v)
		}
	}
}

// Targets 2²⁴ and 2²⁴ − 1: their squares need 48 bits and their variance is 1/4. Predictions right in one and off by 1 in the other
// have R² = 1 − 1/(2/4) = −1; the errors 0 and 1 vary by 1/4: no variance is explained. A float64 sum of 2,000 such squares has no bit
// left for either.
func TestVarianceFarFromZero(t *testing.T) {
	var r metric.R2
	var v metric.ExplainedVariance
	const far = 1 << 24
	for range 1000 {
		if err := r.Add([]float32{far, far}, []float32{far, far - 1}); err != nil {
			t.Fatal(err)
		}
		if err := v.Add([]float32{far, far}, []float32{far, far - 1}); err != nil {
			t.Fatal(err)
		}
	}
	if r.Value() != -1 || v.Value() != 0 {
		t.Errorf("%v and %v, want -1 and 0", r.Value(), v.Value())
	}
}

// Of classes with equal scores the first goes first: 0 and 1 are the two best of the first row, 2 is third.
func TestTopKTies(t *testing.T) {
	for k, want := range map[int]float64{1: 1.0 / 3, 2: 2.0 / 3, 3: 1} {
		m := metric.TopK{K: k}
		if err := m.Add([]float32{5, 5, 5, 5, 5, 5, 5, 5, 5}, 3, []int32{0, 1, 2}); err != nil || !near(m.Value(), want) {
			t.Errorf("K %d: %v %v, want %v", k, m.Value(), err, want)
		}
	}
}

// Bad input is an error that names the metric, what was found and what was wanted, and counts nothing.
func TestRefusals(t *testing.T) {
	var (
		accuracy metric.Accuracy
		topK     = metric.TopK{K: 1}
		logLoss  metric.LogLoss
		brier    metric.Brier
		ece      metric.ECE
		roc      metric.ROCAUC
		ap       metric.AveragePrecision
		mse      metric.MSE
		rmse     metric.RMSE
		mae      metric.MAE
		mape     metric.MAPE
		r2       metric.R2
		ev       metric.ExplainedVariance
		pinball  metric.Pinball
		ndcg     metric.NDCG
		mapk     metric.MAP
		mrr      metric.MRR
		hit      metric.HitRate
		ppl      metric.Perplexity
	)
	one := []float32{1}
	for _, c := range []struct {
		err  error
		text string
	}{
		{accuracy.Add([]int32{1}, nil), "Accuracy of 1 predictions and 0 targets"},
		{topK.Add([]float32{0, nan}, 2, []int32{0}), "TopK: row 0 has the score NaN"},
		{topK.Add([]float32{0, 1}, 2, []int32{2}), "row 0 has class 2; there are 2 classes"},
		{(&metric.TopK{}).Add(nil, 1, nil), "K is 0; at least 1"},
		{topK.Merge(&metric.TopK{K: 2}), "K 1 merged with one of 2"},
		{logLoss.Add([]float32{0.5, 0.5, 0.5}, 2, []int32{0}), "LogLoss of 3 values for 1 targets of 2 classes"},
		{logLoss.Add([]float32{3, -2}, 2, []int32{0}), "logits go through softmax first"},
		{brier.Add([]float32{0.5, 0.4}, 2, []int32{0}), "probabilities of sum 0.9"},
		{ece.Add([]float32{nan, 1}, 2, []int32{0}), "ECE: row 0 has the probability NaN"},
		{(&metric.ECE{Bins: -1}).Add(nil, 1, nil), "Bins is -1"},
		{ece.Merge(&metric.ECE{Bins: 7}), "15 bins merged with one of 7"},
		{roc.Add([]float32{nan}, []int32{1}), "ROCAUC: row 0 has the score NaN"},
		{ap.Add(one, []int32{2}), "AveragePrecision: row 0 has class 2; 0 or 1 wanted"},
		{ap.Add(one, nil), "AveragePrecision of 1 predictions and 0 targets"},
		{mse.Add([]float32{1, nan}, []float32{1, 1}), "MSE: row 1 has prediction NaN and target 1"},
		{rmse.Add([]float32{inf}, one), "RMSE: row 0 has prediction +Inf"},
		{mae.Add(one, []float32{nan}), "MAE: row 0 has prediction 1 and target NaN"},
		{mape.Add(one, []float32{-inf}), "MAPE"},
		{r2.Add(one, []float32{nan}), "R2"},
		{ev.Add(one, nil), "ExplainedVariance of 1 predictions"},
		{pinball.Add(one, []float32{nan}), "Pinball"},
		{(&metric.Pinball{Quantile: 1}).Add(one, one), "Quantile is 1; a number between 0 and 1"},
		{pinball.Merge(&metric.Pinball{Quantile: 0.9}), "quantile 0.5 merged with one of 0.9"},
		{ndcg.Add(one, []float32{-1}), "NDCG: item 0 has score 1 and relevance -1"},
		{ndcg.Merge(&metric.NDCG{K: 3}), "NDCG of K 0 merged with one of 3"},
		{mapk.Add([]float32{nan}, one), "MAP: item 0 has score NaN"},
		{mrr.Add(one, nil), "MRR of 1 scores and 0 relevances"},
		{(&metric.HitRate{K: -1}).Add(one, one), "HitRate: K is -1"},
		{hit.Add(one, []float32{inf}), "HitRate: item 0"},
		{ppl.Add(math.NaN(), 3), "Perplexity: a loss of NaN over 3 tokens"},
		{ppl.Add(1, -1), "over -1 tokens"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "metric: ") || !strings.Contains(c.err.Error(), c.text) {
			t.Errorf("%v; %q wanted", c.err, c.text)
		}
	}
	for _, m := range []value{&accuracy, &topK, &logLoss, &brier, &ece, &roc, &ap, &mse, &rmse, &mae, &mape, &r2, &ev, &pinball, &ndcg, &mapk, &mrr, &hit, &ppl} {
		if v := m.Value(); !math.IsNaN(v) {
			t.Errorf("%T counted an error: %v", m, v)
		}
	}
}
