"""A training step of an LSTM layer in PyTorch, and its forward pass alone, in ms. usage: lstm_torch.py THREADS

nn.LSTM of f32 x [T B D], one direction, gradients of x and of the weights: what `ingot bench step/lstm-` and BenchmarkLSTM in
op/lstm_bench_test.go measure. Each row has the median and the best of the rounds.
"""
import statistics
import sys
import time

import torch

import peer

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.manual_seed(0)
b, t, d = 64, 128, 256
layer = torch.nn.LSTM(d, d)
x = torch.randn(t, b, d, requires_grad=True)
g = torch.randn(t, b, d)


def step():
    layer.zero_grad(set_to_none=True)
    x.grad = None
    layer(x)[0].backward(g)


@torch.no_grad()
def forward():
    layer(x)


for name, f in ("step", step), ("forward", forward):
    times = []
    for _ in range(12):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    times = times[2:]
    peer.row(f"{name}/lstm-256/{threads}", 1e3 * statistics.median(times), "ms", best=1e3 * min(times))
