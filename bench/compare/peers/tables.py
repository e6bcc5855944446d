"""Trees and linear models on the rows that Ingot trained and tested on.

    python tables.py TABLE TARGET PARTS... [--drop COLUMN...]

TABLE is a CSV or Parquet file. A PARTS file is what a run on the table leaves as parts.csv: "row,part", with the part train,
val or test of each row. For each PARTS file XGBoost with its defaults and a logistic or ridge regression are fitted to the rows
of train (XGBoost and the regressions need no val) and measured on those of test; then come mean and sample standard deviation
over the files. A target of two or more values that are words is classified, numbers are fitted; --classify says otherwise.

Needs pandas, pyarrow, scikit-learn and xgboost.
"""
import argparse
import json

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


def linear(x, model):
    words = [c for c in x if not pd.api.types.is_numeric_dtype(x[c])]
    return make_pipeline(make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), [c for c in x if c not in words]),
        (OneHotEncoder(handle_unknown="ignore"), words)), model)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("table")
    a.add_argument("target")
    a.add_argument("parts", nargs="+")
    a.add_argument("--drop", action="append", default=[])
    a.add_argument("--classify", action="store_true")
    a.add_argument("--positive", help="the value of the target that is the event; otherwise the last of the sorted ones")
    a = a.parse_args()
    t = pd.read_csv(a.table, keep_default_na=False, na_values=["", "?"]) if a.table.endswith(".csv") else pd.read_parquet(a.table)
    t = t.replace("?", np.nan)
    t = t[t[a.target].notna()].reset_index(drop=True) if t[a.target].isna().any() else t
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
    for path in a.parts:
        parts = pd.read_csv(path).set_index("row")["part"].reindex(range(len(t)))
        train, test = (parts == "train").to_numpy(), (parts == "test").to_numpy()
        models = {
            "dumb": (DummyClassifier(strategy="prior") if classify else DummyRegressor(), words),
            "linear": (linear(words, LogisticRegression(max_iter=2000) if classify else Ridge()), words),
            "xgboost": ((xgboost.XGBClassifier if classify else xgboost.XGBRegressor)(enable_categorical=True, n_jobs=2), x),
        }
        for name, (model, columns) in models.items():
            model.fit(columns[train], y[train])
            m = classification(y[test], model.predict_proba(columns[test])) if classify else regression(y[test], model.predict(columns[test]))
            for k, v in m.items():
                results.setdefault(name, {}).setdefault(k, []).append(float(v))
    for name, metrics in results.items():
        print(json.dumps({"name": name, "files": len(a.parts), **{k: [round(float(np.mean(v)), 5), round(float(np.std(v, ddof=1)), 5) if len(v) > 1 else 0] for k, v in metrics.items()}}))


main()
