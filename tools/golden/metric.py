"""The metrics: scikit-learn's values and, of what it lacks, those of the plain functions here, by the papers."""
import warnings

import numpy as np
import sklearn
import sklearn.metrics as sk
import torch

from golden import Random, exact, short, write


def values(**named):
    return {name: float(v) for name, v in named.items()}


def predicted(r, classes, pred, target):
    """Metrics of predicted classes; averages are over the classes that occur, as is scikit-learn's default."""
    v = values(Accuracy=sk.accuracy_score(target, pred), BalancedAccuracy=sk.balanced_accuracy_score(target, pred),
               MCC=sk.matthews_corrcoef(target, pred))
    kappa = sk.cohen_kappa_score(target, pred)
    v["CohenKappa"] = None if np.isnan(kappa) else kappa
    for average in ("macro", "weighted", "micro") + (("binary",) if classes == 2 else ()):
        v["Precision " + average] = sk.precision_score(target, pred, average=average)
        v["Recall " + average] = sk.recall_score(target, pred, average=average)
        for beta in 0.5, 1, 2:
            v[f"FBeta {average} {beta}"] = sk.fbeta_score(target, pred, beta=beta, average=average)
    matrix = sk.confusion_matrix(target, pred, labels=range(classes))
    return {"classes": classes, "pred": pred.tolist(), "target": target.tolist(), "confusion": matrix.flatten().tolist(), "values": v}


def ece(probs, target, bins):
    """Guo et al. 2017, eq. 3: the weighted gap of accuracy and confidence over bins ((b-1)/M, b/M]."""
    confidence, right = probs.max(1), probs.argmax(1) == target
    total = 0
    for b in range(1, bins + 1):
        here = (confidence > (b - 1) / bins) & (confidence <= b / bins)
        if here.any():
            total += here.mean() * abs(right[here].mean() - confidence[here].mean())
    return total


def probable(r, rows, classes):
    """Metrics of probabilities; no two in a row are equal."""
    probs = r.probabilities(rows, classes).numpy()
    if classes == 2:
        probs[:, 1] = np.round(probs[:, 1] * 1024) / 1024
        probs[:, 0] = 1 - probs[:, 1]
    target = r.ints(classes, rows).numpy()
    labels = range(classes)
    # scikit-learn divides a row by its sum, that of rounded probabilities isn't quite 1.
    normed = probs / probs.sum(1, keepdims=True)
    v = {"LogLoss": sk.log_loss(target, normed, labels=labels) - np.log(probs.sum(1)).mean()}
    if classes == 2:
        v["Brier"] = sk.brier_score_loss(target, probs[:, 1])
        v["TopK 1"] = sk.accuracy_score(target, probs.argmax(1))
    else:
        v["Brier"] = sk.brier_score_loss(target, probs, labels=labels)
        v |= {f"TopK {k}": sk.top_k_accuracy_score(target, probs, k=k, labels=labels) for k in range(1, classes)}
    return {"classes": classes, "probs": [short(p) for p in probs.flatten().tolist()], "target": target.tolist(), "values": v,
            "references": {f"ECE {bins}": ece(probs, target, bins) for bins in (15, 7)}}


def scored(scores, target):
    """Metrics of the scores of two classes."""
    v = values(ROCAUC=sk.roc_auc_score(target, scores), AveragePrecision=sk.average_precision_score(target, scores))
    return {"scores": [short(s) for s in scores.tolist()], "target": target.tolist(), "values": v}


def regressed(pred, target):
    """Metrics of numbers."""
    v = values(MSE=sk.mean_squared_error(target, pred), RMSE=sk.root_mean_squared_error(target, pred),
               MAE=sk.mean_absolute_error(target, pred), MAPE=sk.mean_absolute_percentage_error(target, pred),
               R2=sk.r2_score(target, pred), ExplainedVariance=sk.explained_variance_score(target, pred))
    v |= {f"Pinball {q}": sk.mean_pinball_loss(target, pred, alpha=q) for q in (0.1, 0.5, 0.9)}
    return {"pred": [short(p) for p in pred.tolist()], "target": [short(t) for t in target.tolist()], "values": v}


def places(scores):
    """An item's place counts all that score no lower."""
    return np.array([(scores >= s).sum() for s in scores])


def average_precision(scores, relevance, k):
    """Buckley & Voorhees 2000, cut at k."""
    place, relevant = places(scores), relevance > 0
    hits = [sum(relevant & (place <= p)) / p for p, rel in zip(place, relevant) if rel and p <= k]
    return sum(hits) / min(relevant.sum(), k) if relevant.any() else 0


def reciprocal_rank(scores, relevance, k):
    """Voorhees 1999, cut at k."""
    return max([1 / p for p, rel in zip(places(scores), relevance) if rel > 0 and p <= k], default=0)


def ranked(queries):
    """Metrics of ranked lists, means over queries."""
    mean = lambda f: float(np.mean([f(*q) for q in queries]))
    v = {"MAP 0": mean(lambda s, rel: sk.average_precision_score(rel > 0, s) if (rel > 0).any() else 0)}
    for k in 0, 1, 3, 5:
        v[f"NDCG {k}"] = mean(lambda s, rel: sk.ndcg_score([rel], [s], k=k or None))
    references = {}
    for k in 0, 1, 3, 5:
        references[f"MAP {k}"] = mean(lambda s, rel: average_precision(s, rel, k or len(s)))
        references[f"MRR {k}"] = mean(lambda s, rel: reciprocal_rank(s, rel, k or len(s)))
        references[f"HitRate {k}"] = mean(lambda s, rel: ((places(s) <= (k or len(s))) & (rel > 0)).any())
    assert np.isclose(v["MAP 0"], references["MAP 0"], rtol=1e-14)
    return {"queries": [{"scores": [short(x) for x in s.tolist()], "relevance": rel.tolist()} for s, rel in queries],
            "values": v, "references": references}


def spoken(r, tokens, vocabulary):
    """Perplexity of batches: their mean losses by PyTorch, and the exponential of the loss of all."""
    batches = [(r.normal(n, vocabulary, scale=2.0), r.ints(vocabulary, n)) for n in tokens]
    loss = torch.nn.functional.cross_entropy
    whole = loss(torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches]))
    return {"losses": [loss(x, y).item() for x, y in batches], "tokens": tokens, "references": {"Perplexity": whole.exp().item()}}


def file(name, cases, source=f"scikit-learn {sklearn.__version__}"):
    """Values are the source's, references those of this script's functions."""
    write("metric", name, "float64", source=source, references="tools/golden/metric.py, by the papers", cases=cases)


def main():
    warnings.simplefilter("ignore")  # of what is undefined and counts as 0
    r = Random("metric")
    draw = lambda classes, n: r.ints(classes, n).numpy()
    ones = np.ones(6, np.int64)
    file("predicted", [
        predicted(r, 2, draw(2, 20), draw(2, 20)),
        predicted(r, 4, draw(4, 30), draw(4, 30)),
        predicted(r, 5, np.minimum(draw(5, 25), 3), draw(5, 25)),  # class 4 is never predicted
        predicted(r, 5, draw(5, 25), np.maximum(draw(5, 25), 2)),  # 0 and 1 are never true
        predicted(r, 6, draw(3, 12), draw(3, 12)),  # 3 to 5 don't occur
        predicted(r, 2, ones, ones),
        predicted(r, 2, ones, draw(2, 6)),
        predicted(r, 2, np.array([0, 1, 0, 1]), np.array([1, 0, 1, 0])),
    ])
    file("probabilities", [probable(r, 30, 2), probable(r, 30, 5), probable(r, 1, 3)])
    file("scores", [
        scored(r.normal(40).numpy(), draw(2, 40)),
        scored(r.choice([0.1, 0.2, 0.5, 0.9], 40).numpy(), draw(2, 40)),
        scored(np.full(9, 0.5), np.array([0, 1, 1, 0, 0, 0, 1, 0, 0])),
        scored(np.array([3.0, 2, 1, 0]), np.array([1, 1, 0, 0])),
        scored(np.array([0.0, 1, 2, 3]), np.array([1, 1, 0, 0])),
    ])
    number = lambda n, scale=1, mean=0: exact(r.normal(n, scale=scale).numpy() + mean).numpy()
    file("regression", [
        regressed(number(30), number(30)),
        regressed(number(30, scale=1e-3, mean=50), number(30, scale=2e-3, mean=50)),
        regressed(np.full(8, 0.25), number(8)),
        regressed(number(5), np.array([0.0, 1, -2, 0, 4])),
    ])
    query = lambda n: (r.normal(n).numpy(), r.ints(4, n).numpy())
    tied = lambda n: (r.choice([0.25, 0.5, 1.0], n).numpy(), r.ints(3, n).numpy())
    file("ranking", [
        ranked([query(8) for _ in range(6)]),
        ranked([tied(9) for _ in range(6)]),
        ranked([query(5), (r.normal(4).numpy(), np.zeros(4, np.int64)), (np.ones(6), np.array([0, 0, 1, 0, 1, 0]))]),
    ])
    file("perplexity", [spoken(r, [7, 3, 12], 9)], source="PyTorch " + torch.__version__.split("+")[0])


if __name__ == "__main__":
    main()
