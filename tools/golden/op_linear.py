"""matmul (2-D, batched, broadcast, either side transposed) and linear with its activation."""
import torch

from golden import Random, case, write_op

ACTIVATIONS = {"none": lambda y: y, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


def matmul(a, b, transpose_a, transpose_b):
    a = a.transpose(-1, -2) if transpose_a else a
    b = b.transpose(-1, -2) if transpose_b else b
    return torch.matmul(a, b)


def linear(x, weight, bias=None, activation="none"):
    return ACTIVATIONS[activation](torch.nn.functional.linear(x, weight, bias))


def flags(ta, tb):
    return {"transpose_a": ta, "transpose_b": tb}


def main():
    r = Random("matmul")
    write_op("matmul", [
        case(r, matmul, [r.normal(3, 5), r.normal(5, 4)], **flags(False, False)),
        case(r, matmul, [r.normal(5, 3), r.normal(5, 4)], **flags(True, False)),
        case(r, matmul, [r.normal(3, 5), r.normal(4, 5)], **flags(False, True)),
        case(r, matmul, [r.normal(5, 3), r.normal(4, 5)], **flags(True, True)),
        case(r, matmul, [r.normal(2, 3, 4), r.normal(2, 4, 5)], **flags(False, False)),
        case(r, matmul, [r.normal(2, 4, 3), r.normal(2, 5, 4)], **flags(True, True)),
        case(r, matmul, [r.normal(2, 1, 3, 2), r.normal(3, 2, 4)], **flags(False, False)),
        case(r, matmul, [r.normal(3, 4), r.normal(2, 5, 4)], **flags(False, True)),
        case(r, matmul, [r.normal(2, 4, 3), r.normal(4, 1)], **flags(True, False)),
    ])
    r = Random("linear")
    write_op("linear", [
        case(r, linear, [r.normal(4, 7), r.normal(5, 7)] + ([r.normal(5)] if bias else []), activation=a)
        for a in ACTIVATIONS for bias in (True, False)
    ] + [case(r, linear, [r.normal(2, 3, 4), r.normal(1, 4), r.normal(1)], activation="relu")])
    r = Random("bilinear")
    bilinear = torch.nn.functional.bilinear
    write_op("bilinear", [
        case(r, bilinear, [r.normal(3, 2), r.normal(3, 4), r.normal(5, 2, 4), r.normal(5)]),
        case(r, bilinear, [r.normal(2, 3, 3), r.normal(2, 3, 1), r.normal(2, 3, 1)]),
    ])


if __name__ == "__main__":
    main()
