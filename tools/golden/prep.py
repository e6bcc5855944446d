"""Preprocessing of tables: scikit-learn's values, and the bins of the published code of arXiv:2203.05556."""
import json

import numpy as np
import torch
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, RobustScaler, StandardScaler, TargetEncoder

from golden import LIMIT, ROOT, Random, ten


def column(values):
    return np.asarray(values, np.float64).reshape(-1, 1)


def scaler(method, rows):
    quantiles = max(min(rows // 30, 1000), 10)
    return {
        "standard": StandardScaler(), "minmax": MinMaxScaler(), "robust": RobustScaler(),
        "quantile": QuantileTransformer(n_quantiles=quantiles, output_distribution="normal", subsample=None),
    }[method]


def bins(values, n):
    """rtdl_num_embeddings.compute_bins: the distinct ones of n + 1 quantiles."""
    return torch.quantile(torch.tensor(values, dtype=torch.float64), torch.linspace(0, 1, n + 1, dtype=torch.float64)).unique().tolist()


def main():
    r = Random("prep").r
    columns = {
        "normal": r.standard_normal(60) * 3 + 10,
        "skewed": np.exp(r.standard_normal(360)),
        "ties": r.choice([0.0, 1, 1, 1, 2, 5], 90),
        "constant": np.full(20, 0.1),
        "near": 1e9 + r.choice([0.0, 1e-8], 30),
        "one": np.array([3.5]),
    }
    columns = {k: np.array([ten(x) for x in v]) for k, v in columns.items()}
    cases = []
    for name, fit in columns.items():
        probe = np.array([ten(x) for x in np.concatenate([fit[:12], [fit.min() - 1, fit.max() + 1, np.median(fit), (fit.min() + fit.max()) / 2]])])
        case = {"name": name, "fit": fit.tolist(), "probe": probe.tolist(), "scaled": {}, "inverse": {}, "impute": {}}
        for method in "standard", "minmax", "robust", "quantile":
            s = scaler(method, len(fit)).fit(column(fit))
            y = s.transform(column(probe))
            case["scaled"][method] = [ten(v) for v in y[:, 0]]
            case["inverse"][method] = [ten(v) for v in s.inverse_transform(y)[:, 0]]
        for method, strategy in ("mean", "mean"), ("median", "median"), ("mode", "most_frequent"):
            s = SimpleImputer(strategy=strategy).fit(column(np.append(fit, np.nan)))
            case["impute"][method] = ten(s.statistics_[0])
        case["bins"] = [ten(v) for v in bins(fit, 8)]
        cases.append(case)

    levels = r.choice(list("abcde"), 50, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    targets = {"numbers": np.round(r.standard_normal(50), 4), "two": r.randint(0, 2, 50), "three": r.randint(0, 3, 50)}
    statistics = []
    for name, y in targets.items():
        e = TargetEncoder(smooth=10, target_type={"numbers": "continuous", "two": "binary", "three": "multiclass"}[name])
        e.fit(column_of(levels), y)
        probe = ["a", "b", "c", "d", "e", "unseen"]
        means = e.transform(column_of(probe))
        statistics.append({"name": name, "levels": levels.tolist(), "y": y.tolist(), "probe": probe, "means": [[ten(v) for v in row] for row in means]})

    out = ROOT / "data/prep/testdata/sklearn.json"
    out.parent.mkdir(exist_ok=True)
    text = json.dumps({"source": "scikit-learn, torch", "scales": cases, "statistics": statistics})
    assert len(text) < 2 * LIMIT
    out.write_text(text.replace('{"name"', '\n{"name"') + "\n")


def column_of(levels):
    return np.asarray(levels, object).reshape(-1, 1)


if __name__ == "__main__":
    main()
