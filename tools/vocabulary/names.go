package main

import "fmt"

// none is the name elsewhere of what isn't there.
const none = "none"

// nameElsewhere fills the entries' names in PyTorch, or scikit-learn, and returns what the table lacks or has too much.
func nameElsewhere(es []*entry) (problems []string) {
	used := map[string]bool{}
	for _, e := range es {
		n, ok := elsewhere[e.name]
		if !ok {
			n = none
			problems = append(problems, fmt.Sprintf("%s: its name in PyTorch, or %q, isn't in tools/vocabulary/names.go", e.name, none))
		}
		used[e.name] = true
		e.elsewhere = n
	}
	for name := range elsewhere {
		if !used[name] {
			problems = append(problems, fmt.Sprintf("%s: tools/vocabulary/names.go names it, and it isn't there", name))
		}
	}
	return problems
}

// elsewhere has everything's name in PyTorch and, of metrics, in scikit-learn; what makes it the same stands after a comma.
// tools/golden/names_check.py looks each up.
var elsewhere = map[string]string{
	"op.Add":            "torch.add",
	"op.ArgMax":         "torch.argmax",
	"op.BatchNorm":      "torch.nn.functional.batch_norm, training=True",
	"op.BatchNormInfer": "torch.nn.functional.batch_norm, training=False",
	"op.Bilinear":       "torch.nn.functional.bilinear",
	"op.Cast":           "torch.Tensor.to",
	"op.Concat":         "torch.cat",
	"op.Detach":         "torch.Tensor.detach",
	"op.Div":            "torch.div",
	"op.Dropout":        "torch.nn.functional.dropout",
	"op.Embedding":      "torch.nn.functional.embedding",
	"op.Exp":            "torch.exp",
	"op.Expand":         "torch.Tensor.expand",
	"op.Gather":         "torch.gather",
	"op.LayerNorm":      "torch.nn.functional.layer_norm",
	"op.Linear":         "torch.nn.functional.linear",
	"op.Log":            "torch.log",
	"op.LogSoftmax":     "torch.nn.functional.log_softmax",
	"op.MatMul":         "torch.matmul",
	"op.MatMulNT":       "torch.matmul, of b.mT",
	"op.MatMulTN":       "torch.matmul, of a.mT",
	"op.MatMulTT":       "torch.matmul, of a.mT and b.mT",
	"op.Max":            "torch.amax",
	"op.MaxKeep":        "torch.amax, keepdim=True",
	"op.Maximum":        "torch.maximum",
	"op.Mean":           "torch.mean",
	"op.MeanKeep":       "torch.mean, keepdim=True",
	"op.Mul":            "torch.mul",
	"op.Neg":            "torch.neg",
	"op.Permute":        "torch.permute",
	"op.ReLU":           "torch.nn.functional.relu",
	"op.Reshape":        "torch.reshape",
	"op.RoPE":           none,
	"op.SDPA":           "torch.nn.functional.scaled_dot_product_attention",
	"op.SDPAPacked":     none,
	"op.Sigmoid":        "torch.sigmoid",
	"op.Slice":          "torch.narrow",
	"op.SliceStep":      "torch.Tensor.__getitem__, with a slice",
	"op.Softmax":        "torch.nn.functional.softmax",
	"op.Sqrt":           "torch.sqrt",
	"op.Sub":            "torch.sub",
	"op.Sum":            "torch.sum",
	"op.SumKeep":        "torch.sum, keepdim=True",
	"op.Tanh":           "torch.tanh",
	"op.Transpose":      "torch.Tensor.mT",

	"op.BCEWithLogits":    "torch.nn.functional.binary_cross_entropy_with_logits",
	"op.CrossEntropy":     "torch.nn.functional.cross_entropy",
	"op.CrossEntropyLoss": "torch.nn.CrossEntropyLoss",
	"op.MSE":              "torch.nn.functional.mse_loss",
	"op.MSELoss":          "torch.nn.MSELoss",
	"op.NLLLoss":          "torch.nn.NLLLoss",

	"nn.BatchNorm1D":             "torch.nn.BatchNorm1d",
	"nn.Bilinear":                "torch.nn.Bilinear",
	"nn.Dropout":                 "torch.nn.Dropout",
	"nn.Embedding":               "torch.nn.Embedding",
	"nn.Func":                    none,
	"nn.Identity":                "torch.nn.Identity",
	"nn.LayerNorm":               "torch.nn.LayerNorm",
	"nn.Linear":                  "torch.nn.Linear",
	"nn.MultiHeadAttention":      "torch.nn.MultiheadAttention",
	"nn.Residual":                none,
	"nn.Sequential":              "torch.nn.Sequential",
	"nn.SinusoidalEncoding":      none,
	"nn.SpectralNorm":            "torch.nn.utils.parametrizations.spectral_norm",
	"nn.TransformerDecoder":      "torch.nn.TransformerDecoder",
	"nn.TransformerDecoderLayer": "torch.nn.TransformerDecoderLayer",
	"nn.TransformerEncoder":      "torch.nn.TransformerEncoder",
	"nn.TransformerEncoderLayer": "torch.nn.TransformerEncoderLayer",
	"nn.WeightNorm":              "torch.nn.utils.parametrizations.weight_norm",

	"nn.Constant":        "torch.nn.init.constant_",
	"nn.HeNormal":        "torch.nn.init.kaiming_normal_",
	"nn.HeUniform":       "torch.nn.init.kaiming_uniform_",
	"nn.LeCunNormal":     "torch.nn.init.kaiming_normal_, nonlinearity='linear'",
	"nn.LeCunUniform":    "torch.nn.init.kaiming_uniform_, nonlinearity='linear'",
	"nn.Normal":          "torch.nn.init.normal_",
	"nn.Orthogonal":      "torch.nn.init.orthogonal_",
	"nn.Sparse":          "torch.nn.init.sparse_",
	"nn.TruncatedNormal": "torch.nn.init.trunc_normal_",
	"nn.Uniform":         "torch.nn.init.uniform_",
	"nn.XavierNormal":    "torch.nn.init.xavier_normal_",
	"nn.XavierUniform":   "torch.nn.init.xavier_uniform_",

	"optim.Adadelta":     "torch.optim.Adadelta",
	"optim.Adafactor":    "torch.optim.Adafactor",
	"optim.Adagrad":      "torch.optim.Adagrad",
	"optim.Adam":         "torch.optim.Adam",
	"optim.AdamW":        "torch.optim.AdamW",
	"optim.Adamax":       "torch.optim.Adamax",
	"optim.ClipNorm":     "torch.nn.utils.clip_grad_norm_",
	"optim.ClipValue":    "torch.nn.utils.clip_grad_value_",
	"optim.EMA":          "torch.optim.swa_utils.AveragedModel, get_ema_multi_avg_fn",
	"optim.GD":           "torch.optim.SGD, of the whole data set",
	"optim.Groups":       "torch.optim.Optimizer.add_param_group",
	"optim.LAMB":         none,
	"optim.Lion":         none,
	"optim.Muon":         "torch.optim.Muon",
	"optim.NAdam":        "torch.optim.NAdam",
	"optim.Noise":        none,
	"optim.RAdam":        "torch.optim.RAdam",
	"optim.RMSProp":      "torch.optim.RMSprop",
	"optim.SAM":          none,
	"optim.SGD":          "torch.optim.SGD",
	"optim.SWA":          "torch.optim.swa_utils.AveragedModel",
	"optim.ScheduleFree": none,

	"optim.Constant":     "torch.optim.lr_scheduler.ConstantLR",
	"optim.Cosine":       "torch.optim.lr_scheduler.CosineAnnealingLR",
	"optim.Cyclic":       "torch.optim.lr_scheduler.CyclicLR",
	"optim.Exponential":  "torch.optim.lr_scheduler.ExponentialLR",
	"optim.Linear":       "torch.optim.lr_scheduler.LinearLR",
	"optim.MultiStep":    "torch.optim.lr_scheduler.MultiStepLR",
	"optim.OneCycle":     "torch.optim.lr_scheduler.OneCycleLR",
	"optim.Plateau":      "torch.optim.lr_scheduler.ReduceLROnPlateau",
	"optim.Polynomial":   "torch.optim.lr_scheduler.PolynomialLR",
	"optim.Step":         "torch.optim.lr_scheduler.StepLR",
	"optim.WarmRestarts": "torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",

	"metric.Accuracy":                   "sklearn.metrics.accuracy_score",
	"metric.AveragePrecision":           "sklearn.metrics.average_precision_score",
	"metric.Brier":                      "sklearn.metrics.brier_score_loss",
	"metric.Confusion":                  "sklearn.metrics.confusion_matrix",
	"metric.Confusion.BalancedAccuracy": "sklearn.metrics.balanced_accuracy_score",
	"metric.Confusion.CohenKappa":       "sklearn.metrics.cohen_kappa_score",
	"metric.Confusion.FBeta":            "sklearn.metrics.fbeta_score",
	"metric.Confusion.MCC":              "sklearn.metrics.matthews_corrcoef",
	"metric.Confusion.Precision":        "sklearn.metrics.precision_score",
	"metric.Confusion.Recall":           "sklearn.metrics.recall_score",
	"metric.ECE":                        none,
	"metric.ExplainedVariance":          "sklearn.metrics.explained_variance_score",
	"metric.HitRate":                    none,
	"metric.LogLoss":                    "sklearn.metrics.log_loss",
	"metric.MAE":                        "sklearn.metrics.mean_absolute_error",
	"metric.MAP":                        "sklearn.metrics.average_precision_score, averaged over queries",
	"metric.MAPE":                       "sklearn.metrics.mean_absolute_percentage_error",
	"metric.MRR":                        none,
	"metric.MSE":                        "sklearn.metrics.mean_squared_error",
	"metric.NDCG":                       "sklearn.metrics.ndcg_score",
	"metric.Perplexity":                 none,
	"metric.Pinball":                    "sklearn.metrics.mean_pinball_loss",
	"metric.R2":                         "sklearn.metrics.r2_score",
	"metric.RMSE":                       "sklearn.metrics.root_mean_squared_error",
	"metric.ROCAUC":                     "sklearn.metrics.roc_auc_score",
	"metric.TopK":                       "sklearn.metrics.top_k_accuracy_score",
	"metric.Wilson":                     none,
}
