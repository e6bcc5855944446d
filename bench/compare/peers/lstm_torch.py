"""An LSTM layer in PyTorch, forward and backward, in ms. usage: lstm_torch.py THREADS

nn.LSTM of f32 x [T B D], one layer and direction, gradients of x and of the weights: the cases of BenchmarkLSTM in
op/lstm_bench_test.go. Each row has the median and the best of the rounds.
"""
import statistics
import sys
import time

import torch

import peer

threads = int(sys.argv[1])
torch.set_num_threads(threads)
torch.manual_seed(0)
for b, t, d in ((64, 128, 256),):
    layer = torch.nn.LSTM(d, d)
    x = torch.randn(t, b, d, requires_grad=True)
    g = torch.randn(t, b, d)
    for what in "forward", "both":
        times = []
        for _ in range(12):
            start = time.perf_counter()
            if what == "both":
                layer.zero_grad(set_to_none=True)
                x.grad = None
                layer(x)[0].backward(g)
            else:
                with torch.no_grad():
                    layer(x)
            times.append(time.perf_counter() - start)
        times = times[2:]
        peer.row(f"lstm/{b}x{t}x{d}/{what}/{threads}", 1e3 * statistics.median(times), "ms", best=1e3 * min(times))
