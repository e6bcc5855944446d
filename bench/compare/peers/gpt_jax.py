"""Training steps of two language models in JAX: a scan of steps compiled, and steps compiled one by one. usage: gpt_jax.py scan|step

f32, AdamW, ids at random; GELU is by tanh, which is the faster one here.
"""
import statistics
import sys
import time

import jax
import jax.numpy as jnp
import optax
from jax import lax

import peer

scan = sys.argv[1] == "scan"
keys = iter(jax.random.split(jax.random.PRNGKey(0), 100))


def weight(*shape):
    return jax.random.normal(next(keys), shape) * 0.02


def norm(x, p):
    m = x.mean(-1, keepdims=True)
    return (x - m) * lax.rsqrt(((x - m) ** 2).mean(-1, keepdims=True) + 1e-5) * p[0] + p[1]


def linear(x, p):
    return x @ p[0] + p[1]


def forward(params, ids, heads):
    x = params["wte"][ids] + params["wpe"]
    b, t, d = x.shape
    for k in params["h"]:
        q, key, v = jnp.split(linear(norm(x, k["ln_1"]), k["attn"]).reshape(b, t, 3 * heads, d // heads), 3, 2)
        x = x + linear(jax.nn.dot_product_attention(q, key, v, is_causal=True).reshape(b, t, d), k["a_proj"])
        x = x + linear(jax.nn.gelu(linear(norm(x, k["ln_2"]), k["fc"])), k["m_proj"])
    return norm(x, params["ln_f"]) @ params["head"]


def train(name, batch, n, context, layers, heads, dim):
    bias = lambda out, *shape: (weight(*shape, out), jnp.zeros(out))
    ones = lambda: (jnp.ones(dim), jnp.zeros(dim))
    block = lambda: {
        "ln_1": ones(), "attn": bias(3 * dim, dim), "a_proj": bias(dim, dim),
        "ln_2": ones(), "fc": bias(4 * dim, dim), "m_proj": bias(dim, 4 * dim),
    }
    params = {"wte": weight(65, dim), "wpe": weight(context, dim), "head": weight(dim, 65), "ln_f": ones(), "h": [block() for _ in range(layers)]}
    opt = optax.adamw(1e-6)
    ids, targets = jax.random.randint(next(keys), (2, batch, context), 0, 65)

    def loss(p):
        return optax.softmax_cross_entropy_with_integer_labels(forward(p, ids, heads), targets).mean()

    def step(carry, _):
        p, s = carry
        l, g = jax.value_and_grad(loss)(p)
        u, s = opt.update(g, s, p)
        return (optax.apply_updates(p, u), s), l

    run = jax.jit(lambda c: lax.scan(step, c, None, length=n) if scan else step(c, None))
    carry, each = (params, opt.init(params)), n if scan else 1
    t = []
    for i in range(8):
        start = time.perf_counter()
        for _ in range(n // each):
            carry, l = run(carry)
        jax.block_until_ready(l)
        if i > 1:
            t.append((time.perf_counter() - start) / n)
    peer.row(name, 1e3 * statistics.median(t), "ms", best=1e3 * min(t))


train("step/gpt-4l-128", 12, 10, context=64, layers=4, heads=4, dim=128)
train("step/gpt-6l-384", 8, 1, context=256, layers=6, heads=6, dim=384)
