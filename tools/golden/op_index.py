"""stack split repeat repeat_interleave flip roll tril triu index_select index_add scatter_add one_hot sort top_k einsum."""
import torch

from golden import Random, case, write_op


def one_hot(x, classes):
    return torch.nn.functional.one_hot(x, classes)


def sort(x, axis, descending):
    return tuple(torch.sort(x, dim=axis, descending=descending, stable=True))


def top_k(x, k, axis):
    return tuple(torch.topk(x, k, axis))


def moves():
    r = Random("stack")
    write_op("stack", [
        case(r, lambda *xs, axis: torch.stack(xs, axis), [r.normal(2, 3) for _ in range(n)], axis=a) for n, a in ((2, 0), (3, 1), (2, 2))
    ])
    r = Random("split")
    write_op("split", [
        case(r, lambda x, axis, sizes: torch.split(x, sizes, axis), [r.normal(*s)], axis=a, sizes=z)
        for s, a, z in (((6, 2), 0, [1, 2, 3]), ((2, 5), 1, [4, 0, 1]))
    ])
    r = Random("repeat")
    write_op("repeat", [case(r, lambda x, times: x.repeat(times), [r.normal(*s)], times=n) for s, n in (((2, 3), [2, 2]), ((3,), [2, 1, 2]))])
    r = Random("repeat_interleave")
    write_op("repeat_interleave", [
        case(r, lambda x, repeats, axis: torch.repeat_interleave(x, repeats, axis), [r.normal(*s)], repeats=n, axis=a)
        for s, n, a in (((2, 3), 2, 0), ((2, 3, 2), 3, 1))
    ])
    r = Random("flip")
    write_op("flip", [case(r, lambda x, axes: torch.flip(x, axes), [r.normal(*s)], axes=a) for s, a in (((5,), [0]), ((2, 3, 4), [0, 2]))])
    r = Random("roll")
    write_op("roll", [
        case(r, lambda x, shift, axis: torch.roll(x, shift, axis), [r.normal(*s)], shift=n, axis=a)
        for s, n, a in (((5,), 2, 0), ((2, 3, 4), -1, 1), ((2, 3), 7, 1))
    ])
    for name, fn in ("tril", torch.tril), ("triu", torch.triu):
        r = Random(name)
        write_op(name, [
            case(r, lambda x, diagonal: fn(x, diagonal), [r.normal(*s)], diagonal=d) for s, d in (((3, 4), 0), ((2, 4, 3), -1), ((3, 3), 2))
        ])


def indices():
    r = Random("index_select")
    write_op("index_select", [
        case(r, lambda x, ids, axis: torch.index_select(x, axis, ids), [r.normal(*s), r.ints(s[a], n)], axis=a)
        for s, n, a in (((4, 3), 6, 0), ((2, 3, 4), 5, 1))
    ])
    r = Random("index_add")
    write_op("index_add", [
        case(r, lambda x, ids, src, axis: torch.index_add(x, axis, ids, src), [r.normal(*s), r.ints(s[a], n), r.normal(*w)], axis=a)
        for s, n, w, a in (((4, 3), 6, (6, 3), 0), ((2, 3, 4), 5, (2, 5, 4), 1))
    ])
    r = Random("scatter_add")
    write_op("scatter_add", [
        case(r, lambda x, ids, src, axis: torch.scatter_add(x, axis, ids, src), [r.normal(*s), r.ints(s[a], *w), r.normal(*w)], axis=a)
        for s, w, a in (((3, 4), (3, 6), 1), ((3, 4), (5, 2), 0), ((2, 3, 2), (1, 3, 2), 1))
    ])
    r = Random("one_hot")
    write_op("one_hot", [case(r, one_hot, [r.ints(4, *s)], classes=n) for s, n in (((5,), 4), ((2, 3), 6))])
    r = Random("sort")
    write_op("sort", [
        case(r, sort, [r.normal(3, 7)], axis=1, descending=False),
        case(r, sort, [r.choice([-1.0, 0.25, 1.0], 2, 9)], axis=1, descending=True),  # equal ones keep their order
        case(r, sort, [r.normal(5, 3)], axis=0, descending=True),
    ])
    r = Random("top_k")
    write_op("top_k", [case(r, top_k, [r.normal(*s)], k=k, axis=a) for s, k, a in (((3, 9), 2, 1), ((6, 2), 6, 0), ((2, 4, 3), 1, 1))])


def einsum():
    r = Random("einsum")
    write_op("einsum", [
        case(r, lambda *xs, equation: torch.einsum(equation, *xs), [r.normal(*s) for s in shapes], equation=e)
        for e, shapes in (
            ("ij,jk->ik", ((2, 3), (3, 4))), ("bhqd,bhkd->bhqk", ((2, 2, 3, 2), (2, 2, 4, 2))), ("ji,kj", ((3, 2), (4, 3))), ("ij->j", ((3, 4),)),
            ("i,ij,j->", ((3,), (3, 4), (4,))), ("ij, ij -> ji", ((2, 3), (2, 3))),
        )
    ])


def main():
    moves()
    indices()
    einsum()


if __name__ == "__main__":
    main()
