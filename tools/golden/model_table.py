"""Small models of tables, written by the papers as functions of a state: logits, loss, gradients and, of batch norm, the running
statistics after a step of training. tabm: arXiv:2410.24210; resmlp and ft_transformer: arXiv:2106.11959."""
import math

import torch
from torch.nn import functional as F

from golden import Random, short, ten, tensor, write

ROWS, OUT, NUMBERS, CATEGORIES = 6, 3, 2, [3, 4]
EDGES = [[-1, -0.25, 0.5, 1.25], [-0.5, 0.5]]


def ple(p, name, x):
    """[N F D]: the line and the bins of each number."""
    columns = []
    for f, edges in enumerate(EDGES):
        y = x[:, f, None] * p[name + "weight"][f] + p[name + "bias"][f]
        for t in range(len(edges) - 1):
            e = (x[:, f] - edges[t]) / (edges[t + 1] - edges[t])
            e = e if t == 0 else e.clamp(min=0)
            e = e if t == len(edges) - 2 else e.clamp(max=1)
            y = y + e[:, None] * p[name + "bins"][f, t]
        columns.append(y)
    return torch.stack(columns, 1)


def features(p, x, embed):
    numbers = embed(p, "features.num.", x[:, :NUMBERS]).flatten(1) if embed else x[:, :NUMBERS]
    parts = [numbers]
    for i, ids in enumerate(CATEGORIES):
        column = x[:, NUMBERS + i].long()
        parts.append(F.one_hot(column, ids))
    return torch.cat(parts, 1)


def tabm(p, x):
    x = features(p, x, ple)[None]
    for i in range(2):
        b = f"blocks.{i}."
        x = (x * p[b + "r"][:, None]) @ p[b + "weight"].T * p[b + "s"][:, None] + p[b + "bias"][:, None]
        x = x.relu()
    return (torch.einsum("knd,kdo->kno", x, p["head.weight"]) + p["head.bias"][:, None]).transpose(0, 1)


def tabm_mini(p, x):
    x = features(p, x, None)[None] * p["adapter"][:, None]
    for i in range(2):
        x = (x @ p[f"shared.{i}.weight"].T + p[f"shared.{i}.bias"]).relu()
    return (torch.einsum("knd,kdo->kno", x, p["head.weight"]) + p["head.bias"][:, None]).transpose(0, 1)


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def norm(p, name, x):
    return F.batch_norm(x, p[name + ".running_mean"], p[name + ".running_var"], p[name + ".weight"], p[name + ".bias"], training=True)


def resmlp(p, x):
    x = linear(p, "first", features(p, x, None))
    for i in range(2):
        b = f"blocks.{i}."
        x = x + linear(p, b + "linear2", linear(p, b + "linear1", norm(p, b + "norm", x)).relu())
    return linear(p, "head", norm(p, "norm", x).relu())


def layer_norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"])


def attention(p, name, x, heads):
    n, t, d = x.shape
    q, k, v = (y.view(n, t, heads, d // heads).transpose(1, 2) for y in (x @ p[name + "in_proj_weight"].T + p[name + "in_proj_bias"]).split(d, -1))
    weights = (q @ k.transpose(-1, -2) / math.sqrt(d // heads)).softmax(-1)
    return linear(p, name + "out_proj", (weights @ v).transpose(1, 2).reshape(n, t, d))


def ft_transformer(p, x, heads=2):
    tokens = [x[:, :NUMBERS, None] * p["tokens.weight"] + p["tokens.bias"]]
    for i in range(len(CATEGORIES)):
        tokens.append(p[f"tokens.cat.{i}.weight"][x[:, NUMBERS + i].long()][:, None])
    tokens.append(p["tokens.class"].expand(len(x), 1, -1))
    x = torch.cat(tokens, 1)
    for i in range(2):
        b = f"blocks.{i}."
        x = x + attention(p, b + "attn.", layer_norm(p, b + "norm1", x) if i > 0 else x, heads)
        a, gate = linear(p, b + "linear1", layer_norm(p, b + "norm2", x)).chunk(2, -1)
        x = x + linear(p, b + "linear2", a * gate.relu())
    return linear(p, "head", layer_norm(p, "norm", x[:, -1]).relu())


def shapes(name, **sizes):
    """The state of a layer."""
    return {f"{name}.{k}": v for k, v in sizes.items()}


def linear_of(name, i, o):
    return shapes(name, weight=(o, i), bias=(o,))


def norm_of(name, d, running=False):
    return shapes(name, weight=(d,), bias=(d,), **({"running_mean": (d,), "running_var": (d,)} if running else {}))


def tabm_state(k, d, e):
    w = NUMBERS * e + sum(CATEGORIES)
    state = shapes("features.num", weight=(2, e), bias=(2, e), bins=(2, 3, e))
    for i, n in enumerate((w, d)):
        state |= shapes(f"blocks.{i}", weight=(d, n), r=(k, n), s=(k, d), bias=(k, d))
    return state | shapes("head", weight=(k, d, OUT), bias=(k, OUT))


def mini_state(k, d):
    w = NUMBERS + sum(CATEGORIES)
    return {"adapter": (k, w)} | linear_of("shared.0", w, d) | linear_of("shared.1", d, d) | shapes("head", weight=(k, d, OUT), bias=(k, OUT))


def resmlp_state(d, h):
    state = linear_of("first", NUMBERS + sum(CATEGORIES), d)
    for i in range(2):
        b = f"blocks.{i}."
        state |= norm_of(b + "norm", d, True) | linear_of(b + "linear1", d, h) | linear_of(b + "linear2", h, d)
    return state | norm_of("norm", d, True) | linear_of("head", d, OUT)


def ft_state(d, h):
    state = shapes("tokens", weight=(2, d), bias=(2, d), **{"class": (d,)})
    for i, n in enumerate(CATEGORIES):
        state |= shapes(f"tokens.cat.{i}", weight=(n, d))
    for i in range(2):
        b = f"blocks.{i}."
        state |= norm_of(b + "norm1", d) if i else {}
        state |= shapes(b + "attn", in_proj_weight=(3 * d, d), in_proj_bias=(3 * d,)) | linear_of(b + "attn.out_proj", d, d)
        state |= norm_of(b + "norm2", d) | linear_of(b + "linear1", d, 2 * h) | linear_of(b + "linear2", h, d)
    return state | norm_of("norm", d) | linear_of("head", d, OUT)


def six(v):
    return float(f"{v:.6g}")


def golden(name, model, forward, state, **config):
    r = Random(name)
    p = {}
    for key, shape in state.items():
        p[key] = r.uniform(0.5, 1.5, *shape) if key.endswith("running_var") else r.normal(*shape, scale=0.5).requires_grad_("running" not in key)
    before = {key: t.detach().clone() for key, t in p.items()}
    ids = [r.ints(n, ROWS, 1) for n in CATEGORIES]
    x = torch.cat([r.normal(ROWS, NUMBERS), *ids], 1).double()
    target = r.ints(OUT, ROWS)
    y = forward(p, x)
    if y.dim() == 3:  # each of the models has a loss of its own
        loss = F.cross_entropy(y.flatten(0, 1), target.repeat_interleave(y.shape[1]))
    else:
        loss = F.cross_entropy(y, target)
    loss.backward()
    write(
        "model", name, "float64", model=model,
        config={"numbers": NUMBERS, "categories": CATEGORIES, "out": OUT, **config},
        state={key: tensor(t, short) for key, t in before.items()},
        x=tensor(x, short), target=tensor(target, short), logits=tensor(y, six), loss=tensor(loss, ten),
        grads={key: tensor(t.grad, six) for key, t in p.items() if t.requires_grad},
        running={key: tensor(t, six) for key, t in p.items() if "running" in key},
    )


def main():
    golden("tabm", "tabm", tabm, tabm_state(2, 4, 2), dim=4, blocks=2, heads=2, embedding="ple", embedding_dim=2, bins=EDGES)
    golden("tabm_mini", "tabm", tabm_mini, mini_state(2, 4), dim=4, blocks=2, heads=2, mini=True)
    golden("resmlp", "resmlp", resmlp, resmlp_state(4, 5), dim=4, hidden=5, blocks=2)
    golden("ft_transformer", "ft_transformer", ft_transformer, ft_state(4, 3), dim=4, hidden=3, blocks=2, heads=2)


if __name__ == "__main__":
    main()
