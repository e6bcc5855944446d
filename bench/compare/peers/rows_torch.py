"""Softmax, layer norm and RMS norm over [16384 1024] in PyTorch, in ms. usage: rows_torch.py THREADS

Forward, and forward and backward with the gradients of the scale and shift, as BenchmarkRows in op/rows_bench_test.go.
"""
import statistics
import sys
import time

import torch
import torch.nn.functional as F

import peer

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.manual_seed(0)
x = torch.randn(16384, 1024, requires_grad=True)
gamma, beta = torch.randn(1024, requires_grad=True), torch.randn(1024, requires_grad=True)
g = torch.randn(16384, 1024)
for name, f in (
    ("softmax", lambda: torch.softmax(x, 1)),
    ("layer_norm", lambda: F.layer_norm(x, (1024,), gamma, beta)),
    ("rms_norm", lambda: F.rms_norm(x, (1024,), gamma, 1e-5)),
):
    for what in "forward", "both":
        times = []
        for _ in range(9):
            start = time.perf_counter()
            if what == "both":
                x.grad = gamma.grad = beta.grad = None
                f().backward(g)
            else:
                with torch.no_grad():
                    f()
            times.append(time.perf_counter() - start)
        times = times[2:]
        peer.row(f"{name}/{what}/{threads}", 1e3 * statistics.median(times), "ms", best=1e3 * min(times))
