"""Test accuracy of the reference job in PyTorch. usage: accuracy_torch.py FOLDER [EPOCHS] [SEEDS] [FIRST]

All 60,000 rows train, the last epoch's weights are tested on the 10,000: one line a seed, then the mean. Default: 10 epochs, 5 seeds from 0.
"""
import statistics
import sys

import torch
from torch import nn

import peer

folder = sys.argv[1]
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 10
seeds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
x_train, x_test = (torch.from_numpy(peer.images(folder, part)) for part in ("train", "t10k"))
y_train, y_test = (torch.from_numpy(peer.labels(folder, part)).long() for part in ("train", "t10k"))


def accuracy(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(784, 500), nn.ReLU(), nn.Linear(500, 10))
    loss_fn = nn.CrossEntropyLoss()
    opt = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    for _ in range(epochs):
        for rows in torch.randperm(len(x_train)).split(64):
            opt.zero_grad()
            loss_fn(model(x_train[rows]), y_train[rows]).backward()
            opt.step()
    with torch.no_grad():
        return (model(x_test).argmax(1) == y_test).double().mean().item()


found = []
for seed in range(first, first + seeds):
    found.append(accuracy(seed))
    print(f"torch {torch.__version__} {epochs} epochs, seed {seed}: test accuracy {found[-1]:.4f}", flush=True)
print(f"mean of {seeds} seeds: {statistics.mean(found):.4f}")
