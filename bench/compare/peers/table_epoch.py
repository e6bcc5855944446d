"""One epoch of an MLP [256 256] on a table's rows in PyTorch: the peer of `ingot train data=FILE target=y train.epochs=1`.

    python table_epoch.py ROWS FEATURES [BATCH]

Rows are random: what they hold doesn't change the time. They are gathered by a shuffled order, batch by batch, as Ingot's loader does.
"""
import sys
import time

import torch

rows, features = int(sys.argv[1]), int(sys.argv[2])
batch = int(sys.argv[3]) if len(sys.argv) > 3 else 256
torch.manual_seed(0)
torch.set_num_threads(2)
x, y = torch.randn(rows, features), torch.randint(0, 2, (rows,))
net = torch.nn.Sequential(
    torch.nn.Linear(features, 256), torch.nn.ReLU(), torch.nn.Linear(256, 256), torch.nn.ReLU(), torch.nn.Linear(256, 2))
opt = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4, fused=True)
begun = time.perf_counter()
order = torch.randperm(rows)
for i in range(0, rows, batch):
    at = order[i:i + batch]
    loss = torch.nn.functional.cross_entropy(net(x[at]), y[at])
    opt.zero_grad()
    loss.backward()
    opt.step()
seconds = time.perf_counter() - begun
print(f"{seconds:.2f} s, {rows / seconds:,.0f} rows/s, {torch.__version__}, {torch.get_num_threads()} threads")
