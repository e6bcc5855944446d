"""Linear with weight norm and with spectral norm: state, buffers after, value and gradients."""
import torch
from torch import nn
from torch.nn.utils import parametrizations

from golden import Random, short, ten, tensor, write


def case(r, module, x, training, iterations=0):
    module = module.double()
    for p in module.parameters():
        p.data = r.normal(*p.shape)
    for b in module.buffers():
        b.data = torch.nn.functional.normalize(r.normal(*b.shape), dim=0).float().double()
    module.train(training)
    state = {name: tensor(t, short) for name, t in module.state_dict().items()}
    x = x.clone().requires_grad_()
    y = module(x)
    g = r.normal(*y.shape)
    y.backward(g)
    return {
        "attrs": {"training": training, "iterations": iterations},
        "state": state,
        "buffers": {name: tensor(b, ten) for name, b in module.named_buffers()},
        "inputs": [tensor(x, short)],
        "output": tensor(y, ten),
        "grad_output": tensor(g, short),
        "grads": [tensor(x.grad, ten)],
        "grad_state": {name: tensor(p.grad, ten) for name, p in module.named_parameters()},
    }


def main():
    r = Random("weight_norm")
    write("nn", "weight_norm", "float64", cases=[case(r, parametrizations.weight_norm(nn.Linear(3, 4)), r.normal(2, 3), True)])
    r = Random("spectral_norm")
    write("nn", "spectral_norm", "float64", cases=[
        case(r, parametrizations.spectral_norm(nn.Linear(3, 4)), r.normal(2, 3), True),
        case(r, parametrizations.spectral_norm(nn.Linear(3, 4), n_power_iterations=3), r.normal(2, 3), True, 3),
        case(r, parametrizations.spectral_norm(nn.Linear(3, 4)), r.normal(2, 3), False)])


if __name__ == "__main__":
    main()
