"""A small GPT-2 written with torch.nn: state, logits, loss and gradients. Weights of Conv1D lie as [in out], as published."""
import torch
from torch import nn
from torch.nn import functional as F

from golden import Random, short, ten, tensor, write

VOCAB, CONTEXT, LAYERS, HEADS, DIM = 7, 5, 2, 2, 4


class Conv1D(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(inputs, outputs))
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return x @ self.weight + self.bias


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn, self.c_proj = Conv1D(DIM, 3 * DIM), Conv1D(DIM, DIM)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = (y.view(b, t, HEADS, DIM // HEADS).transpose(1, 2) for y in self.c_attn(x).split(DIM, -1))
        return self.c_proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, DIM))


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_fc, self.c_proj = Conv1D(DIM, 4 * DIM), Conv1D(4 * DIM, DIM)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.attn, self.ln_2, self.mlp = nn.LayerNorm(DIM), Attention(), nn.LayerNorm(DIM), MLP()

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCAB, DIM), nn.Embedding(CONTEXT, DIM)
        self.h, self.ln_f = nn.ModuleList(Block() for _ in range(LAYERS)), nn.LayerNorm(DIM)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[1]))
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.T


def main():
    r = Random("gpt2")
    m = GPT().double()
    for p in m.parameters():
        p.data = r.normal(*p.shape, scale=0.5)
    ids, targets = r.ints(VOCAB, 2, CONTEXT), r.ints(VOCAB, 2, CONTEXT)
    logits = m(ids)
    loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
    loss.backward()
    state = dict(m.named_parameters())
    write(
        "model", "gpt2", "float64",
        state={name: tensor(p, short) for name, p in state.items()},
        ids=tensor(ids, short), targets=tensor(targets, short), logits=tensor(logits, ten), loss=tensor(loss, ten),
        grads={name: tensor(p.grad, lambda v: float(f"{v:.6g}")) for name, p in state.items()},
    )


if __name__ == "__main__":
    main()
