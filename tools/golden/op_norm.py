"""layer_norm and rms_norm (over the last axis) and batch_norm of [N C], training and inference."""
import torch.nn.functional as F

from golden import Random, case, write_op


def layer_norm(x, weight, bias, eps):
    return F.layer_norm(x, x.shape[-1:], weight, bias, eps)


def rms_norm(x, weight, eps):
    return F.rms_norm(x, x.shape[-1:], weight, eps)


def batch_norm(x, weight, bias, running_mean, running_var, training, momentum, eps):
    mean, var = running_mean.clone(), running_var.clone()
    y = F.batch_norm(x, mean, var, weight, bias, training, momentum, eps)
    return (y, mean, var) if training else y


def main():
    r = Random("layer_norm")
    write_op("layer_norm", [
        case(r, layer_norm, [r.normal(3, 7), r.normal(7), r.normal(7)], eps=1e-5),
        case(r, layer_norm, [r.normal(2, 3, 4, scale=5), r.normal(4), r.normal(4)], eps=1e-3),
    ])
    r = Random("rms_norm")
    write_op("rms_norm", [
        case(r, rms_norm, [r.normal(3, 7), r.normal(7)], eps=1e-5),
        case(r, rms_norm, [r.normal(2, 3, 4, scale=5), r.normal(4)], eps=1e-3),
    ])
    r = Random("batch_norm")
    cases = []
    for n, c, training in (6, 3, True), (9, 5, True), (4, 3, False):
        xs = [r.normal(n, c, scale=2), r.normal(c), r.normal(c), r.normal(c), r.uniform(0.2, 3, c)]
        cases.append(case(r, batch_norm, xs, fixed=(3, 4), training=training, momentum=0.1, eps=1e-5))
    write_op("batch_norm", cases)


if __name__ == "__main__":
    main()
