"""sum mean max (over several axes; ties share the gradient) argmax softmax log_softmax."""
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


def argmax(x, axis, keepdim):
    return torch.argmax(x, axis, keepdim)


def softmax(x, axis):
    return torch.softmax(x, axis)


def log_softmax(x, axis):
    return torch.log_softmax(x, axis)


def main():
    reduce("sum", lambda x, a, k: torch.sum(x, a, keepdim=k), normal)
    reduce("mean", lambda x, a, k: torch.mean(x, a, keepdim=k), normal)
    reduce("max", lambda x, a, k: torch.amax(x, a, keepdim=k), tied)
    r = Random("argmax")
    write_op("argmax", [  # the first of equals
        case(r, argmax, [r.normal(3, 5)], axis=1, keepdim=False),
        case(r, argmax, [tied(r, 2, 7, 3)], axis=1, keepdim=True),
        case(r, argmax, [tied(r, 4, 3)], axis=0, keepdim=False),
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
