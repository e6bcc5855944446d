"""f32 products of NumPy, PyTorch or JAX. usage: gemm.py numpy|torch|jax THREADS

Cubes, then the reference job's products at batch 64: C[M N] = A[M K] B[K N], where A or B may be held transposed.
Each row has the median and the best of the rounds; a round lasts about 40 ms.
"""
import os
import sys
import time

lib, threads = sys.argv[1], int(sys.argv[2])
if lib == "jax" and threads == 1 and hasattr(os, "sched_setaffinity"):  # XLA has no setting for it
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(threads)

import numpy as np

import peer

CUBES = [(n, n, n, False, False) for n in (64, 128, 256, 512, 1024, 2048)]
SKINNY = [  # M, K, N, A held transposed, B held transposed
    (64, 784, 500, False, True),  # forward: x · W1ᵀ
    (64, 500, 10, False, True),  # forward: h · W2ᵀ
    (500, 64, 784, True, False),  # gradient of W1: g1ᵀ · x
    (64, 10, 500, False, False),  # gradient of h: g2 · W2
    (10, 64, 500, True, False),  # gradient of W2: g2ᵀ · h
]
ROUNDS, SECONDS = 7, 0.04


def operands(m, k, n, ta, tb):
    r = np.random.RandomState(0)
    a = r.rand(*((k, m) if ta else (m, k))).astype(np.float32)
    b = r.rand(*((n, k) if tb else (k, n))).astype(np.float32)
    return a, b


def numpy_product(a, b, ta, tb):
    a, b = a.T if ta else a, b.T if tb else b
    c = np.empty((a.shape[0], b.shape[1]), np.float32)
    return lambda: np.dot(a, b, out=c)


def torch_product(a, b, ta, tb):
    import torch

    torch.set_num_threads(threads)
    a, b = torch.from_numpy(a), torch.from_numpy(b)
    a, b = a.t() if ta else a, b.t() if tb else b
    c = torch.empty(a.shape[0], b.shape[1])
    return lambda: torch.mm(a, b, out=c)


def jax_product(a, b, ta, tb):
    import jax

    f = jax.jit(lambda a, b: (a.T if ta else a) @ (b.T if tb else b))
    a, b = jax.numpy.array(a), jax.numpy.array(b)
    return lambda: f(a, b)


def wait(result):
    """JAX returns before the product is done: a round waits for its last, which is faster than waiting for each."""
    if lib == "jax":
        result.block_until_ready()


def seconds(f):
    """Seconds a call takes, of each round."""
    start, n = time.perf_counter(), 0
    while n < 3 or time.perf_counter() - start < SECONDS:
        wait(f())
        n += 1
    reps = max(1, int(n * SECONDS / (time.perf_counter() - start)))
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(reps):
            result = f()
        wait(result)
        times.append((time.perf_counter() - start) / reps)
    return times


make = {"numpy": numpy_product, "torch": torch_product, "jax": jax_product}[lib]
for m, k, n, ta, tb in CUBES + SKINNY:
    size = str(m) if m == k == n else f"{m}x{k}x{n}"
    peer.rate_row(f"gemm/{size}/{threads}", 2 * m * k * n, seconds(make(*operands(m, k, n, ta, tb), ta, tb)))
