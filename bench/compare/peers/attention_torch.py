"""Attention in PyTorch, forward and backward, in ms. usage: attention_torch.py THREADS

F.scaled_dot_product_attention of f32 [B H T D], contiguous: the two cases of BenchmarkSDPA in op/sdpa_bench_test.go. Each row has
the median and the best of the rounds.
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
for b, h, t, d, causal in (8, 6, 256, 64, True), (1, 8, 2048, 64, False):
    q, k, v = (torch.randn(b, h, t, d, requires_grad=True) for _ in range(3))
    g = torch.randn(b, h, t, d)
    for what in "forward", "both":
        times = []
        for _ in range(12):
            start = time.perf_counter()
            if what == "both":
                q.grad = k.grad = v.grad = None
                F.scaled_dot_product_attention(q, k, v, is_causal=causal).backward(g)
            else:
                with torch.no_grad():
                    F.scaled_dot_product_attention(q, k, v, is_causal=causal)
            times.append(time.perf_counter() - start)
        times = times[2:]
        name = f"sdpa/{b}x{h}x{t}x{d}{'/causal' if causal else ''}/{what}/{threads}"
        peer.row(name, 1e3 * statistics.median(times), "ms", best=1e3 * min(times))
