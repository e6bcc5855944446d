"""PyTorch's fused Adam on one flat parameter, in GB/s at 28 bytes a parameter. usage: adam_torch.py COUNT THREADS"""
import sys
import time

import torch

import peer

count, threads = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
param = torch.nn.Parameter(torch.full((count,), 1e-3))
param.grad = torch.full((count,), 1e-3)
opt = torch.optim.Adam([param], lr=1e-3, fused=True)
opt.step()
times = []
for _ in range(3):
    start = time.perf_counter()
    opt.step()
    times.append(time.perf_counter() - start)
peer.rate_row("optim/adam-100M", 28 * count, times)
