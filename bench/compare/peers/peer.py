"""What the peer scripts share: the data files, and the rows they print.

A row is one JSON object a line, named as `ingot bench` names it.
"""
import gzip
import json
import statistics

import numpy as np


def images(folder, part):
    """All images of a part (train, t10k) as f32 [N 784] in 0..1."""
    with gzip.open(f"{folder}/{part}-images-idx3-ubyte.gz") as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784).astype(np.float32)
    x /= 255
    return x


def labels(folder, part):
    """All class ids of a part, [N], as u8."""
    with gzip.open(f"{folder}/{part}-labels-idx1-ubyte.gz") as f:
        return np.frombuffer(f.read(), np.uint8, offset=8).copy()


def row(name, value, unit, **more):
    print(json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)


def rate_row(name, work, times):
    """A row in work/s/1e9 from the seconds of several rounds: their median, and the best."""
    unit = "GB/s" if name.startswith("optim/") else "GFLOP/s"
    row(name, work / statistics.median(times) / 1e9, unit, best=work / min(times) / 1e9)
