"""Training steps of two language models, and decoding by the smaller one, in PyTorch. usage: gpt_torch.py THREADS e|c

Eager or by torch.compile; f32, fused AdamW, ids at random. Decoding is of one text, a token at a time, with a cache.
"""
import statistics
import sys
import time

import torch
from torch.nn import functional as F

import gpt_net
import peer

threads, compiled = int(sys.argv[1]), sys.argv[2] == "c"
torch.set_num_threads(threads)
torch.manual_seed(0)


def times(f, warm, n):
    out = []
    for i in range(warm + n):
        start = time.perf_counter()
        f()
        if i >= warm:
            out.append(time.perf_counter() - start)
    return out


def train(name, batch, n, **sizes):
    m = gpt_net.GPT(65, **sizes)
    opt = torch.optim.AdamW(m.parameters(), lr=1e-6, fused=True)
    x, y = torch.randint(65, (2, batch, sizes["context"]))
    loss = lambda: F.cross_entropy(m(x).flatten(0, 1), y.flatten())
    loss = torch.compile(loss) if compiled else loss

    def step():
        opt.zero_grad()
        loss().backward()
        opt.step()

    t = times(step, 3, n)
    peer.row(name, 1e3 * statistics.median(t), "ms", best=1e3 * min(t))


@torch.inference_mode()
def text(m, caches, n):
    """n tokens after a first one, temperature 0.8."""
    ids = torch.zeros(1, 1, dtype=torch.long)
    for at in range(n):
        p = F.softmax(m(ids, caches, at)[0, -1] / 0.8, -1)
        ids = torch.multinomial(p, 1).view(1, 1)


train("step/gpt-4l-128", 12, 30, context=64, layers=4, heads=4, dim=128)
train("step/gpt-6l-384", 8, 4, context=256, layers=6, heads=6, dim=384)
if not compiled:
    m = gpt_net.GPT(65, context=64, layers=4, heads=4, dim=128).eval()
    caches = m.caches()
    t = times(lambda: text(m, caches, 64), 3, 9)
    peer.row("generate/gpt-4l-128", 64 / statistics.median(t), "tokens/s", best=64 / min(t))
