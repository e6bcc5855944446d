"""Writes train/events/testdata/tensorboard.tfevents by TensorBoard's own messages and record writer. Needs tensorboard."""

import os

from tensorboard.compat.proto import event_pb2, graph_pb2, summary_pb2, types_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "train", "events", "testdata", "tensorboard.tfevents")

Value = summary_pb2.Summary.Value


def event(**fields):
    return event_pb2.Event(wall_time=1700000000.5, **fields)


def text(tag, markdown):
    v = Value(tag=tag)
    v.tensor.dtype = types_pb2.DT_STRING
    v.tensor.tensor_shape.SetInParent()
    v.tensor.string_val.append(markdown.encode())
    v.metadata.plugin_data.plugin_name = "text"
    v.metadata.data_class = summary_pb2.DATA_CLASS_TENSOR
    return v


def graph():
    g = graph_pb2.GraphDef()
    x = g.node.add(name="input", op="Placeholder")
    shape = x.attr["_output_shapes"].list.shape.add()
    shape.dim.add(size=64)
    shape.dim.add(size=784)
    y = g.node.add(name="fc1/linear", op="linear", input=["input"])
    y.attr["_output_shapes"].list.shape.add().dim.add(size=64)
    g.versions.producer = 22
    return g


histogram = summary_pb2.HistogramProto(
    min=-1, max=2, num=4, sum=1.5, sum_squares=5.25, bucket_limit=[-0.5, 0.5, 2], bucket=[1, 1, 2]
)
image = Value.Image if hasattr(Value, "Image") else summary_pb2.Summary.Image
events = [
    event(file_version="brain.Event:2"),
    event(session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)),
    event(step=3, graph_def=graph().SerializeToString(deterministic=True)),
    event(step=3, summary=summary_pb2.Summary(value=[text("config", "lr: *0.1*")])),
    event(
        step=100,
        summary=summary_pb2.Summary(
            value=[
                Value(tag="train/loss", simple_value=0.25),
                Value(tag="val/loss", simple_value=0),
                Value(tag="weights/fc1", histo=histogram),
                Value(tag="sample", image=image(height=2, width=3, colorspace=1, encoded_image_string=b"\x89PNG not really")),
            ]
        ),
    ),
]
with open(PATH, "wb") as f:
    w = RecordWriter(f)
    for e in events:
        w.write(e.SerializeToString(deterministic=True))
