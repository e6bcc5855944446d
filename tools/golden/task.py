"""What package task fits: temperatures by scipy, thresholds by trying every one with scikit-learn's scores."""
import numpy as np
import scipy
import sklearn
import sklearn.metrics as sk
from scipy.optimize import minimize_scalar
from scipy.special import softmax

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


def main():
    r = Random("calibration")
    write("task", "calibration", "float64", fitted_by=f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}",
          temperatures=[temperature(r, 80, 3, 2.5), temperature(r, 80, 2, 0.4), temperature(r, 60, 5, 1)],
          thresholds=[threshold(r, 60, 0.2), threshold(r, 90, 0.5)])


if __name__ == "__main__":
    main()
