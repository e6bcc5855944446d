"""add sub mul div maximum minimum pow where (broadcasting), and functions of one operand but activations."""
import torch

from golden import Random, case, exact, write_op

SHAPES = [((3, 5), (3, 5)), ((2, 3, 4), (3, 1)), ((4, 1, 3), (2, 1)), ((7,), ())]


def binary(name, fn, draw):
    r = Random(name)
    write_op(name, [case(r, fn, [draw(r, *a), draw(r, *b)]) for a, b in SHAPES])


def unary(name, fn, draw, points, **attrs):
    r = Random(name)
    xs = [draw(r, 3, 5), draw(r, 2, 3, 3), exact(points)]
    write_op(name, [case(r, fn, [x], **attrs) for x in xs])


def masks():
    r = Random("where")
    shapes = [((3, 5), (3, 5), (3, 5)), ((2, 1, 1), (4,), (3, 1)), ((5,), (3, 1), ())]
    fills = [((3, 5), (3, 5)), ((2, 3, 4), (3, 1))]
    r2 = Random("masked_fill")
    write_op("masked_fill", [case(r2, lambda x, m, value: torch.masked_fill(x, m != 0, value), [r2.normal(*x), r2.ints(2, *m).to(torch.uint8)], value=-7.5) for x, m in fills])
    write_op("where", [case(r, lambda m, a, b: torch.where(m != 0, a, b), [r.ints(2, *m).to(torch.uint8), r.normal(*a), r.normal(*b)]) for m, a, b in shapes])


def powers():
    r = Random("pow_scalar")
    powers = [2.5, -1.5, 2, 3, 0.5, -1, 1, 0]
    write_op("pow_scalar", [case(r, lambda x, exponent: x**exponent, [positive(r, 3, 4)], exponent=float(p)) for p in powers])


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
    binary("minimum", torch.minimum, tied)
    binary("pow", torch.pow, lambda r, *s: r.uniform(0.3, 3, *s))
    powers()
    masks()
    unary("abs", torch.abs, normal, [0, -1, 1, -1e-3, 1e4])
    unary("sign", torch.sign, normal, [0, -1, 1, -1e-3, 1e4])
    unary("heaviside", lambda x, values: torch.heaviside(x.detach(), torch.tensor(values, dtype=x.dtype)) + 0 * x, normal, [0, -1, 1], values=0.25)  # PyTorch has no gradient; 0 is ours
    halves = [0.5, 1.5, -0.5, -1.5, 2.5, -2.5, 0, 3, -3, 1e4]
    unary("floor", torch.floor, normal, halves)
    unary("ceil", torch.ceil, normal, halves)
    unary("round", torch.round, normal, halves)  # of two the even one
    unary("clamp", lambda x, min, max: torch.clamp(x, min, max), normal, [-0.5, 1.25, 0, -2, 2], min=-0.5, max=1.25)
    unary("sin", torch.sin, normal, [0, 1, -3, 10, 100, 12345])
    unary("cos", torch.cos, normal, [0, 1, -3, 10, 100, 12345])
    unary("log1p", torch.log1p, positive, [0, 1e-4, -1e-4, -0.75, 12345])
    unary("expm1", torch.expm1, normal, [0, 1e-4, -1e-4, -20, 20])
    unary("erf", torch.erf, normal, [0, 1e-4, -4, 4, 0.5])
    unary("neg", torch.neg, normal, [0, 1e4, -3])
    unary("exp", torch.exp, normal, [0, -20, -5.5, 1, 10, 40])
    unary("log", torch.log, positive, [1, 0.001, 0.9999, 1.0001, 12345])
    unary("sqrt", torch.sqrt, positive, [1, 0.0001, 4, 2, 1e6])
    unary("sigmoid", torch.sigmoid, normal, [0, -30, -8, 8, 30, 1e-3])
    unary("tanh", torch.tanh, normal, [0, -20, -4, 4, 20, 1e-3])
    unary("relu", torch.relu, normal, [0, -1, 1, -1e-3, 1e-3, 1e4])  # the gradient at 0 is 0


if __name__ == "__main__":
    main()
