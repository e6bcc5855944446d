"""Scaled dot-product attention: plain, causal, grouped heads, a mask that is added. Rotary position embedding, in complex numbers."""
import torch
import torch.nn.functional as F

from golden import Random, case, write_op


def sdpa(q, k, v, mask=None, is_causal=False, scale=0.5):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal, scale=scale, enable_gqa=True)


def rope(x, start, base, interleaved):
    t, d = x.shape[-2:]
    angle = torch.outer(torch.arange(start, start + t), base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d))
    pairs = x.unflatten(-1, (d // 2, 2)) if interleaved else x.unflatten(-1, (2, d // 2)).transpose(-1, -2)
    z = torch.view_as_complex(pairs.contiguous()) * torch.polar(torch.ones_like(angle), angle)
    y = torch.view_as_real(z)
    return (y if interleaved else y.transpose(-1, -2)).flatten(-2)


def main():
    r = Random("sdpa")

    def qkv(b, h, kv, t, s, d):
        return [r.normal(b, h, t, d), r.normal(b, kv, s, d), r.normal(b, kv, s, d)]

    write_op("sdpa", [
        case(r, sdpa, qkv(2, 2, 2, 3, 5, 4), is_causal=False, scale=0.5),
        case(r, sdpa, qkv(1, 4, 2, 6, 6, 3), is_causal=True, scale=0.7),
        case(r, sdpa, qkv(1, 2, 1, 3, 4, 5) + [r.normal(1, 2, 3, 4)], fixed=(3,), is_causal=False, scale=0.4),
    ])
    r = Random("rope")
    write_op("rope", [
        case(r, lambda x, **a: rope(x, a["from"], a["base"], a["interleaved"]), [r.normal(2, 5, 6)],
             **{"from": start, "base": base, "interleaved": interleaved})
        for start, base, interleaved in ((0, 10000, True), (7, 10000, False), (3, 100, True))
    ])


if __name__ == "__main__":
    main()
