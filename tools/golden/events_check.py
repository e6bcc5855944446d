"""Has TensorBoard read the event files of a run's folder, and says what it found. Needs tensorboard.

    tools/golden/events_check.py runs/mnist-1
"""

import csv
import io
import json
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

run = sys.argv[1]
acc = EventAccumulator(run, size_guidance={"scalars": 0, "histograms": 0, "images": 0, "tensors": 0})
acc.Reload()
tags = acc.Tags()
print("scalars", tags["scalars"])
print("histograms", len(tags["histograms"]), "images", len(tags["images"]), "tensors", tags["tensors"], "graph", tags["graph"])

epochs = {}
with open(run + "/metrics.jsonl") as f:
    for line in f:
        e = json.loads(line)
        if e["event"] == "resume":
            epochs = {s: v for s, v in epochs.items() if s <= e["step"]}
        if e["event"] == "epoch":
            epochs[e["step"]] = e
for tag, part, name in [("train/epoch_loss", "train", "loss"), ("val/loss", "val", "loss"), ("val/accuracy", "val", "accuracy")]:
    want = {s: e[part][name] for s, e in epochs.items() if name in e.get(part, {})}
    got = {s.step: s.value for s in acc.Scalars(tag)} if want else {}
    assert got.keys() == want.keys(), (tag, got, want)
    assert all(abs(got[s] - want[s]) <= 1e-6 * max(1, abs(want[s])) for s in want), (tag, got, want)
    print(tag, len(got), "values, as in metrics.jsonl")
for tag in tags["histograms"]:
    for h in acc.Histograms(tag):
        v = h.histogram_value
        assert sum(v.bucket) == v.num > 0 and v.min <= v.max and abs(v.bucket_limit[-1] - v.max) < 1e-6, (tag, h)
for tag in tags["images"]:
    for i in acc.Images(tag):
        assert i.encoded_image_string.startswith(b"\x89PNG") and i.width > 0 and i.height > 0, tag
graph = acc.Graph()
names = {n.name for n in graph.node}
assert len(names) == len(graph.node) and all(i.split(":")[0] in names for n in graph.node for i in n.input)
print("graph", len(names), "nodes:", sorted(names)[:12])

port = 16006
board = subprocess.Popen([sys.executable, "-m", "tensorboard.main", "--logdir", run, "--port", str(port), "--load_fast=false"], stderr=subprocess.DEVNULL)


def get(path, **query):
    url = f"http://localhost:{port}/data/{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url) as r:
        return r.read()


try:
    for _ in range(100):
        try:
            if json.loads(get("plugin/scalars/tags")):
                break
        except OSError:
            pass
        time.sleep(0.5)
    time.sleep(2)
    for plugin in ["scalars", "histograms", "images", "graphs", "text"]:
        path = {"graphs": "info", "text": "tags"}.get(plugin, "tags")
        answer = json.loads(get(f"plugin/{plugin}/{path}"))
        print(plugin, {r: sorted(t) if isinstance(t, (dict, list)) else t for r, t in answer.items()})
    rows = list(csv.reader(io.StringIO(get("plugin/scalars/scalars", run=".", tag="train/epoch_loss", format="csv").decode())))
    print("scalars of train/epoch_loss:", rows[:3], "…", len(rows) - 1, "values")
    print("text:", get("plugin/text/text", run=".", tag="config")[:120])
    image = json.loads(get("plugin/images/images", run=".", tag=tags["images"][0], sample=0)) if tags["images"] else [{}]
    print("image:", image[0]["step"], image[0]["query"])
    tag = tags["histograms"][0]
    print("histogram", tag, str(json.loads(get("plugin/histograms/histograms", run=".", tag=tag))[0])[:120])
    print("graph:", get("plugin/graphs/graph", run=".", conceptual="false")[:160])
finally:
    board.terminate()
    board.wait()
