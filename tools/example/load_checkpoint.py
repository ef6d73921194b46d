#!/usr/bin/env python3
"""Reads a checkpoint of funcorr-train into PyTorch where the package safetensors is missing.

load_checkpoint.py W/train/runs/full/final.safetensors: prints every tensor's name, shape and mean.
"""
import json
import struct
import sys

import torch

TYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "I64": torch.int64, "I32": torch.int32,
         "U8": torch.uint8}


def load_checkpoint(file):
    """Tensors by name, and the metadata: "step", and "config" as JSON."""
    with open(file, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        data = bytearray(stream.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(data[begin:end], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


if __name__ == "__main__":
    for name, tensor in load_checkpoint(sys.argv[1])[0].items():
        print(name, list(tensor.shape), f"{tensor.double().mean():.9g}")
