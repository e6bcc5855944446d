"""Epochs of the reference job in JAX, its fastest form: the whole epoch compiled (lax.scan). usage: mlp_jax.py FOLDER EPOCHS

The first epoch compiles and is not reported. The last 32 rows of the shuffled 60,000 are dropped (937 steps): a scan wants equal batches.
"""
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax

import peer

folder, epochs = sys.argv[1], int(sys.argv[2])
x_train = jnp.array(peer.images(folder, "train"))
y_train = jnp.array(peer.labels(folder, "train").astype(np.int32))
k1, k2 = jax.random.split(jax.random.PRNGKey(0))
params = {
    "w1": jax.random.normal(k1, (784, 500)) * 0.03, "b1": jnp.zeros(500),
    "w2": jax.random.normal(k2, (500, 10)) * 0.04, "b2": jnp.zeros(10),
}
opt = optax.adam(1e-3)
state = opt.init(params)


def loss_fn(p, x, y):
    z = jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]
    return optax.softmax_cross_entropy_with_integer_labels(z, y).mean()


@jax.jit
def run(params, state, batches):
    def step(carry, rows):
        p, s = carry
        loss, g = jax.value_and_grad(loss_fn)(p, x_train[rows], y_train[rows])
        u, s = opt.update(g, s, p)
        return (optax.apply_updates(p, u), s), loss

    (params, state), losses = jax.lax.scan(step, (params, state), batches)
    return params, state, losses[-1]


steps = len(x_train) // 64
for epoch in range(epochs + 1):
    order = np.random.RandomState(epoch).permutation(len(x_train))[: steps * 64]
    start = time.perf_counter()
    params, state, loss = run(params, state, jnp.array(order.reshape(steps, 64)))
    loss.block_until_ready()
    if epoch:
        peer.row("epoch/reference", time.perf_counter() - start, "s", loss=float(loss))
