"""What tiktoken and Hugging Face's tokenizers make of texts: pip install tiktoken tokenizers.

Without arguments it writes data/token/testdata: a vocabulary trained by tokenizers on a part of Moby-Dick, as GPT-2's two
files and as a rank file, and the ids of texts by the two libraries.

    tokens.py RANKS SPLIT OUT

compares whole vocabularies: it writes to OUT what tiktoken makes of a megabyte of Moby-Dick and about 160,000 hard texts,
with the rank file RANKS and the pattern SPLIT (gpt2 or cl100k). Then
go test ./data/token -run TestWholeVocabulary -ranks RANKS -split SPLIT -against OUT compares. RANKS may also be GPT-2's
two files, vocab.json,merges.txt with a comma between them; then tokenizers is the reference.
"""
import base64
import gzip
import inspect
import json
import random
import sys

import tiktoken
import tiktoken_ext.openai_public as public
import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from golden import LIMIT, ROOT

OUT = ROOT / "data" / "token" / "testdata"
CL100K = next(l for l in inspect.getsource(public.cl100k_base).splitlines() if "pat_str" in l).split('r"""')[1].split('"""')[0]
PATTERN = {"gpt2": public.r50k_pat_str, "cl100k": CL100K}
END = "<|endoftext|>"

TEXTS = [
    "", " ", "a", "Call me Ishmael. Some years ago—never mind how long precisely—", "it's I'LL we've they're I'd I'm can't 'S 'sſ'ſ'Re'vE",
    "  two   spaces\n\n\tand  tabs \r\n \n x  ", " \n", "\n \n  a", "a \n ", "x\u00a0\u2003y\u2028\u3000z \u0085", "1234567 12 ٣٤٥٦ ½ Ⅷ x1y22z",
    "é e\u0301 ñ ß ﬁ ſ ǅ", "日本語と漢字、テスト。한국어 中文", "🙂👩‍👩‍👧‍👦🏳️‍🌈 👍🏽!", "...!!?\n\n--- (a) [b] {c};\r\n", "whale" * 25,
    "a" * 101, " " * 120 + "b", "the whale, " * 3, "<|endoftext|>", "x<|endoftext|>y <|endoftext|><|end", "\x00\x01\x7f\ufffd\ufeff", "\U0010ffff\ue000",
]


def moby():
    return gzip.decompress((ROOT / "dataset" / "moby-dick" / "moby-dick.txt.gz").read_bytes()).decode()


def alphabet():
    """GPT-2's character of each byte, in the order of its ids."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    return {**{chr(b): b for b in shown}, **{chr(256 + i): b for i, b in enumerate(hidden)}}


def read_ranks(path):
    with open(path, "rb") as f:
        return {base64.b64decode(a): int(b) for a, b in (line.split() for line in f)}


def by_ranks(ranks, split, special):
    return tiktoken.Encoding(split, pat_str=PATTERN[split], mergeable_ranks=ranks, special_tokens=special)


def by_merges(vocab, merges):
    t = Tokenizer(models.BPE.from_file(str(vocab), str(merges)))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return t


def train(text, size):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=[], show_progress=False))
    return t


def put(name, text):
    assert len(text.encode()) < LIMIT, name
    (OUT / name).write_text(text, newline="")


def write():
    OUT.mkdir(parents=True, exist_ok=True)
    corpus = moby()[:16000]
    put("corpus.txt", corpus)
    t = train(corpus, 600)
    byte = alphabet()
    model = json.loads(t.to_str())["model"]
    vocab = sorted(model["vocab"].items(), key=lambda e: e[1])
    ranks = {bytes(byte[c] for c in k): i for k, i in vocab}
    put("small.tiktoken", "".join(f"{base64.b64encode(k).decode()} {i}\n" for k, i in ranks.items()))
    put("vocab.json", json.dumps(dict(vocab) | {END: len(vocab)}) + "\n")
    put("merges.txt", "#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in model["merges"]))
    special = {END: len(vocab)}
    cases = []
    for text in TEXTS:
        case = {"text": text}
        for split in PATTERN:
            e = by_ranks(ranks, split, special)
            case[split] = e.encode_ordinary(text)
            if END in text:
                case[split + "_special"] = e.encode(text, allowed_special="all")
        case["merges"] = t.encode(text).ids
        cases.append(json.dumps(case, separators=(",", ":"), ensure_ascii=False))
    source = f"tiktoken {tiktoken.__version__}, tokenizers {tokenizers.__version__}"
    put("tokens.json", '{"source": %s, "cases": [\n%s\n]}\n' % (json.dumps(source), ",\n".join(cases)))


def hard():
    """Texts on which tokenizers differ: drawn from a fixed seed, then every assigned block's characters."""
    r = random.Random(1)
    book = moby()
    yield book
    for _ in range(300):
        at = r.randrange(len(book))
        yield book[at:at + r.randrange(500)]
    pools = ["abc '’sSſtTrelLvVmMdD", "  \n\r\t\v\f\x85\xa0\u2028\u3000a1.", "0123456789٣½Ⅷ a", "日本語漢字テスト、。한국어 中文",
             "🙂👩‍👩‍👧‍👦🏳️‍🌈 é e\u0301 ñ ß", "ab'\n .!?-—“”", "aaaa bbbb    "]
    for _ in range(20000):
        pool = r.choice(pools) + r.choice(pools)
        yield "".join(r.choice(pool) for _ in range(r.randrange(1, 40)))
    for _ in range(3000):
        raw = bytes(r.randrange(256) for _ in range(r.randrange(1, 80)))
        yield raw.decode("latin-1")
        yield raw.decode("utf8", "replace")
        yield "".join(chr(c) for c in (r.randrange(0x110000) for _ in range(r.randrange(1, 30))) if not 0xd800 <= c < 0xe000)
    for n in (95, 96, 97, 500, 501, 3000, 20000):
        yield from ("a" * n, "".join(r.choice("abcdefgh") for _ in range(n)), "中文字" * min(n, 5000), " " * n + "x", "-=" * n)
    for c in (*range(0x80, 0x3400), *range(0xa000, 0xac00), *range(0xd7a0, 0xd800), *range(0xe000, 0x20000), *range(0x2a600, 0x34000)):
        c = chr(c)
        yield f"a{c}b{c}1{c}{c} {c}b"


def compare(ranks, split, out):
    if "," in ranks:
        t = by_merges(*ranks.split(","))
        encode = lambda text: t.encode(text).ids
    else:
        encode = by_ranks(read_ranks(ranks), split, {}).encode_ordinary
    with open(out, "w") as f:
        for text in hard():
            f.write(json.dumps({"text": text, "ids": encode(text)}) + "\n")


def main():
    write()


if __name__ == "__main__":
    compare(*sys.argv[1:]) if len(sys.argv) == 4 else main()
