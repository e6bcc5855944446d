"""RNN, LSTM and GRU, two layers in both directions, packed lengths, and their cells: state, value and gradients."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden import Random, short, ten, tensor, write

DIM, HIDDEN, BATCH, STEPS = 3, 2, 3, 4
LENGTHS = [2, 4, 1]


def flat(y, states):
    """The results in one row: y, then h, then c."""
    return torch.cat([t.flatten() for t in (y, *(states if isinstance(states, tuple) else (states,)))])


class Layers(nn.Module):
    def __init__(self, kind, **attrs):
        super().__init__()
        self.inner = kind(DIM, HIDDEN, batch_first=True, **attrs)

    def forward(self, lengths, x, *states):
        first = states if len(states) > 1 else states[0] if states else None
        if lengths is None:
            return flat(*self.inner(x, first))
        packed = pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
        y, last = self.inner(packed, first)
        return flat(pad_packed_sequence(y, batch_first=True, total_length=STEPS)[0], last)


class Cell(nn.Module):
    def __init__(self, kind, **attrs):
        super().__init__()
        self.inner = kind(DIM, HIDDEN, **attrs)

    def forward(self, lengths, x, *states):
        h = self.inner(x, states if len(states) > 1 else states[0])
        return torch.cat([t.flatten() for t in (h if isinstance(h, tuple) else (h,))])


def case(r, module, inputs, lengths=None, **attrs):
    module = module.double()
    for p in module.parameters():
        p.data = r.normal(*p.shape, scale=0.5)
    xs = [x.clone().requires_grad_() for x in inputs]
    y = module(lengths, *xs)
    g = r.normal(*y.shape)
    y.backward(g)
    state = dict(module.inner.named_parameters())
    return {
        "attrs": {"lengths": lengths, **attrs},
        "state": {name: tensor(p, short) for name, p in state.items()},
        "inputs": [tensor(x, short) for x in xs],
        "output": tensor(y, ten),
        "grad_output": tensor(g, short),
        "grads": [tensor(x.grad, ten) for x in xs],
        "grad_state": {name: tensor(p.grad, ten) for name, p in state.items()},
    }


def main():
    for name, kind, cell, count, attrs in (
        ("rnn", nn.RNN, nn.RNNCell, 1, {"nonlinearity": "relu"}),
        ("lstm", nn.LSTM, nn.LSTMCell, 2, {}),
        ("gru", nn.GRU, nn.GRUCell, 1, {}),
    ):
        r = Random(name)
        x = r.normal(BATCH, STEPS, DIM)
        cases = [
            case(r, Layers(kind, num_layers=2, bidirectional=True), [x] + [r.normal(4, BATCH, HIDDEN) for _ in range(count)], LENGTHS, layer=name),
            case(r, Layers(kind, bias=False, **attrs), [x], layer=name, **attrs),
            case(r, Cell(cell, **attrs), [x[:, 0]] + [r.normal(BATCH, HIDDEN) for _ in range(count)], layer=name + "_cell", **attrs),
        ]
        write("nn", name, "float64", cases=cases)


if __name__ == "__main__":
    main()
