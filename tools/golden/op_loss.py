"""The losses."""
import torch
import torch.nn.functional as F

from golden import Random, case, exact, write, write_op


def mse(x, target, weight=None, **how):
    return F.mse_loss(x, target, weight=weight, **how)


def cross_entropy(logits, target, weight=None, **how):
    return F.cross_entropy(logits, target, weight, **how)


def nll(x, ids, weight=None, **how):
    return F.nll_loss(x, ids, weight, **how)


def ctc(logits, labels, steps, lengths, **how):
    return F.ctc_loss(F.log_softmax(logits, -1), labels, steps, lengths, **how)


def bce_with_logits(logits, target, pos_weight=None, **how):
    return F.binary_cross_entropy_with_logits(logits, target, pos_weight=pos_weight, **how)


def plain(f):
    """A loss that PyTorch lacks, by its formula, with the reductions that PyTorch's have."""
    def loss(*inputs, reduction="mean", **how):
        each = f(*inputs, **how)
        return {"mean": each.mean, "sum": each.sum, "none": lambda: each}[reduction]()
    return loss


@plain
def log_cosh(x, t):
    return torch.log((torch.exp(x - t) + torch.exp(t - x)) / 2)


@plain
def quantile(x, t, quantile):
    return torch.where(t > x, quantile * (t - x), (1 - quantile) * (x - t))


@plain
def js_div(logits, t):
    p = torch.softmax(logits, -1)
    m = (p + t) / 2
    return ((p * torch.log(p / m) + torch.xlogy(t, t) - t * torch.log(m)) / 2).sum(-1)


@plain
def hinge(x, t, squared):
    h = torch.where(t * x < 1, 1 - t * x, torch.zeros_like(x))
    return h * h if squared else h


@plain
def focal(x, t, weight=None, gamma=2.0, alpha=0.0):
    if t.is_floating_point():
        p = torch.sigmoid(x)
        loss = -t * torch.log(p) - (1 - t) * torch.log(1 - p)
        loss = loss * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
        return loss * (alpha * t + (1 - alpha) * (1 - t)) if alpha else loss
    p = torch.softmax(x, -1)[torch.arange(len(t)), t]
    return -(1 - p) ** gamma * torch.log(p) * (1 if weight is None else weight[t])


@plain
def dice(x, t, smooth, squared):
    x, t = x.flatten(1), t.flatten(1)
    whole = (x * x + t * t) if squared else (x + t)
    return 1 - (2 * (x * t).sum(1) + smooth) / (whole.sum(1) + smooth)


@plain
def contrastive(a, b, t, margin):
    d = torch.sqrt(((a - b) ** 2).sum(-1))
    return torch.where(t == 1, d ** 2, torch.clamp(margin - d, min=0) ** 2) / 2


@plain
def info_nce(q, k, temperature, symmetric):
    s = torch.exp(F.cosine_similarity(q[:, None], k[None], dim=-1) / temperature)
    loss = -torch.log(s.diagonal() / s.sum(1))
    return (loss - torch.log(s.diagonal() / s.sum(0))) / 2 if symmetric else loss


def write_plain(name, cases):
    write("op", name, "float64", op=name, cases=cases, source="a function of tools/golden/op_loss.py, by the papers")


def same(f):
    """The function with its settings by keyword, its third tensor as the weight."""
    def loss(x, target, weight=None, **how):
        return f(x, target, **how) if weight is None else f(x, target, weight=weight, **how)
    return loss


REDUCTIONS = "mean", "sum", "none"


def regression():
    r = Random("loss_l1")
    write_op("loss_l1", [case(r, same(F.l1_loss), [r.normal(4, 3), r.normal(4, 3)], reduction=how) for how in REDUCTIONS] + [
        case(r, same(F.l1_loss), [r.normal(4, 3), r.normal(4, 3), r.uniform(0.2, 3, 4, 3)], fixed=(2,), reduction="mean")])
    for name, f, key in (("loss_huber", F.huber_loss, "delta"), ("loss_smooth_l1", F.smooth_l1_loss, "beta")):
        r = Random(name)
        write_op(name, [case(r, f, [r.normal(4, 3), r.normal(4, 3)], reduction=how, **{key: v})
                        for how, v in zip(REDUCTIONS, (1.0, 0.5, 2.0))])
    r = Random("loss_log_cosh")
    write_plain("loss_log_cosh", [case(r, log_cosh, [r.normal(4, 3), r.normal(4, 3, scale=5)], reduction=how) for how in REDUCTIONS])
    r = Random("loss_quantile")
    write_plain("loss_quantile", [case(r, quantile, [r.normal(4, 3), r.normal(4, 3)], reduction=how, quantile=q)
                                  for how, q in zip(REDUCTIONS, (0.5, 0.9, 0.05))])
    r = Random("loss_poisson_nll")
    counts = torch.tensor([[0, 1, 2, 5], [3, 0, 1, 9]], dtype=torch.float64)
    write_op("loss_poisson_nll", [
        case(r, F.poisson_nll_loss, [r.normal(2, 4), counts], fixed=(1,), reduction="mean", log_input=True, full=True),
        case(r, F.poisson_nll_loss, [r.uniform(0.1, 6, 2, 4), counts], fixed=(1,), reduction="sum", log_input=False, full=True),
        case(r, F.poisson_nll_loss, [r.uniform(0.1, 6, 2, 4), counts], fixed=(1,), reduction="none", log_input=False),
    ])
    r = Random("loss_gaussian_nll")
    write_op("loss_gaussian_nll", [
        case(r, F.gaussian_nll_loss, [r.normal(4, 3), r.normal(4, 3), r.uniform(0.1, 3, 4, 3)], reduction="mean"),
        case(r, F.gaussian_nll_loss, [r.normal(4, 3), r.normal(4, 3), r.uniform(0.1, 3, 4, 3)], reduction="sum", full=True),
        case(r, F.gaussian_nll_loss, [r.normal(4), r.normal(4), exact([0, 0.25, 2, 0.5])], reduction="none", eps=0.5),
    ])


def probabilities():
    r = Random("loss_bce")
    write_op("loss_bce", [
        case(r, same(F.binary_cross_entropy), [r.uniform(0.05, 0.95, 4, 3), r.uniform(0, 1, 4, 3)], fixed=(1,), reduction="mean"),
        case(r, same(F.binary_cross_entropy), [r.uniform(0.05, 0.95, 4, 3), r.choice([0.0, 1.0], 4, 3), r.uniform(0.2, 3, 4, 3)], fixed=(1, 2),
             reduction="sum"),
        case(r, same(F.binary_cross_entropy), [exact([0, 1, 0.5, 0.25]), exact([1, 0, 1, 0])], fixed=(1,), reduction="none"),
    ])
    r = Random("loss_multi_label_soft_margin")
    write_op("loss_multi_label_soft_margin", [
        case(r, same(F.multilabel_soft_margin_loss), [r.normal(4, 3), r.choice([0.0, 1.0], 4, 3)], fixed=(1,), reduction="mean"),
        case(r, same(F.multilabel_soft_margin_loss), [r.normal(4, 3), r.choice([0.0, 1.0], 4, 3), r.uniform(0.2, 3, 3)], fixed=(1, 2),
             reduction="none"),
    ])
    r = Random("loss_kl_div")
    write_op("loss_kl_div", [
        case(r, F.kl_div, [-r.uniform(0.1, 4, 4, 5), r.probabilities(4, 5)], reduction="sum", log_target=False),
        case(r, lambda x, t, **how: F.kl_div(x, t, reduction="batchmean", **how), [-r.uniform(0.1, 4, 4, 5), r.probabilities(4, 5)], log_target=False),
        case(r, F.kl_div, [-r.uniform(0.1, 4, 4, 5), -r.uniform(0.1, 4, 4, 5)], reduction="sum", log_target=True),
        case(r, F.kl_div, [-r.uniform(0.1, 4, 2, 3), exact([[0, 1, 0], [0.5, 0, 0.5]])], fixed=(1,), reduction="sum", log_target=False),
    ])
    r = Random("loss_js_div")
    write_plain("loss_js_div", [case(r, js_div, [r.normal(4, 5), r.probabilities(4, 5)], fixed=(1,), reduction=how) for how in REDUCTIONS] + [
        case(r, js_div, [r.normal(2, 3), exact([[0, 1, 0], [0.5, 0, 0.5]])], fixed=(1,), reduction="none")])
    r = Random("loss_focal")
    write_plain("loss_focal", [
        case(r, focal, [r.normal(5, 4), r.ints(4, 5)], reduction="mean"),
        case(r, focal, [r.normal(5, 4), r.ints(4, 5), r.uniform(0.2, 3, 4)], fixed=(2,), reduction="none", gamma=1.5),
        case(r, focal, [r.normal(4, 3), r.choice([0.0, 1.0], 4, 3)], fixed=(1,), reduction="sum", gamma=2.0, alpha=0.25),
        case(r, focal, [r.normal(4, 3), r.uniform(0.1, 0.9, 4, 3)], fixed=(1,), reduction="mean", gamma=0.5),
    ])
    r = Random("loss_dice")
    write_plain("loss_dice", [
        case(r, dice, [r.uniform(0, 1, 3, 2, 2), r.choice([0.0, 1.0], 3, 2, 2)], fixed=(1,), reduction=how, smooth=s, squared=sq)
        for how, s, sq in (("mean", 1.0, False), ("sum", 0.01, True), ("none", 1.0, True))])


def margins():
    signs = [-1.0, 1.0]
    r = Random("loss_hinge")
    write_plain("loss_hinge", [case(r, hinge, [r.normal(4, 3), r.choice(signs, 4, 3)], fixed=(1,), reduction=how, squared=sq)
                               for how, sq in zip(REDUCTIONS, (False, True, False))])
    r = Random("loss_hinge_embedding")
    write_op("loss_hinge_embedding", [
        case(r, F.hinge_embedding_loss, [r.normal(4, 3), r.choice(signs, 4, 3)], fixed=(1,), reduction=how, margin=m)
        for how, m in zip(REDUCTIONS, (1.0, 0.5, 2.0))])
    r = Random("loss_margin_ranking")
    write_op("loss_margin_ranking", [
        case(r, F.margin_ranking_loss, [r.normal(7), r.normal(7), r.choice(signs, 7)], fixed=(2,), reduction=how, margin=m)
        for how, m in zip(REDUCTIONS, (0.0, 0.5, 2.0))])
    r = Random("loss_soft_margin")
    write_op("loss_soft_margin", [
        case(r, F.soft_margin_loss, [r.normal(4, 3), r.choice(signs, 4, 3)], fixed=(1,), reduction=how) for how in REDUCTIONS])
    r = Random("loss_multi_margin")
    write_op("loss_multi_margin", [
        case(r, same(F.multi_margin_loss), [r.normal(5, 4), r.ints(4, 5)], reduction="mean", p=1, margin=1.0),
        case(r, same(F.multi_margin_loss), [r.normal(5, 4), r.ints(4, 5)], reduction="sum", p=2, margin=0.5),
        case(r, same(F.multi_margin_loss), [r.normal(5, 4), r.ints(4, 5), r.uniform(0.2, 3, 4)], fixed=(2,), reduction="none", p=1, margin=1.0),
        case(r, same(F.multi_margin_loss), [r.normal(5, 4), r.ints(4, 5), r.uniform(0.2, 3, 4)], fixed=(2,), reduction="mean", p=2, margin=1.0),
    ])


def embeddings():
    r = Random("loss_cosine_embedding")
    write_op("loss_cosine_embedding", [
        case(r, F.cosine_embedding_loss, [r.normal(6, 3), r.normal(6, 3), r.choice([-1.0, 1.0], 6)], fixed=(2,), reduction=how, margin=m)
        for how, m in zip(REDUCTIONS, (0.0, 0.25, -0.5))])
    r = Random("loss_triplet_margin")

    def triplet(a, b, c, p, **how):
        return F.triplet_margin_loss(a, b, c, p=float("inf") if p < 0 else p, **how)

    write_op("loss_triplet_margin", [
        case(r, triplet, [r.normal(5, 3), r.normal(5, 3), r.normal(5, 3)], reduction=how, margin=m, p=p, swap=swap)
        for how, m, p, swap in (("mean", 1.0, 2, False), ("sum", 0.5, 2, True), ("none", 2.0, 1, False), ("mean", 1.0, -1, True))])
    r = Random("loss_contrastive")
    write_plain("loss_contrastive", [
        case(r, contrastive, [r.normal(6, 3), r.normal(6, 3), r.choice([0.0, 1.0], 6)], fixed=(2,), reduction=how, margin=m)
        for how, m in zip(REDUCTIONS, (1.0, 3.0, 2.0))])
    r = Random("loss_info_nce")
    write_plain("loss_info_nce", [case(r, info_nce, [r.normal(4, 3), r.normal(4, 3)], reduction=how, temperature=t, symmetric=both)
                                  for how, t, both in (("mean", 0.07, False), ("sum", 0.5, True), ("none", 0.2, False))])


def main():
    r = Random("loss_mse")
    write_op("loss_mse", [
        case(r, mse, [r.normal(4, 3), r.normal(4, 3)]),
        case(r, mse, [r.normal(7), r.normal(7)]),
        case(r, mse, [r.normal(4, 3), r.normal(4, 3), r.uniform(0.2, 3, 4, 3)], fixed=(2,)),
        case(r, mse, [r.normal(4, 3), r.normal(4, 3)], reduction="none"),
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
        case(r, bce_with_logits, [r.normal(4, 3, scale=3), r.uniform(0, 1, 4, 3), r.uniform(0.2, 4, 3)], fixed=(2,), reduction="sum"),
    ])
    regression()
    probabilities()
    margins()
    embeddings()


if __name__ == "__main__":
    main()
