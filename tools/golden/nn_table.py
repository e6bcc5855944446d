"""The layers of tables, by the papers: piecewise linear and periodic embeddings of numbers (arXiv:2203.05556), and the linear
layer of an ensemble with shared weight (BatchEnsemble, arXiv:2002.06715, as in arXiv:2410.24210)."""
import math

import torch
from torch import nn

from golden import Random, short, ten, tensor, write


class PiecewiseLinear(nn.Module):
    def __init__(self, edges, dim):
        super().__init__()
        self.edges = [torch.tensor(e, dtype=torch.float32).double() for e in edges]
        f, bins = len(edges), max(len(e) for e in edges) - 1
        self.weight, self.bias = nn.Parameter(torch.empty(f, dim)), nn.Parameter(torch.empty(f, dim))
        self.bins = nn.Parameter(torch.empty(f, bins, dim))

    def forward(self, x):
        columns = []
        for i, edges in enumerate(self.edges):
            y = x[:, i, None] * self.weight[i] + self.bias[i]
            for t in range(len(edges) - 1):
                e = (x[:, i] - edges[t]) / (edges[t + 1] - edges[t])
                if t > 0:
                    e = torch.where(e < 0, torch.zeros_like(e), e)
                if t < len(edges) - 2:
                    e = torch.where(e > 1, torch.ones_like(e), e)
                y = y + e[:, None] * self.bins[i, t]
            columns.append(y)
        return torch.stack(columns, 1)


class Periodic(nn.Module):
    def __init__(self, f, k, dim):
        super().__init__()
        self.frequencies = nn.Parameter(torch.empty(f, k))
        self.weight, self.bias = nn.Parameter(torch.empty(f, 2 * k, dim)), nn.Parameter(torch.empty(f, dim))

    def forward(self, x):
        v = 2 * math.pi * x[:, :, None] * self.frequencies
        return torch.relu(torch.einsum("nfk,fkd->nfd", torch.cat([v.cos(), v.sin()], -1), self.weight) + self.bias)


class BatchEnsemble(nn.Module):
    def __init__(self, k, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.r, self.s, self.bias = (nn.Parameter(torch.empty(k, n)) for n in (inputs, outputs, outputs))

    def forward(self, x):  # [k N inputs]
        return (x * self.r[:, None]) @ self.weight.T * self.s[:, None] + self.bias[:, None]


def case(r, module, x, **attrs):
    module = module.double()
    for p in module.parameters():
        p.data = r.normal(*p.shape)
    x = x.clone().requires_grad_()
    y = module(x)
    g = r.normal(*y.shape)
    y.backward(g)
    return {
        "attrs": attrs,
        "state": {name: tensor(p, short) for name, p in module.named_parameters()},
        "inputs": [tensor(x, short)],
        "output": tensor(y, ten),
        "grad_output": tensor(g, short),
        "grads": [tensor(x.grad, ten)],
        "grad_state": {name: tensor(p.grad, ten) for name, p in module.named_parameters()},
    }


def main():
    r = Random("piecewise_linear_embedding")
    edges = [[-1, -0.25, 0.5, 1.25], [0, 1], [-0.5, 0, 0.5]]
    write("nn", "piecewise_linear_embedding", "float64", cases=[case(r, PiecewiseLinear(edges, 4), r.normal(6, 3), edges=edges)])
    r = Random("periodic_embedding")
    write("nn", "periodic_embedding", "float64", cases=[case(r, Periodic(3, 4, 5), r.normal(6, 3))])
    r = Random("batch_ensemble")
    write("nn", "batch_ensemble", "float64", cases=[case(r, BatchEnsemble(3, 4, 5), r.normal(3, 2, 4))])


if __name__ == "__main__":
    main()
