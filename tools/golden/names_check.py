"""Looks up every name that docs/vocabulary.md has from PyTorch and scikit-learn: they must be there."""
import importlib
import pathlib
import re

import sklearn.metrics  # noqa: F401
import torch.optim.swa_utils  # noqa: F401

text = (pathlib.Path(__file__).parents[2] / "docs/vocabulary.md").read_text()
names = sorted(set(re.findall(r"\| `((?:torch|sklearn)\.[\w.]+)", text)))
missing = []
for name in names:
    first, *rest = name.split(".")
    thing = importlib.import_module(first)
    try:
        for part in rest:
            thing = getattr(thing, part)
    except AttributeError:
        missing.append(name)
print(f"{len(names)} names, missing: {', '.join(missing) or 'none'}")
raise SystemExit(bool(missing))
