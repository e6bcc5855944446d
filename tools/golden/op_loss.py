"""The losses."""
import torch
import torch.nn.functional as F

from golden import Random, case, exact, write_op


def mse(x, target):
    return F.mse_loss(x, target)


def cross_entropy(logits, target, weight=None, **how):
    return F.cross_entropy(logits, target, weight, **how)


def nll(x, ids, weight=None, **how):
    return F.nll_loss(x, ids, weight, **how)


def ctc(logits, labels, steps, lengths, **how):
    return F.ctc_loss(F.log_softmax(logits, -1), labels, steps, lengths, **how)


def bce_with_logits(logits, target):
    return F.binary_cross_entropy_with_logits(logits, target)


def main():
    r = Random("loss_mse")
    write_op("loss_mse", [
        case(r, mse, [r.normal(4, 3), r.normal(4, 3)]),
        case(r, mse, [r.normal(7), r.normal(7)]),
    ])
    r = Random("loss_cross_entropy")
    far = exact([[100, -100, 0], [0, 0, 0], [-60, 30, 29.5]])
    write_op("loss_cross_entropy", [
        case(r, cross_entropy, [r.normal(5, 4), r.ints(4, 5)]),
        case(r, cross_entropy, [far, torch.tensor([1, 2, 1])]),
        case(r, cross_entropy, [r.normal(6, 3, scale=3), r.ints(3, 6), r.uniform(0.2, 4, 3)], fixed=(2,)),
        case(r, cross_entropy, [r.normal(4, 5), r.probabilities(4, 5)]),
        case(r, cross_entropy, [r.normal(4, 3), r.probabilities(4, 3), r.uniform(0.2, 4, 3)], fixed=(2,)),
        case(r, cross_entropy, [r.normal(5, 4), r.ints(4, 5)], reduction="sum", label_smoothing=0.1),
        case(r, cross_entropy, [r.normal(6, 3), torch.tensor([1, -100, 2, 0, -100, 1]), r.uniform(0.2, 4, 3)], fixed=(2,),
             label_smoothing=0.3, ignore_index=-100),
        case(r, cross_entropy, [r.normal(6, 3), r.ints(3, 6), r.uniform(0.2, 4, 3)], fixed=(2,), reduction="none",
             label_smoothing=0.2, ignore_index=1),
        case(r, cross_entropy, [r.normal(4, 3), r.probabilities(4, 3), r.uniform(0.2, 4, 3)], fixed=(2,), label_smoothing=0.2),
    ])
    r = Random("loss_nll")
    write_op("loss_nll", [
        case(r, nll, [r.normal(5, 4), r.ints(4, 5)]),
        case(r, nll, [r.normal(5, 4), r.ints(4, 5), r.uniform(0.2, 4, 4)], fixed=(2,), reduction="none"),
        case(r, nll, [r.normal(6, 3), r.ints(3, 6), r.uniform(0.2, 4, 3)], fixed=(2,), ignore_index=1),
        case(r, nll, [r.normal(6, 3), r.ints(3, 6)], reduction="sum", ignore_index=0),
    ])
    r = Random("loss_ctc")
    labels = torch.tensor([[1, 2, 2], [3, 1, 3], [2, 2, 2]])
    steps, lengths = torch.tensor([6, 4, 6]), torch.tensor([3, 2, 0])
    write_op("loss_ctc", [
        case(r, ctc, [r.normal(6, 3, 4), labels, steps, lengths], reduction=how, blank=0, zero_infinity=False)
        for how in ("mean", "sum", "none")
    ] + [
        case(r, ctc, [r.normal(4, 3, 4), labels, torch.tensor([3, 4, 4]), torch.tensor([3, 3, 3])], reduction="mean", blank=0, zero_infinity=True),
        case(r, ctc, [r.normal(5, 2, 3, scale=4), torch.tensor([[0, 1], [1, 1]]), torch.tensor([5, 3]), torch.tensor([1, 2])],
             reduction="sum", blank=2, zero_infinity=False),
    ])
    r = Random("loss_bce_with_logits")
    write_op("loss_bce_with_logits", [
        case(r, bce_with_logits, [r.normal(5, 2, scale=3), r.choice([0.0, 1.0], 5, 2)]),
        case(r, bce_with_logits, [exact([80, -80, 0, 30, -30]), exact([0, 1, 0.5, 1, 0.25])]),
    ])


if __name__ == "__main__":
    main()
