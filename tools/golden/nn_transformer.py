"""MultiheadAttention and the transformer's layers, norms last and first: state, value and gradients."""
import torch
from torch import nn

from golden import Random, short, ten, tensor, write

DIM, HEADS, HIDDEN = 4, 2, 6


class Attention(nn.Module):
    """Causal attention of x to itself, or attention of x to a memory."""

    def __init__(self):
        super().__init__()
        self.inner = nn.MultiheadAttention(DIM, HEADS, batch_first=True)

    def forward(self, x, memory=None):
        if memory is None:
            return self.inner(x, x, x, attn_mask=later(x), need_weights=False)[0]
        return self.inner(x, memory, memory, need_weights=False)[0]


class Encoder(nn.Module):
    def __init__(self, **attrs):
        super().__init__()
        self.inner = nn.TransformerEncoderLayer(DIM, HEADS, HIDDEN, dropout=0, batch_first=True, **attrs)

    def forward(self, x):
        return self.inner(x)


class Decoder(nn.Module):
    def __init__(self, **attrs):
        super().__init__()
        self.inner = nn.TransformerDecoderLayer(DIM, HEADS, HIDDEN, dropout=0, batch_first=True, **attrs)

    def forward(self, x, memory):
        return self.inner(x, memory, tgt_mask=later(x))


def later(x):
    return nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)


def case(r, module, inputs, **attrs):
    module = module.double()
    for p in module.parameters():
        p.data = r.normal(*p.shape, scale=0.5)
    xs = [x.clone().requires_grad_() for x in inputs]
    y = module(*xs)
    g = r.normal(*y.shape)
    y.backward(g)
    state = dict(module.inner.named_parameters())
    return {
        "attrs": attrs,
        "state": {name: tensor(p, short) for name, p in state.items()},
        "inputs": [tensor(x, short) for x in xs],
        "output": tensor(y, ten),
        "grad_output": tensor(g, short),
        "grads": [tensor(x.grad, ten) for x in xs],
        "grad_state": {name: tensor(p.grad, ten) for name, p in state.items()},
    }


def main():
    r = Random("transformer")
    x, memory = r.normal(2, 3, DIM), r.normal(2, 5, DIM)
    cases = [case(r, Attention(), [x], layer="attention"), case(r, Attention(), [x, memory], layer="attention")]
    write("nn", "multihead_attention", "float64", cases=cases)
    for layer, module, inputs in ("encoder", Encoder, [x]), ("decoder", Decoder, [x, memory]):
        cases = [case(r, module(norm_first=first, activation="relu"), inputs, layer=layer, norm_first=first) for first in (False, True)]
        write("nn", f"transformer_{layer}", "float64", cases=cases)


if __name__ == "__main__":
    main()
