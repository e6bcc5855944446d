"""Ten steps of each optimizer in float32, the cosine schedule and clipping by norm."""
import inspect
import math

import numpy as np
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
    "amsgrad": (torch.optim.Adam, {"lr": 0.01, "betas": (0.5, 0.6), "weight_decay": 0.05, "amsgrad": True}),
    "amsgrad_decoupled": (torch.optim.AdamW, {"lr": 0.01, "betas": (0.5, 0.6), "weight_decay": 0.05, "amsgrad": True}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.01, "weight_decay": 0.05}),
    "rmsprop_momentum": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "momentum": 0.9}),
    "rmsprop_centered": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 0.01, "centered": True}),
    "rmsprop_both": (torch.optim.RMSprop, {"lr": 0.01, "alpha": 0.9, "eps": 0.01, "momentum": 0.5, "centered": True}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.1, "weight_decay": 0.05}),
    "adadelta": (torch.optim.Adadelta, {"weight_decay": 0.05}),
    "adamax": (torch.optim.Adamax, {"lr": 0.01, "betas": (0.9, 0.95), "weight_decay": 0.05}),
    "nadam": (torch.optim.NAdam, {"lr": 0.01, "weight_decay": 0.05}),
    "nadam_decoupled": (torch.optim.NAdam, {"lr": 0.01, "momentum_decay": 0.1, "weight_decay": 0.05,
                                            "decoupled_weight_decay": True}),
    "radam": (torch.optim.RAdam, {"lr": 0.01, "weight_decay": 0.05}),
    "radam_decoupled": (torch.optim.RAdam, {"lr": 0.01, "betas": (0.8, 0.99), "weight_decay": 0.05,
                                            "decoupled_weight_decay": True}),
}


class Reference(torch.optim.Optimizer):
    """An optimizer by its paper, in float64: one that PyTorch lacks."""

    def __init__(self, params, **settings):
        super().__init__(params, settings)

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                s = self.state[p]
                if not s:
                    s.update(w=p.data.numpy().astype(np.float64), t=0)
                s["t"] += 1
                self.one(s, p.grad.numpy().astype(np.float64), group)
                p.data.copy_(torch.from_numpy(s["w"]))


class Muon(Reference):
    """Jordan's reference in float64, where it and PyTorch have bf16: held to PyTorch's first step to bf16's precision."""

    def one(self, s, g, a):
        mu = 0.95
        first = s["w"].copy()
        s["m"] = mu * s.get("m", 0) + (1 - mu) * g
        u = (1 - mu) * g + mu * s["m"]
        x = u / np.linalg.norm(u)
        for _ in range(5):
            b = x @ x.T
            x = 3.4445 * x + (-4.7750 * b + 2.0315 * b @ b) @ x
        rows, cols = g.shape
        size = 0.2 * max(rows, cols) ** 0.5 if a["adjust_lr_fn"] == "match_rms_adamw" else max(1, rows / cols) ** 0.5
        s["w"] = s["w"] * (1 - a["lr"] * a["weight_decay"]) - a["lr"] * size * x
        if s["t"] == 1:
            p = torch.nn.Parameter(torch.from_numpy(first).float())
            p.grad = torch.from_numpy(g).float()
            torch.optim.Muon([p], **{k: a[k] for k in ("lr", "weight_decay", "adjust_lr_fn")}).step()
            assert np.allclose(p.detach().numpy(), s["w"], rtol=0, atol=0.03 * a["lr"] * size)


class Lion(Reference):
    """Chen et al. 2023, Algorithm 2."""

    def one(self, s, g, a):
        beta1, beta2 = a["betas"]
        m = s.get("m", 0)
        s["w"] = s["w"] - a["lr"] * (np.sign(beta1 * m + (1 - beta1) * g) + a["weight_decay"] * s["w"])
        s["m"] = beta2 * m + (1 - beta2) * g


class LAMB(Reference):
    """You et al. 2020, Algorithm 2, phi the identity."""

    def one(self, s, g, a):
        (b1, b2), t = a["betas"], s["t"]
        s["m"] = b1 * s.get("m", 0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        r = s["m"] / (1 - b1**t) / (np.sqrt(s["v"] / (1 - b2**t)) + 1e-6)
        u = r + a["weight_decay"] * s["w"]
        s["w"] = s["w"] - a["lr"] * np.linalg.norm(s["w"]) / np.linalg.norm(u) * u


class ScheduleFree(Reference):
    """Defazio et al. 2024, Algorithm 1, with x kept; the authors' weights of the average, by the squared rate."""

    def one(self, s, g, a):
        (b1, b2), t = a["betas"], s["t"]
        x, z = s.get("x", s["w"]), s.get("z", s["w"])
        rate = a["lr"] * min(1, t / a["warmup"])
        s["v"] = b2 * s.get("v", 0) + (1 - b2) * g * g
        s["squares"] = s.get("squares", 0) + rate**2
        c = rate**2 / s["squares"]
        z = z - rate * (g / (np.sqrt(s["v"] / (1 - b2**t)) + 1e-8) + a["weight_decay"] * s["w"])
        x = (1 - c) * x + c * z
        s.update(x=x, z=z, w=(1 - b1) * z + b1 * x)


RUNS["lamb"] = (LAMB, {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1})
RUNS["schedule_free"] = (ScheduleFree, {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1, "warmup": 4})
RUNS["adafactor"] = (torch.optim.Adafactor, {"lr": 0.05, "weight_decay": 0.1}, (3, 4), (5,), (2, 3, 2))
MATRICES = (3, 4), (5, 2), (4, 4)
RUNS["muon"] = (Muon, {"lr": 0.02, "weight_decay": 0.1, "adjust_lr_fn": "original"}, *MATRICES)
RUNS["muon_match_rms"] = (Muon, {"lr": 0.02, "weight_decay": 0.1, "adjust_lr_fn": "match_rms_adamw"}, *MATRICES)
RUNS["lion"] = (Lion, {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.5})


def trajectory(name, make, attrs, *shapes):
    r = Random(name)
    draw = lambda: [r.normal(*shape).float() for shape in shapes or ((3, 4), (5,))]
    params = [torch.nn.Parameter(p) for p in draw()]
    start = [tensor(p, short) for p in params]
    plain = {k: False for k in ("foreach", "fused") if k in inspect.signature(make).parameters}
    opt = make(params, **attrs, **plain)
    steps = []
    for _ in range(STEPS):
        grads = draw()
        for p, g in zip(params, grads):
            p.grad = g.clone()
        opt.step()
        steps.append({"grads": [tensor(g, short) for g in grads], "params": [tensor(p, short) for p in params]})
    source = {} if make.__module__.startswith("torch") else {"source": f"{make.__name__} in tools/golden/optim.py, by the paper"}
    write("optim", name, "float32", attrs=attrs, params=start, steps=steps, **source)


def lbfgs(name, start, **attrs):
    """Steps of L-BFGS on Rosenbrock's function of pairs (a, b), summed: (1 - a)^2 + 10 (b - a^2)^2."""
    params = [torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for v in start]
    a, b = params
    opt = torch.optim.LBFGS(params, line_search_fn="strong_wolfe", **attrs)

    def closure():
        opt.zero_grad()
        loss = ((1 - a) ** 2 + 10 * (b - a * a) ** 2).sum()
        loss.backward()
        return loss

    first = [tensor(p, short) for p in params]
    steps = []
    for _ in range(STEPS):
        loss = opt.step(closure)
        steps.append({"loss": ten(loss.item()), "params": [tensor(p, ten) for p in params]})
    write("optim", name, "float64", attrs=attrs, params=first, steps=steps)


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


def rates(make, lr, count, values=None):
    """The rates before the first step and after each of count."""
    opt = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr, momentum=0.9)
    schedule, found = make(opt), []
    for t in range(count):
        found.append(opt.param_groups[0]["lr"])
        opt.step()
        schedule.step(*([] if values is None else [values[t]]))
    return found


def schedules():
    """The rates of PyTorch's schedules at lr 0.5, and of one of them after a warm-up of 3 steps."""
    s = torch.optim.lr_scheduler
    values = [3, 2, 2, 1.99, 1.5, 1.6, 1.7, 1.5, 1.49999, 1.6, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2, 2, 2, 2]
    runs = {
        "step": lambda o: s.StepLR(o, 4, 0.3),
        "step_warmup": lambda o: s.SequentialLR(o, [s.LinearLR(o, 1 / 3, 1, 2), s.StepLR(o, 4, 0.3)], [3]),
        "multi_step": lambda o: s.MultiStepLR(o, [3, 4, 11], 0.2),
        "exponential": lambda o: s.ExponentialLR(o, 0.9),
        "polynomial": lambda o: s.PolynomialLR(o, 15, 2.0),
        "linear": lambda o: s.LinearLR(o, 1.0, 0.25, 15),
        "one_cycle": lambda o: s.OneCycleLR(o, 0.5, 20, cycle_momentum=False),
        "one_cycle_line": lambda o: s.OneCycleLR(o, 0.5, 20, pct_start=0.4, anneal_strategy="linear", div_factor=10,
                                                 final_div_factor=100, cycle_momentum=False),
        "cyclic": lambda o: s.CyclicLR(o, 0.1, 0.5, 4, 3, cycle_momentum=False),
        "cyclic_halved": lambda o: s.CyclicLR(o, 0.1, 0.5, 3, mode="triangular2", cycle_momentum=False),
        "warm_restarts": lambda o: s.CosineAnnealingWarmRestarts(o, 5, 2, 0.05),
        "warm_restarts_equal": lambda o: s.CosineAnnealingWarmRestarts(o, 6),
    }
    cases = [{"name": k, "lr": [ten(v) for v in rates(m, 0.5, 20)]} for k, m in runs.items()]
    plateau = lambda o: s.ReduceLROnPlateau(o, "min", 0.5, 1, 1e-4, cooldown=1, min_lr=0.1)
    cases.append({"name": "plateau", "values": values, "lr": [ten(v) for v in rates(plateau, 0.5, 20, values)]})
    plateau = lambda o: s.ReduceLROnPlateau(o, "max", 0.5, 1, 0.01)
    cases.append({"name": "plateau_highest", "values": values, "lr": [ten(v) for v in rates(plateau, 0.5, 20, values)]})
    write("optim", "schedules", "float64", cases=cases)


def clip(r, max_norm, scale):
    grads = [r.normal(3, 4, scale=scale), r.normal(5, scale=scale)]
    params = [torch.nn.Parameter(torch.zeros_like(g)) for g in grads]
    for p, g in zip(params, grads):
        p.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(params, max_norm)
    return {"attrs": {"max_norm": max_norm}, "inputs": [tensor(g, short) for g in grads],
            "norm": ten(norm.item()), "outputs": [tensor(p.grad, ten) for p in params]}


def averages(name, make, **attrs):
    """The averaged weights after each of ten steps of SGD, as AveragedModel has them."""
    r = Random(name)
    model = torch.nn.Linear(3, 2)
    for p in model.parameters():
        p.data = r.normal(*p.shape).float()
    start = [tensor(p, short) for p in model.parameters()]
    opt, averaged, steps = torch.optim.SGD(model.parameters(), 0.1), make(model), []
    for _ in range(STEPS):
        for p in model.parameters():
            p.grad = r.normal(*p.shape).float()
        grads = [tensor(p.grad, short) for p in model.parameters()]
        opt.step()
        averaged.update_parameters(model)
        steps.append({"grads": grads, "params": [tensor(p, short) for p in averaged.module.parameters()]})
    write("optim", name, "float32", attrs={"lr": 0.1, **attrs}, params=start, steps=steps)


def clip_value(r, bound, scale):
    p = torch.nn.Parameter(torch.zeros(4, 3, dtype=torch.float64))
    p.grad = r.normal(4, 3, scale=scale)
    given = tensor(p.grad, short)
    torch.nn.utils.clip_grad_value_([p], bound)
    return {"attrs": {"clip_value": bound}, "inputs": [given], "outputs": [tensor(p.grad, ten)]}


def main():
    for name, run in RUNS.items():
        trajectory(name, *run)
    lbfgs("lbfgs", [[-1.25, 0.5, 2.0], [1.0, 1.5, -1.0]], max_iter=1, history_size=3, lr=0.5)
    lbfgs("lbfgs_iterations", [[-1.25, 0.5, 2.0], [1.0, 1.5, -1.0]], max_iter=3)
    runs = [(0.1, 0.0, 0, 10), (0.001, 0.0001, 5, 20), (0.5, 0.01, 2, 7)]
    keys = "lr", "min_lr", "warmup", "steps"
    write("optim", "schedule_cosine", "float64", cases=[
        {"attrs": dict(zip(keys, run)), "lr": [ten(v) for v in cosine(*run)]} for run in runs])
    schedules()
    swa = torch.optim.swa_utils
    averages("ema", lambda m: swa.AveragedModel(m, multi_avg_fn=swa.get_ema_multi_avg_fn(0.9)), decay=0.9)
    averages("swa", swa.AveragedModel)
    r = Random("clip_grad_value")
    write("optim", "clip_grad_value", "float64", cases=[clip_value(r, 0.5, 1.0), clip_value(r, 2.0, 0.5)])
    r = Random("clip_grad_norm")
    write("optim", "clip_grad_norm", "float64", cases=[clip(r, 1.0, 3.0), clip(r, 0.1, 0.5), clip(r, 50.0, 1.0)])


if __name__ == "__main__":
    main()
