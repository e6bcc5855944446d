"""Ten steps of each optimizer in float32, the cosine schedule and clipping by norm."""
import math

import torch

from golden import Random, short, tensor, ten, write

STEPS = 10
RUNS = {
    "sgd": (torch.optim.SGD, {"lr": 0.1}),
    "sgd_momentum": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd_weight_decay": (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    "adam": (torch.optim.Adam, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8}),
    "adam_weight_decay": (torch.optim.Adam, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}),
    "adamw": (torch.optim.AdamW, {"lr": 0.01, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}),
}


def trajectory(name, make, attrs):
    r = Random(name)
    draw = lambda: [r.normal(3, 4).float(), r.normal(5).float()]
    params = [torch.nn.Parameter(p) for p in draw()]
    start = [tensor(p, short) for p in params]
    opt = make(params, **attrs, foreach=False, fused=False)
    steps = []
    for _ in range(STEPS):
        grads = draw()
        for p, g in zip(params, grads):
            p.grad = g.clone()
        opt.step()
        steps.append({"grads": [tensor(g, short) for g in grads], "params": [tensor(p, short) for p in params]})
    write("optim", name, "float32", attrs=attrs, params=start, steps=steps)


def cosine(lr, min_lr, warmup, steps):
    """The rate of each step: (t+1)/warmup of lr while t < warmup, then half a cosine down to min_lr."""
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr)
    s = torch.optim.lr_scheduler
    schedule = s.CosineAnnealingLR(opt, steps - warmup, min_lr)
    if warmup:
        rise = s.LinearLR(opt, 1 / warmup, 1, max(warmup - 1, 1))
        schedule = s.SequentialLR(opt, [rise, schedule], [warmup])
    rates = []
    for t in range(steps + 1):
        rates.append(opt.param_groups[0]["lr"])
        opt.step()
        schedule.step()
        fall = min_lr + (lr - min_lr) * (1 + math.cos(math.pi * (t - warmup) / (steps - warmup))) / 2
        assert math.isclose(rates[t], lr * (t + 1) / warmup if t < warmup else fall, rel_tol=1e-9, abs_tol=1e-12)
    return rates


def clip(r, max_norm, scale):
    grads = [r.normal(3, 4, scale=scale), r.normal(5, scale=scale)]
    params = [torch.nn.Parameter(torch.zeros_like(g)) for g in grads]
    for p, g in zip(params, grads):
        p.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm)
    return {"attrs": {"max_norm": max_norm}, "inputs": [tensor(g, short) for g in grads],
            "norm": ten(norm.item()), "outputs": [tensor(p.grad, ten) for p in params]}


def main():
    for name, (make, attrs) in RUNS.items():
        trajectory(name, make, attrs)
    runs = [(0.1, 0.0, 0, 10), (0.001, 0.0001, 5, 20), (0.5, 0.01, 2, 7)]
    keys = "lr", "min_lr", "warmup", "steps"
    write("optim", "schedule_cosine", "float64", cases=[
        {"attrs": dict(zip(keys, run)), "lr": [ten(v) for v in cosine(*run)]} for run in runs])
    r = Random("clip_grad_norm")
    write("optim", "clip_grad_norm", "float64", cases=[clip(r, 1.0, 3.0), clip(r, 0.1, 0.5), clip(r, 50.0, 1.0)])


if __name__ == "__main__":
    main()
