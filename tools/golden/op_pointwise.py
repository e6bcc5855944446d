"""add sub mul div maximum (broadcasting) and neg exp log sqrt sigmoid tanh relu."""
import torch

from golden import Random, case, exact, write_op

SHAPES = [((3, 5), (3, 5)), ((2, 3, 4), (3, 1)), ((4, 1, 3), (2, 1)), ((7,), ())]


def binary(name, fn, draw):
    r = Random(name)
    write_op(name, [case(r, fn, [draw(r, *a), draw(r, *b)]) for a, b in SHAPES])


def unary(name, fn, draw, points):
    r = Random(name)
    xs = [draw(r, 3, 5), draw(r, 2, 3, 3), exact(points)]
    write_op(name, [case(r, fn, [x]) for x in xs])


def normal(r, *shape):
    return r.normal(*shape)


def positive(r, *shape):
    return r.uniform(0.05, 8, *shape)


def away_from_zero(r, *shape):
    return torch.where(r.normal(*shape) < 0, -1.0, 1.0) * r.uniform(0.25, 3, *shape)


def tied(r, *shape):
    return r.choice([-1.5, 0.0, 0.5, 2.0], *shape)


def main():
    binary("add", torch.add, normal)
    binary("sub", torch.sub, normal)
    binary("mul", torch.mul, normal)
    binary("div", torch.div, away_from_zero)
    binary("maximum", torch.maximum, tied)  # a tie shares the gradient equally
    unary("neg", torch.neg, normal, [0, 1e4, -3])
    unary("exp", torch.exp, normal, [0, -20, -5.5, 1, 10, 40])
    unary("log", torch.log, positive, [1, 0.001, 0.9999, 1.0001, 12345])
    unary("sqrt", torch.sqrt, positive, [1, 0.0001, 4, 2, 1e6])
    unary("sigmoid", torch.sigmoid, normal, [0, -30, -8, 8, 30, 1e-3])
    unary("tanh", torch.tanh, normal, [0, -20, -4, 4, 20, 1e-3])
    unary("relu", torch.relu, normal, [0, -1, 1, -1e-3, 1e-3, 1e4])  # the gradient at 0 is 0


if __name__ == "__main__":
    main()
