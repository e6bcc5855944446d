"""The activations: over both sides, at their kinks and far out."""
import torch
import torch.nn.functional as F

from golden import Random, case, exact, write_op

FAR = [0, -1, 1, 3, -3, 6, -6, 12, -12, 1e-3, -1e-3, 40]


def activation(name, fn, **attrs):
    r = Random(name)
    write_op(name, [case(r, fn, [x], **attrs) for x in (r.normal(3, 5, scale=2), r.normal(2, 3, 3, scale=3), exact(FAR))])


def gate(name, fn):
    r = Random(name)
    write_op(name, [case(r, fn, [r.normal(*shape, scale=2)]) for shape in ((3, 8), (2, 3, 6), (2,))])


def halves(f):
    def fn(x):
        a, b = x.chunk(2, -1)
        return a * f(b)
    return fn


def main():
    activation("gelu", F.gelu)
    activation("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"))
    activation("silu", F.silu)
    activation("mish", F.mish)
    activation("softplus", lambda x, beta: F.softplus(x, beta), beta=1.5)
    activation("softsign", F.softsign)
    activation("elu", lambda x, alpha: F.elu(x, alpha), alpha=0.75)
    activation("selu", F.selu)
    activation("celu", lambda x, alpha: F.celu(x, alpha), alpha=2.0)
    activation("leaky_relu", lambda x, slope: F.leaky_relu(x, slope), slope=0.2)
    activation("hard_tanh", F.hardtanh)
    activation("relu6", F.relu6)
    activation("hard_sigmoid", F.hardsigmoid)
    activation("hard_swish", F.hardswish)
    activation("softmin", lambda x: F.softmin(x, -1))
    gate("glu", F.glu)
    gate("swiglu", halves(F.silu))  # the formula: PyTorch has no such function
    gate("geglu", halves(F.gelu))
    gate("reglu", halves(F.relu))
    r = Random("prelu")
    shapes = [((3, 5), 5), ((2, 3, 4), 3), ((2, 3, 4), 1)]
    write_op("prelu", [case(r, F.prelu, [r.choice([-1.5, -0.25, 0, 0.5, 2], *x), r.normal(w)]) for x, w in shapes])


if __name__ == "__main__":
    main()
