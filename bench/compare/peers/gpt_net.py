"""The language model of `ingot train chargpt` and `ingot bench step/gpt`, in PyTorch: GPT-2's blocks with exact GELU, and a cache
for decoding."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.c_attn, self.a_proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.c_fc, self.m_proj = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x, cache=None, at=0):
        b, t, d = x.shape
        q, k, v = self.c_attn(self.ln_1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if cache is not None:
            cache[0][:, :, at:at + t], cache[1][:, :, at:at + t] = k, v
            k, v = cache[0][:, :, :at + t], cache[1][:, :, :at + t]
        y = F.scaled_dot_product_attention(q, k, v, is_causal=t > 1)
        x = x + self.a_proj(y.transpose(1, 2).reshape(b, t, d))
        return x + self.m_proj(F.gelu(self.c_fc(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, vocab, context, layers, heads, dim, tied=False):
        super().__init__()
        self.context, self.heads, self.dim = context, heads, dim
        self.wte, self.wpe = nn.Embedding(vocab, dim), nn.Embedding(context, dim)
        self.h = nn.ModuleList(Block(dim, heads) for _ in range(layers))
        self.ln_f, self.head = nn.LayerNorm(dim), nn.Linear(dim, vocab, bias=False)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                nn.init.normal_(p, std=0.02 / math.sqrt(2 * layers) if "_proj" in name else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(p)
        if tied:
            self.head.weight = self.wte.weight
        self.register_buffer("places", torch.arange(context))

    def forward(self, ids, caches=None, at=0):
        x = self.wte(ids) + self.wpe(self.places[at:at + ids.shape[1]])
        for i, block in enumerate(self.h):
            x = block(x, caches and caches[i], at)
        if caches:
            x = x[:, -1:]
        return self.head(self.ln_f(x))

    def caches(self):
        shape = 1, self.heads, self.context, self.dim // self.heads
        return [(torch.zeros(shape), torch.zeros(shape)) for _ in self.h]
