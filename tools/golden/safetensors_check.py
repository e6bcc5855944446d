"""Interchange of files with the reference library (development only; pip install safetensors numpy; 0.8 or newer).

    python safetensors_check.py write safetensors/testdata/reference.safetensors   writes the file that the Go tests read
    python safetensors_check.py check safetensors/testdata/ingot.safetensors       reads the file that the Go tests wrote

Both hold the same tensors: element i of the tensor at place k of NAMES is (i*7 + k) % 5 - 1, as the dtype has it.
"""
import sys

import numpy as np
import safetensors

NAMES = ["f32", "f64", "bf16", "f16", "i32", "i64", "u8", "bool", "empty", "scalar", "grüße/\"重み\"\t"]
SHAPES = {"f32": (2, 3), "f64": (3,), "bf16": (2, 2), "f16": (5,), "i32": (2, 1, 2), "i64": (3,), "u8": (7,), "bool": (3,), "empty": (0, 4), "scalar": ()}
TYPES = {"f64": np.float64, "bf16": np.float32, "f16": np.float16, "i32": np.int32, "i64": np.int64, "u8": np.uint8, "bool": np.bool_}
METADATA = {"format": "np", "": "empty key", "text": "line\nquote\" back\\slash é 😀 <&>"}


def tensors():
    for k, name in enumerate(NAMES):
        shape = SHAPES.get(name, (2,))
        kind = TYPES.get(name, np.float32)
        values = (np.arange(np.prod(shape, dtype=int)) * 7 + k) % 5 - 1
        if name in ("u8", "bool"):
            values = np.maximum(values, 0)
        yield name, values.astype(kind).reshape(shape)


def bf16_bits(a):
    return (a.view(np.uint32) >> 16).astype("<u2")


def write(path):
    table, keep = {}, []
    for name, a in tensors():
        raw = a if name != "bf16" else bf16_bits(a)
        keep.append(raw)  # a TensorSpec holds an address only
        dtype = a.dtype.name if name != "bf16" else "bfloat16"
        table[name] = safetensors.TensorSpec(dtype=dtype, shape=a.shape, data_ptr=raw.ctypes.data, data_len=raw.nbytes)
    raw = bytes(safetensors.serialize(table, metadata=METADATA))
    with open(path, "wb") as f:
        f.write(raw)


def check(path):
    raw = open(path, "rb").read()
    found = dict(safetensors.deserialize(raw))
    want = dict(tensors())
    assert found.keys() == want.keys(), (found.keys(), want.keys())
    for name, a in want.items():
        e = found[name]
        assert list(e["shape"]) == list(a.shape), name
        assert bytes(e["data"]) == (bf16_bits(a).tobytes() if name == "bf16" else a.tobytes()), name
    with safetensors.safe_open(path, "np") as f:
        assert f.metadata() == METADATA, f.metadata()
        for name, a in want.items():
            if name != "bf16":
                got = f.get_tensor(name)
                assert got.dtype == a.dtype and np.array_equal(got, a), name
    print(path, "is read by safetensors", safetensors.__version__, "as it was meant:", len(found), "tensors")


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
