"""Scaled dot-product attention: plain, causal, grouped heads, a mask that is added."""
import torch.nn.functional as F

from golden import Random, case, write_op


def sdpa(q, k, v, mask=None, is_causal=False, scale=0.5):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, is_causal=is_causal, scale=scale, enable_gqa=True)


def main():
    r = Random("sdpa")

    def qkv(b, h, kv, t, s, d):
        return [r.normal(b, h, t, d), r.normal(b, kv, s, d), r.normal(b, kv, s, d)]

    write_op("sdpa", [
        case(r, sdpa, qkv(2, 2, 2, 3, 5, 4), is_causal=False, scale=0.5),
        case(r, sdpa, qkv(1, 4, 2, 6, 6, 3), is_causal=True, scale=0.7),
        case(r, sdpa, qkv(1, 2, 1, 3, 4, 5) + [r.normal(1, 2, 3, 4)], fixed=(3,), is_causal=False, scale=0.4),
    ])


if __name__ == "__main__":
    main()
