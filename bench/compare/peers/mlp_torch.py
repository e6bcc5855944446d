"""Epochs of the reference job in PyTorch. usage: mlp_torch.py FOLDER THREADS EPOCHS

784-500-10, ReLU, cross-entropy, fused Adam 1e-3, batch 64, f32, eager, the data in memory. The first epoch warms up and is not reported.
"""
import sys
import time

import torch
from torch import nn

import peer

folder, threads, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
x_train = torch.from_numpy(peer.images(folder, "train"))
y_train = torch.from_numpy(peer.labels(folder, "train")).long()
model = nn.Sequential(nn.Linear(784, 500), nn.ReLU(), nn.Linear(500, 10))
loss_fn = nn.CrossEntropyLoss()
opt = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
for epoch in range(epochs + 1):
    start = time.perf_counter()
    for rows in torch.randperm(len(x_train)).split(64):
        opt.zero_grad()
        loss = loss_fn(model(x_train[rows]), y_train[rows])
        loss.backward()
        opt.step()
    if epoch:
        peer.row("epoch/reference", time.perf_counter() - start, "s", loss=loss.item())
