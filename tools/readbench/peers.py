"""Reads a CSV file with pandas, pyarrow and polars, each in a process of its own. usage: peers.py FILE [TIMES]"""
import os, resource, subprocess, sys, time

SYSTEMS = ("pandas", "pyarrow", "polars", "polars-whole")


def read(system, path):
    if system == "pandas":
        import pandas
        return pandas.read_csv(path)
    if system == "pyarrow":
        from pyarrow import csv
        return csv.read_csv(path)
    import polars
    return polars.read_csv(path, infer_schema_length=None if system == "polars-whole" else 100, try_parse_dates=True)


if len(sys.argv) == 4:
    system, path, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    size = os.path.getsize(path)
    with open(path, "rb") as f:  # into the page cache
        while f.read(1 << 20):
            pass
    if system == "pandas":
        import pandas
    elif system == "pyarrow":
        from pyarrow import csv
    else:
        import polars
    for _ in range(times):
        begin = time.perf_counter()
        t = read(system, path)
        s = time.perf_counter() - begin
        shape = t.shape
        del t
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{system:12s} {s:.3f} s  {size / 1e6 / s:.0f} MB/s  {shape}  peak {peak} MB", flush=True)
else:
    for system in SYSTEMS:
        subprocess.run([sys.executable, sys.argv[0], system, sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "3"])
