"""sum mean max min (over several axes; ties share the gradient) prod logsumexp var std norm argmax argmin cumsum softmax log_softmax."""
import torch

from golden import Random, case, exact, write_op

AXES = [((3, 5), (1,), False), ((2, 3, 4), (0, 2), True), ((2, 3, 4), (0, 1, 2), False), ((5, 1, 3), (0,), True)]


def reduce(name, fn, draw):
    def apply(x, axes, keepdim):
        return fn(x, axes, keepdim)

    r = Random(name)
    write_op(name, [case(r, apply, [draw(r, *s)], axes=list(a), keepdim=k) for s, a, k in AXES])


def normal(r, *shape):
    return r.normal(*shape)


def tied(r, *shape):
    return r.choice([-1.0, 0.25, 1.0, 1.5], *shape)


def zeros(r, *shape):
    """With zeros among them."""
    return r.choice([-1.5, 0.0, 0.5, 2.0], *shape)


def prod(x, axes, keepdim):
    for a in sorted(axes, reverse=True):
        x = torch.prod(x, a, keepdim=keepdim)
    return x


def scans():
    for name, fn in ("var", torch.var), ("std", torch.std):
        r = Random(name)
        write_op(name, [
            case(r, lambda x, axes, correction, keepdim: fn(x, axes, correction=correction, keepdim=keepdim), [r.normal(*s)], axes=list(a), correction=c, keepdim=k)
            for s, a, c, k in (((3, 5), (1,), 1, False), ((2, 3, 4), (0, 2), 0, True), ((2, 3, 4), (0, 1, 2), 2, False))
        ])
    r = Random("norm")
    write_op("norm", [
        case(r, lambda x, p, axes, keepdim: torch.linalg.vector_norm(x, float(p), axes, keepdim), [d(r, *s)], p=p, axes=list(a), keepdim=k)
        for d in (normal, zeros)
        for p, s, a, k in (("2", (3, 5), (1,), False), ("1", (2, 3, 4), (0, 2), True), ("inf", (2, 3, 4), (0, 1, 2), False), ("3", (4, 3), (0,), False))
    ])
    r = Random("normalize")
    write_op("normalize", [
        case(r, lambda x, p, eps, axis: torch.nn.functional.normalize(x, p, axis, eps), [x], p=p, eps=1e-12, axis=a)
        for x, p, a in ((r.normal(3, 5), 2.0, 1), (r.normal(2, 3, 4), 1.0, 0), (exact([[0, 0, 0], [3, 4, 0]]), 2.0, 1))
    ])
    r = Random("cum_sum")
    write_op("cum_sum", [case(r, lambda x, axis: torch.cumsum(x, axis), [r.normal(*s)], axis=a) for s, a in (((3, 5), 1), ((4, 3, 2), 0), ((2, 3, 4), 1))])


def argmax(x, axis, keepdim):
    return torch.argmax(x, axis, keepdim)


def argmin(x, axis, keepdim):
    return torch.argmin(x, axis, keepdim)


def softmax(x, axis):
    return torch.softmax(x, axis)


def log_softmax(x, axis):
    return torch.log_softmax(x, axis)


def main():
    reduce("sum", lambda x, a, k: torch.sum(x, a, keepdim=k), normal)
    reduce("mean", lambda x, a, k: torch.mean(x, a, keepdim=k), normal)
    reduce("max", lambda x, a, k: torch.amax(x, a, keepdim=k), tied)
    reduce("min", lambda x, a, k: torch.amin(x, a, keepdim=k), tied)
    reduce("prod", prod, zeros)
    reduce("log_sum_exp", lambda x, a, k: torch.logsumexp(x, a, keepdim=k), normal)
    scans()
    for name, fn in ("argmax", argmax), ("argmin", argmin):
        r = Random(name)
        write_op(name, [  # the first of equals
            case(r, fn, [r.normal(3, 5)], axis=1, keepdim=False),
            case(r, fn, [tied(r, 2, 7, 3)], axis=1, keepdim=True),
            case(r, fn, [tied(r, 4, 3)], axis=0, keepdim=False),
        ])
    for name, fn in ("softmax", softmax), ("log_softmax", log_softmax):
        r = Random(name)
        write_op(name, [
            case(r, fn, [r.normal(3, 5)], axis=1),
            case(r, fn, [r.normal(2, 7, 3, scale=4)], axis=1),
            case(r, fn, [r.normal(4, 3)], axis=0),
            case(r, fn, [exact([[1000, 1001, 998.5], [-1000, -1000, -1000], [40, 0, -40]])], axis=1),
        ])


if __name__ == "__main__":
    main()
