"""The recipe chargpt in PyTorch: its validation loss and time. usage: chargpt_torch.py TEXT SEED THREADS [CHECKPOINT SECONDS]

TEXT is dataset/moby-dick/moby-dick.txt.gz or a plain text; the last tenth of its characters is held out. 2,000 steps of 12 windows
of 64 characters, AdamW, weight decay on matrices only, warm-up and cosine, gradient clipped to 1: recipe/chargpt.yaml. The loss is
over all of the held-out text, in windows one behind the other, as `ingot train chargpt` measures it.

With CHECKPOINT it goes on from that file for some seconds of training, and prints the row when all steps are done.
"""
import gzip
import math
import os
import sys
import time

import torch
from torch.nn import functional as F

import gpt_net
import peer

STEPS, WARMUP, BATCH, CONTEXT, RATE, LEAST = 2000, 100, 12, 64, 1e-3, 1e-4

path, seed, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
checkpoint, seconds = (sys.argv[4], float(sys.argv[5])) if len(sys.argv) > 4 else (None, math.inf)
torch.set_num_threads(threads)
torch.manual_seed(seed)
with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as f:
    text = f.read()
chars = sorted(set(text))
number = {c: i for i, c in enumerate(chars)}
ids = torch.tensor([number[c] for c in text])
cut = len(ids) - len(ids) // 10
train, val = ids[:cut], ids[cut:]

model = gpt_net.GPT(len(chars), CONTEXT, layers=4, heads=4, dim=128, tied=True)
matrices = [p for p in model.parameters() if p.dim() > 1]
others = [p for p in model.parameters() if p.dim() == 1]
opt = torch.optim.AdamW([{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}], lr=RATE, betas=(0.9, 0.99), fused=True)


def rate(t):
    if t < WARMUP:
        return RATE * (t + 1) / WARMUP
    return LEAST + (RATE - LEAST) * (1 + math.cos(math.pi * (t - WARMUP) / (STEPS - WARMUP))) / 2


@torch.no_grad()
def evaluate():
    n, total = (len(val) - 1) // CONTEXT * CONTEXT, 0.0
    x, y = val[:n].view(-1, CONTEXT), val[1:n + 1].view(-1, CONTEXT)
    for a, b in zip(x.split(64), y.split(64)):
        total += F.cross_entropy(model(a).flatten(0, 1), b.flatten(), reduction="sum").item()
    if n < len(val) - 1:
        total += F.cross_entropy(model(val[None, n:-1])[0], val[n + 1:], reduction="sum").item()
    return total / (len(val) - 1)


step, spent = 0, 0.0
if checkpoint and os.path.exists(checkpoint):
    saved = torch.load(checkpoint)
    model.load_state_dict(saved["model"])
    opt.load_state_dict(saved["opt"])
    torch.set_rng_state(saved["random"])
    step, spent = saved["step"], saved["spent"]
start = time.perf_counter()
while step < STEPS and time.perf_counter() - start < seconds:
    for group in opt.param_groups:
        group["lr"] = rate(step)
    at = torch.randint(len(train) - CONTEXT, (BATCH, 1)) + torch.arange(CONTEXT)
    loss = F.cross_entropy(model(train[at]).flatten(0, 1), train[at + 1].flatten())
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
    opt.step()
    step += 1
spent += time.perf_counter() - start
if checkpoint and step < STEPS:
    torch.save({"model": model.state_dict(), "opt": opt.state_dict(), "random": torch.get_rng_state(), "step": step, "spent": spent}, checkpoint)
else:
    peer.row("accuracy/chargpt", evaluate(), "nats", seed=seed, seconds=spent)
