"""What package task fits: temperatures by scipy, thresholds by trying every one with scikit-learn's scores."""
import numpy as np
import scipy
import sklearn
import sklearn.metrics as sk
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression, Ridge

from golden import Random, short, write


def log_loss(t, logits, target):
    return -np.log(softmax(logits / t, 1)[np.arange(len(target)), target]).mean()


def temperature(r, rows, classes, sharpness):
    """Labels drawn from the softmax of logits that the model says too sharply, or too vaguely."""
    logits = r.normal(rows, classes, scale=1.5).numpy()
    p = softmax(logits, 1)
    u = r.uniform(0, 1, rows, 1).numpy()
    target = (p.cumsum(1) < u).sum(1).clip(max=classes - 1)
    probs = softmax(logits * sharpness, 1).astype(np.float32).astype(np.float64)
    fit = minimize_scalar(log_loss, bounds=(0.05, 20), args=(np.log(probs), target), method="bounded", options={"xatol": 1e-9})
    return {"classes": classes, "probs": [short(v) for v in probs.flatten()], "target": target.tolist(), "temperature": float(fit.x), "loss": float(fit.fun)}


def threshold(r, rows, share):
    target = (r.uniform(0, 1, rows).numpy() < share).astype(int)
    probs = np.round(1 / (1 + np.exp(-r.normal(rows).numpy() - 2 * target + 2)), 2).astype(np.float32)
    scores = {}
    for by, score in ("f1", sk.f1_score), ("balanced_accuracy", sk.balanced_accuracy_score):
        scores[by] = float(max(score(target, probs >= p) for p in np.unique(probs)))
    return {"probs": [short(p) for p in probs], "target": target.tolist(), "best": scores}


def ece(probs, target, w, bins=15):
    """Guo et al. 2017, eq. 3, with weights."""
    sure, right, total = probs.max(1), probs.argmax(1) == target, 0
    for b in range(1, bins + 1):
        here = (sure > (b - 1) / bins) & (sure <= b / bins)
        total += abs((w * right)[here].sum() - (w * sure)[here].sum())
    return total / w.sum()


def classes(r, rows, c, threshold=0):
    probs = np.stack([r.probabilities(1, c).numpy()[0] for _ in range(rows)])
    probs[:, 0] = 1 - probs[:, 1:].sum(1)
    probs = probs.astype(np.float32).astype(np.float64)
    target = np.where(r.uniform(0, 1, rows).numpy() < 0.6, probs.argmax(1), r.ints(c, rows).numpy())
    w, labels = r.ints(4, rows).numpy(), range(c)
    said = (probs[:, 1] >= threshold).astype(int) if threshold else probs.argmax(1)
    k = {"sample_weight": w}
    v = {
        "accuracy": sk.accuracy_score(target, said, **k), "balanced_accuracy": sk.balanced_accuracy_score(target, said, **k),
        "f1": sk.f1_score(target, said, average="binary" if c == 2 else "macro", **k), "ece": ece(probs, target, w),
        "log_loss": sk.log_loss(target, probs / probs.sum(1, keepdims=True), labels=labels, **k),
        "brier": sk.brier_score_loss(target, probs[:, 1], **k) if c == 2 else sk.brier_score_loss(target, probs, labels=labels, **k),
    }
    ranked = [1] if c == 2 else labels
    v["roc_auc"] = np.mean([sk.roc_auc_score(target == j, probs[:, j], **k) for j in ranked])
    v["pr_auc"] = np.mean([sk.average_precision_score(target == j, probs[:, j], **k) for j in ranked])
    return {"kind": "classify", "names": [str(j) for j in labels], "output": [short(x) for x in probs.flatten()], "ids": target.tolist(),
            "threshold": threshold, "weights": w.tolist(), "values": {name: float(x) for name, x in v.items()}}


def labels(r, rows, c):
    probs = r.uniform(0, 1, rows, c).numpy()
    target = (r.uniform(0, 1, rows, c).numpy() < probs).astype(int)
    w, said = r.ints(4, rows).numpy(), probs >= 0.5
    k = {"sample_weight": w}
    columns = range(c)
    v = {
        "accuracy": np.mean([sk.accuracy_score(target[:, j], said[:, j], **k) for j in columns]), "subset_accuracy": sk.accuracy_score(target, said, **k),
        "f1": sk.f1_score(target, said, average="macro", **k), "roc_auc": sk.roc_auc_score(target, probs, **k),
        "pr_auc": sk.average_precision_score(target, probs, **k),
        "log_loss": np.mean([sk.log_loss(target[:, j], probs[:, j], labels=[0, 1], **k) for j in columns]),
        "brier": np.mean([sk.brier_score_loss(target[:, j], probs[:, j], **k) for j in columns]),
    }
    return {"kind": "labels", "names": [str(j) for j in columns], "output": [short(x) for x in probs.flatten()], "targets": target.flatten().tolist(),
            "weights": w.tolist(), "values": {name: float(x) for name, x in v.items()}}


def numbers(r, rows, c, q):
    target = 100 + 10 * r.normal(rows, c).numpy()
    target = target.astype(np.float32).astype(np.float64)
    pred = (target + 5 * r.normal(rows, c).numpy()).astype(np.float32).astype(np.float64)
    w = r.ints(4, rows).numpy()
    k = {"sample_weight": w}
    v = {
        "rmse": sk.root_mean_squared_error(target, pred, **k), "mae": sk.mean_absolute_error(target, pred, **k), "r2": sk.r2_score(target, pred, **k),
        "mape": sk.mean_absolute_percentage_error(target, pred, **k), "pinball": sk.mean_pinball_loss(target, pred, alpha=q, **k),
    }
    return {"kind": "regress", "names": [str(j) for j in range(c)], "output": [short(x) for x in pred.flatten()], "targets": [short(x) for x in target.flatten()],
            "quantile": q, "weights": w.tolist(), "values": {name: float(x) for name, x in v.items()}}


def linear(r, kind, rows, out):
    """Fits with two numbers and a category of three ids."""
    numbers, ids = r.normal(rows, 2).numpy(), r.ints(3, rows).numpy()
    x = np.concatenate([numbers, np.eye(3)[ids]], 1)
    score = numbers @ r.normal(2, out).numpy() + r.normal(3, out).numpy()[ids] + r.normal(rows, out).numpy()
    if kind == "classify":
        y = score.argmax(1)
        m = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(x, y)
        answer = m.predict_proba(x)
    else:
        y = score.astype(np.float32).astype(np.float64)
        answer = Ridge(alpha=1).fit(x, y).predict(x)
    return {"kind": kind, "out": out, "x": [short(v) for v in np.concatenate([numbers, ids[:, None]], 1).flatten()], "y": [short(v) for v in y.flatten()],
            "answer": [float(f"{v:.7g}") for v in answer.flatten()]}


def folds(r, n, train, test):
    """Nadeau & Bengio 2003, the corrected resampled t-test."""
    a, b = (np.round(0.5 + r.normal(n, scale=0.02).numpy(), 5) for _ in range(2))
    b = np.round(b - 0.02, 5)
    d = b - a
    spread = np.sqrt((1 / n + test / train) * d.var(ddof=1))
    half = stats.t.ppf(0.975, n - 1) * spread
    return {"a": a.tolist(), "b": b.tolist(), "train": train, "test": test, "p": float(2 * stats.t.sf(abs(d.mean() / spread), n - 1)),
            "interval": [float(d.mean() - half), float(d.mean() + half)]}


def mcnemar(a, b):
    return {"a": a, "b": b, "p": float(stats.binomtest(a, a + b).pvalue - stats.binom.pmf(min(a, b), a + b, 0.5))}


def main():
    r = Random("compare")
    student = [{"t": t, "f": f, "p": float(2 * stats.t.sf(t, f))} for t in (0.01, 0.5, 2, 7) for f in (1, 4, 9, 99)]
    write("task", "compare", "float64", by=f"scipy {scipy.__version__}", student=student, folds=folds(r, 10, 90, 10),
          mcnemar=[mcnemar(a, b) for a, b in ((0, 5), (3, 9), (7, 7), (1, 0), (40, 61), (900, 1000), (5000, 5200))])
    r = Random("linear_baseline")
    write("task", "linear_baseline", "float64", fitted_by=f"scikit-learn {sklearn.__version__}",
          cases=[linear(r, "classify", 40, 2), linear(r, "classify", 50, 3), linear(r, "regress", 40, 1), linear(r, "regress", 30, 2)])
    r = Random("evaluation")
    write("task", "evaluation", "float64", measured_by=f"scikit-learn {sklearn.__version__} with sample_weight; ECE by a plain function",
          cases=[classes(r, 40, 2), classes(r, 40, 2, 0.3), classes(r, 60, 4), labels(r, 40, 3), numbers(r, 40, 1, 0.3), numbers(r, 30, 2, 0.9)])
    r = Random("calibration")
    write("task", "calibration", "float64", fitted_by=f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
          temperatures=[temperature(r, 80, 3, 2.5), temperature(r, 80, 2, 0.4), temperature(r, 60, 5, 1)],
          thresholds=[threshold(r, 60, 0.2), threshold(r, 90, 0.5)])


if __name__ == "__main__":
    main()
