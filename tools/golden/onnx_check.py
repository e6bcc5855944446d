"""Has onnx and onnxruntime judge onnx/testdata/*.onnx, and writes beside each what onnxruntime computes from a small input.

Run it after `go test ./onnx -update`; then `go test ./onnx` holds Ingot's own results to those. Needs onnx, onnxruntime, numpy.
"""

import glob
import json
import os

import numpy as np
import onnx
import onnxruntime

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
BATCH = 4  # none of the sizes that were traced


def values(a):
    """The shape and the elements, as float32 prints them exactly."""
    return {"shape": list(a.shape), "data": [float(f"{v:.9g}") for v in a.flatten()]}


for path in sorted(glob.glob(os.path.join(ROOT, "onnx", "testdata", "*.onnx"))):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (arg,) = session.get_inputs()
    shape = [BATCH if isinstance(d, str) else d for d in arg.shape]
    r = np.random.default_rng(1)
    x = r.uniform(-1, 1, shape).astype(np.float32)
    for p in model.metadata_props:  # a table's last columns are ids
        if p.key == "ingot.categories":
            sizes = json.loads(p.value)
            for i, n in enumerate(sizes):
                x[:, shape[1] - len(sizes) + i] = r.integers(0, n, BATCH)
    (y,) = session.run(None, {arg.name: x})
    with open(path.removesuffix(".onnx") + ".json", "w") as f:
        json.dump({"computed": f"onnxruntime {onnxruntime.__version__}", "input": values(x), "output": values(y)}, f)
        f.write("\n")
    print(f"{os.path.basename(path)}: {len(model.graph.node)} nodes pass; {arg.shape} -> {list(y.shape)}")
