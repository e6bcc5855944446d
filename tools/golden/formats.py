"""Writes the small files of data/npy/testdata and data/parquet/testdata with NumPy and pyarrow.

usage: formats.py ROOT
"""
import datetime, decimal, sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

root = sys.argv[1]
a = np.array([[1.5, -2, 3], [4, 5, np.nan]])
for name, x in {
    "f8_c": a,
    "f4_fortran": np.asfortranarray(a.astype("<f4")),
    "f8_big": a.astype(">f8"),
    "i2": np.array([[1, -2], [3, 4]], "<i2"),
    "u8_big": np.array([[1, 2], [3, 2**40]], ">u8"),
    "bool": np.array([True, False, True]),
}.items():
    np.save(f"{root}/data/npy/testdata/{name}.npy", x)
with open(f"{root}/data/npy/testdata/version2.npy", "wb") as f:
    np.lib.format.write_array(f, a, version=(2, 0))

t = pa.table(
    {
        "n": pa.array([1, 2, None, 4], pa.int32()),
        "x": pa.array([0.5, None, 2.5, -1.25], pa.float64()),
        "s": pa.array(["a", "b", "a", None]),
        "day": pa.array([datetime.date(2021, 3, 1), None, datetime.date(1969, 12, 31), datetime.date(2024, 2, 29)]),
        "at": pa.array([datetime.datetime(2021, 3, 1, 12, 34, 56), None, None, datetime.datetime(1970, 1, 1)], pa.timestamp("ms")),
        "ok": pa.array([True, False, None, True]),
        "price": pa.array([decimal.Decimal("1.25"), decimal.Decimal("-3.50"), None, decimal.Decimal("7.00")], pa.decimal128(9, 2)),
        "in": pa.array([{"u": 1}, {"u": 2}, {"u": 3}, None], pa.struct([("u", pa.uint8())])),
    }
)
for codec in ("none", "snappy", "gzip", "brotli", "zstd", "lz4"):
    pq.write_table(t, f"{root}/data/parquet/testdata/{codec}.parquet", compression=codec, row_group_size=3, write_statistics=False, store_schema=False)
pq.write_table(pa.table({"l": pa.array([[1], [2, 3]])}), f"{root}/data/parquet/testdata/list.parquet", write_statistics=False, store_schema=False)
