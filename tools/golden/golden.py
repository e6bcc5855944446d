"""Builds and writes the cases of one golden file. The format is in README.md."""
import json
import pathlib
import zlib

import numpy as np
import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 20_000  # bytes a file may have
NAMES = {torch.uint8: "u8", torch.int32: "i32", torch.int64: "i64", torch.float32: "f32", torch.float64: "f32"}


class Random:
    """Inputs drawn from a stream that depends on the file's name only."""

    def __init__(self, name):
        self.r = np.random.RandomState(zlib.crc32(name.encode()))

    def normal(self, *shape, scale=1.0):
        return exact(self.r.standard_normal(shape) * scale)

    def uniform(self, low, high, *shape):
        return exact(self.r.uniform(low, high, shape))

    def ints(self, high, *shape):
        return torch.from_numpy(np.asarray(self.r.randint(0, high, shape), np.int64))

    def choice(self, values, *shape):
        """Few distinct values, so that there are ties."""
        return exact(self.r.choice(values, shape))

    def probabilities(self, rows, cols):
        p = self.r.dirichlet(np.ones(cols), rows)
        return exact(p)


def exact(x):
    """x to 4 decimals, then the nearest float32 of that, held as a float64."""
    return torch.from_numpy(np.asarray(np.round(x, 4), np.float32).astype(np.float64))


def ten(v):
    """v to 10 digits."""
    return float(f"{v:.10g}")


def short(v):
    """The shortest decimal that reads back as the same float32."""
    return float(str(np.float32(v)))


def tensor(t, digits):
    if t is None:
        return None
    t = t.detach()
    data = t.flatten().tolist()
    if t.is_floating_point():
        assert torch.isfinite(t).all()
        data = [digits(v) for v in data]
    return {"shape": list(t.shape), "dtype": NAMES[t.dtype], "data": data}


def case(random, fn, inputs, fixed=(), **attrs):
    """Runs fn(*inputs, **attrs) in float64 and its backward from a random gradient.

    fn gives one tensor or a tuple, whose first is differentiated where it can be.
    fixed holds the positions of floating inputs that have no gradient.
    """
    xs = [x.clone().requires_grad_(x.is_floating_point() and i not in fixed) for i, x in enumerate(inputs)]
    out = fn(*xs, **attrs)
    outs = list(out) if isinstance(out, tuple) else [out]
    seeds, grads = [None] * len(outs), [None] * len(xs)
    if outs[0].requires_grad:
        seeds[0] = random.normal(*outs[0].shape)
        leaves = [x for x in xs if x.requires_grad]
        found = iter(torch.autograd.grad(outs[0], leaves, seeds[0], allow_unused=True))
        grads = [next(found) if x.requires_grad else None for x in xs]
    return {
        "attrs": attrs,
        "inputs": [tensor(x, short) for x in inputs],
        "outputs": [tensor(y, ten) for y in outs],
        "grad_output": [tensor(s, short) for s in seeds],
        "grads": [tensor(g, ten) for g in grads],
    }


def lines(value, depth=0):
    """JSON with a tensor, or anything else without tensors in it, on one line."""
    flat = json.dumps(value, separators=(",", ":"))
    if not isinstance(value, (dict, list)) or '"data"' not in flat or "data" in value:
        return flat
    pad = " " * (depth + 1)
    if isinstance(value, list):
        body, ends = [lines(v, depth + 1) for v in value], "[]"
    else:
        body, ends = [json.dumps(k) + ":" + lines(v, depth + 1) for k, v in value.items()], "{}"
    return ends[0] + "\n" + ",\n".join(pad + b for b in body) + "\n" + " " * depth + ends[1]


def write(folder, name, computed, **content):
    """Writes folder/testdata/name.json: where it comes from, then the content."""
    path = ROOT / folder / "testdata" / f"{name}.json"
    source = "PyTorch " + torch.__version__.split("+")[0]
    text = lines({"source": source, "computed": computed, **content}) + "\n"
    assert len(text) < LIMIT, f"{path}: {len(text)} bytes, at most {LIMIT} wanted"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_op(name, cases):
    write("op", name, "float64", op=name, cases=cases)
