"""reshape permute slice concat gather embedding."""
import torch

from golden import Random, case, write_op


def reshape(x, shape):
    return torch.reshape(x, shape)


def permute(x, axes):
    return torch.permute(x, axes)


def narrow(x, axis, start, stop):
    return torch.narrow(x, axis, start, stop - start)


def concat(*xs, axis):
    return torch.cat(xs, axis)


def gather(x, index, axis):
    return torch.gather(x, axis, index)


def main():
    r = Random("reshape")
    write_op("reshape", [
        case(r, reshape, [r.normal(3, 4)], shape=[2, 6]),
        case(r, reshape, [r.normal(2, 3, 5)], shape=[30]),
        case(r, reshape, [r.normal(7)], shape=[1, 7, 1]),
    ])
    r = Random("permute")
    write_op("permute", [
        case(r, permute, [r.normal(3, 4)], axes=[1, 0]),
        case(r, permute, [r.normal(2, 3, 5)], axes=[2, 0, 1]),
        case(r, permute, [r.normal(2, 1, 3, 2)], axes=[3, 1, 0, 2]),
    ])
    r = Random("slice")
    write_op("slice", [
        case(r, narrow, [r.normal(5, 3)], axis=0, start=1, stop=4),
        case(r, narrow, [r.normal(2, 3, 7)], axis=2, start=0, stop=5),
        case(r, narrow, [r.normal(4, 6, 2)], axis=1, start=5, stop=6),
    ])
    r = Random("concat")
    write_op("concat", [
        case(r, concat, [r.normal(2, 3), r.normal(4, 3)], axis=0),
        case(r, concat, [r.normal(2, 1, 3), r.normal(2, 4, 3), r.normal(2, 2, 3)], axis=1),
        case(r, concat, [r.normal(5), r.normal(1)], axis=0),
    ])
    r = Random("gather")
    write_op("gather", [  # repeated indices: their gradients add
        case(r, gather, [r.normal(4, 5), r.ints(5, 4, 1)], axis=1),
        case(r, gather, [r.normal(3, 4), r.ints(3, 6, 4)], axis=0),
        case(r, gather, [r.normal(2, 5, 3), r.ints(5, 2, 7, 2)], axis=1),
    ])
    r = Random("embedding")
    write_op("embedding", [
        case(r, torch.nn.functional.embedding, [r.ints(7, 5), r.normal(7, 3)]),
        case(r, torch.nn.functional.embedding, [r.ints(4, 3, 6), r.normal(9, 2)]),
    ])


if __name__ == "__main__":
    main()
