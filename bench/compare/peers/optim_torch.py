"""PyTorch's optimizers on the parameters of a GPT of 6 layers of width 384. usage: optim_torch.py THREADS

Rows as `ingot bench optim`: fused Adam and AdamW in GB/s at 28 bytes a parameter; Muon of the blocks' matrices, with fused AdamW
for the rest, in ms.
"""
import statistics
import sys
import time

import torch

import peer

threads, W = int(sys.argv[1]), 384
torch.set_num_threads(threads)
torch.manual_seed(0)
NORM, BLOCK = [(W,), (W,)], [(3 * W, W), (W, W), (4 * W, W), (W, 4 * W)]


def parameters(*shapes):
    params = [torch.nn.Parameter(0.01 * torch.randn(s)) for s in shapes]
    for p in params:
        p.grad = 0.01 * torch.randn_like(p)
    return params


matrices = parameters(*BLOCK * 6)
rest = parameters((65, W), (256, W), *NORM * 13)


def rounds(*opts):
    times = []
    for _ in range(12):
        start = time.perf_counter()
        for o in opts:
            o.step()
        times.append(time.perf_counter() - start)
    return times[3:]


count = sum(p.numel() for p in matrices + rest)
for name, make in ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW):
    peer.rate_row(f"optim/{name}-gpt-6l-384/{threads}", 28 * count, rounds(make(matrices + rest, lr=1e-3, fused=True)))
times = rounds(torch.optim.Muon(matrices, lr=0.02), torch.optim.AdamW(rest, lr=1e-3, fused=True))
peer.row(f"optim/muon-gpt-6l-384/{threads}", 1e3 * statistics.median(times), "ms", best=1e3 * min(times))
