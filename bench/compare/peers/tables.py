"""Trees and linear models on the rows that Ingot trained and tested on.

    python tables.py TABLE TARGET RUN... [--drop COLUMN...]

TABLE is a CSV or Parquet file, RUN the folder of a run on it, whose parts.safetensors says which part each row was in. For each
run XGBoost with its defaults and a logistic or ridge regression are fitted to the rows
of train (XGBoost and the regressions need no val) and measured on those of test; then come mean and sample standard deviation
over the runs. A target of two or more values that are words is classified, numbers are fitted; --classify says otherwise.

Needs pandas, pyarrow, scikit-learn and xgboost.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (accuracy_score, average_precision_score, log_loss, mean_absolute_error, r2_score,
                             roc_auc_score, roc_curve, root_mean_squared_error)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def classification(y, p):
    """p [rows, classes]."""
    m = {"accuracy": accuracy_score(y, p.argmax(1)), "log_loss": log_loss(y, p, labels=range(p.shape[1]))}
    m["mae"] = np.abs(p.argmax(1) - y).mean()  # of places of classes, which are sorted: of ratings
    if p.shape[1] == 2:
        m["roc_auc"] = roc_auc_score(y, p[:, 1])
        m["pr_auc"] = average_precision_score(y, p[:, 1])
        fpr, tpr, _ = roc_curve(y, p[:, 1], drop_intermediate=False)
        false_alarms = fpr * (y == 0).sum()
        m["recall_at_100_false"] = tpr[false_alarms <= 100].max()
    return m


def regression(y, p):
    return {"rmse": root_mean_squared_error(y, p), "mae": mean_absolute_error(y, p), "r2": r2_score(y, p)}


def read(run, file):
    """The tensors of a safetensors file."""
    b = Path(run, file).read_bytes()
    n = 8 + int.from_bytes(b[:8], "little")
    kinds = {"U8": np.uint8, "I32": np.int32, "I64": np.int64, "F32": np.float32}
    return {name: np.frombuffer(b[n + t["data_offsets"][0]:n + t["data_offsets"][1]], kinds[t["dtype"]]).reshape(t["shape"])
            for name, t in json.loads(b[8:n]).items() if name != "__metadata__"}


def linear(x, model):
    words = [c for c in x if not pd.api.types.is_numeric_dtype(x[c])]
    return make_pipeline(make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [c for c in x if c not in words]),
        (OneHotEncoder(handle_unknown="ignore"), words)), model)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("table")
    a.add_argument("target")
    a.add_argument("runs", nargs="+")
    a.add_argument("--drop", action="append", default=[])
    a.add_argument("--classify", action="store_true")
    a.add_argument("--positive", help="the value of the target that is the event; otherwise the last of the sorted ones")
    a = a.parse_args()
    t = pd.read_csv(a.table, keep_default_na=False, na_values=["", "?"]) if a.table.endswith(".csv") else pd.read_parquet(a.table)
    t = t.replace("?", np.nan)
    x, y = t.drop(columns=[a.target, *a.drop]), t[a.target]
    for c in x.select_dtypes(exclude="number"):
        x[c] = x[c].astype("category")
    classify = a.classify or not pd.api.types.is_numeric_dtype(y)
    if classify:
        names = sorted(y.unique(), key=lambda v: (str(v) == a.positive, v))
        y = y.map({v: i for i, v in enumerate(names)})
    y = y.to_numpy()
    words = x.copy()
    for c in words.select_dtypes("category"):
        words[c] = words[c].astype(object).where(words[c].notna(), "missing").astype(str)
    results = {}
    for run in a.runs:
        parts = read(run, "parts.safetensors")["part"]  # 0 train, 1 val, 2 test, 3 none
        assert len(parts) == len(t), f"{run} is of {len(parts)} rows, {a.table} has {len(t)}"
        train, test = parts == 0, parts == 2
        models = {
            "dumb": (DummyClassifier(strategy="prior") if classify else DummyRegressor(), words),
            "linear": (linear(words, LogisticRegression(max_iter=2000) if classify else Ridge()), words),
            "xgboost": ((xgboost.XGBClassifier if classify else xgboost.XGBRegressor)(enable_categorical=True, n_jobs=2), x),
        }
        ours = read(run, "predictions.safetensors")
        assert (np.sort(ours["rows"]) == np.flatnonzero(test)).all()
        answers = {"ingot": (ours["output"], y[ours["rows"]])}
        for name, (model, columns) in models.items():
            model.fit(columns[train], y[train])
            answers[name] = model.predict_proba(columns[test]) if classify else model.predict(columns[test]), y[test]
        for name, (answer, truth) in answers.items():
            m = classification(truth, answer) if classify else regression(truth, answer.reshape(len(truth)))
            for k, v in m.items():
                results.setdefault(name, {}).setdefault(k, []).append(float(v))
    for name, metrics in results.items():
        print(json.dumps({"name": name, "runs": len(a.runs), **{k: [round(float(np.mean(v)), 5), round(float(np.std(v, ddof=1)), 5) if len(v) > 1 else 0] for k, v in metrics.items()}}))


main()
