#!/usr/bin/env python3
"""Writes the files beside it: small backbones with random weights in the layouts that are published, and the patch
tokens that they give for image.npy, computed here from the papers' definitions in float64, one head at a time.

Needs PyTorch and NumPy: /usr/bin/python3 make_fixtures.py
"""
import json
import math
import pathlib
import struct

import numpy
import torch

FOLDER = pathlib.Path(__file__).parent
WIDTH, HEADS, DEPTH, PATCH, HIDDEN = 16, 2, 2, 4, 20


def random(*shape, scale=1.0):
    """Float32 values, as they are stored; computed with in float64."""
    return (torch.randn(*shape) * scale).float()


def linear(weights, name, outputs, inputs):
    weights[name + ".weight"] = random(outputs, inputs, scale=1.5 / math.sqrt(inputs))
    weights[name + ".bias"] = random(outputs, scale=0.3)


def norm(weights, name):
    weights[name + ".weight"] = 1 + random(WIDTH, scale=0.2)
    weights[name + ".bias"] = random(WIDTH, scale=0.2)


def apply_linear(weights, name, x):
    return x @ weights[name + ".weight"].double().T + weights[name + ".bias"].double()


def apply_norm(weights, name, x, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    variance = (centred ** 2).mean(-1, keepdim=True)
    return centred / (variance + epsilon).sqrt() * weights[name + ".weight"].double() + weights[name + ".bias"].double()


def patches_of(image, weight, bias):
    """Tokens [B, N, C] of the patches, row by row."""
    batch, _, height, width = image.shape
    rows, columns = height // PATCH, width // PATCH
    cut = image.reshape(batch, 3, rows, PATCH, columns, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, -1)
    return cut @ weight.double().reshape(WIDTH, -1).T + bias.double(), rows, columns


def attend(q, k, v, turn=None):
    """turn: complex numbers [N, d/2] that rotate each pair (i, i + d/2) of a head's channels."""
    d = WIDTH // HEADS
    outputs = []
    for head in range(HEADS):
        part = slice(head * d, (head + 1) * d)
        qh, kh, vh = q[..., part], k[..., part], v[..., part]
        if turn is not None:
            qh, kh = (torch.complex(x[..., :d // 2], x[..., d // 2:]) * turn for x in (qh, kh))
            scores = (qh @ kh.conj().transpose(-2, -1)).real
        else:
            scores = qh @ kh.transpose(-2, -1)
        outputs.append((scores / math.sqrt(d)).softmax(-1) @ vh)
    return torch.cat(outputs, -1)


def safetensors(file, tensors):
    header, data = {}, b""
    for name, tensor in sorted(tensors.items()):
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def save_folder(name, tensors, config):
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    safetensors(folder / "model.safetensors", tensors)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")


def save_tokens(name, blocks):
    """[blocks, B, N, C]"""
    numpy.save(FOLDER / (name + "_tokens.npy"), torch.stack(blocks).float().numpy())


# DINOv3 (Siméoni et al. 2025): rotary positions with the patches' centres in -1 ... 1 along each axis, register tokens,
# layer scale, keys without bias; `gated`: a SwiGLU MLP and no bias for queries and values either, as in the 7B.

def dinov3_weights(gated, base):
    w = {"cls_token": random(1, 1, WIDTH), "storage_tokens": random(1, 4, WIDTH), "mask_token": random(1, WIDTH),
         "patch_embed.proj.weight": random(WIDTH, 3, PATCH, PATCH, scale=0.15), "patch_embed.proj.bias": random(WIDTH)}
    quarter = WIDTH // HEADS // 4
    w["rope_embed.periods"] = torch.tensor([base ** (i / quarter) for i in range(quarter)], dtype=torch.float64).float()
    for i in range(DEPTH):
        block = f"blocks.{i}."
        for name in ("norm1", "norm2"):
            norm(w, block + name)
        linear(w, block + "attn.qkv", 3 * WIDTH, WIDTH)
        if gated:
            del w[block + "attn.qkv.bias"]
        else:  # what is masked may hold anything
            w[block + "attn.qkv.bias_mask"] = torch.cat([torch.ones(WIDTH), torch.zeros(WIDTH), torch.ones(WIDTH)])
        linear(w, block + "attn.proj", WIDTH, WIDTH)
        w[block + "ls1.gamma"], w[block + "ls2.gamma"] = random(WIDTH), random(WIDTH)
        if gated:
            linear(w, block + "mlp.w1", HIDDEN, WIDTH)
            linear(w, block + "mlp.w2", HIDDEN, WIDTH)
            linear(w, block + "mlp.w3", WIDTH, HIDDEN)
        else:
            linear(w, block + "mlp.fc1", HIDDEN, WIDTH)
            linear(w, block + "mlp.fc2", WIDTH, HIDDEN)
    norm(w, "norm")
    return w


def dinov3_tokens(w, image, gated, base):
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).reshape(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).reshape(1, 3, 1, 1)
    x, rows, columns = patches_of((image.double() - mean) / deviation, w["patch_embed.proj.weight"],
                                  w["patch_embed.proj.bias"])
    before = torch.cat([w["cls_token"], w["storage_tokens"]], 1).double().expand(len(x), -1, -1)
    x = torch.cat([before, x], 1)

    quarter = WIDTH // HEADS // 4
    turn = torch.ones(x.shape[1], 2 * quarter, dtype=torch.complex128)
    for row in range(rows):
        for column in range(columns):
            y, across = 2 * (row + 0.5) / rows - 1, 2 * (column + 0.5) / columns - 1
            for axis, coordinate in enumerate((y, across)):
                for i in range(quarter):
                    angle = 2 * math.pi * coordinate / base ** (i / quarter)
                    turn[before.shape[1] + row * columns + column, axis * quarter + i] = complex(math.cos(angle),
                                                                                                math.sin(angle))
    blocks = []
    for i in range(DEPTH):
        block = f"blocks.{i}."
        y = apply_norm(w, block + "norm1", x, 1e-5)
        q, k, v = (y @ m.T for m in w[block + "attn.qkv.weight"].double().chunk(3))
        if not gated:
            q_bias, _, v_bias = w[block + "attn.qkv.bias"].double().chunk(3)
            q, v = q + q_bias, v + v_bias
        x = x + apply_linear(w, block + "attn.proj", attend(q, k, v, turn)) * w[block + "ls1.gamma"].double()
        y = apply_norm(w, block + "norm2", x, 1e-5)
        if gated:
            gate = apply_linear(w, block + "mlp.w1", y)
            y = apply_linear(w, block + "mlp.w3", gate / (1 + torch.exp(-gate)) * apply_linear(w, block + "mlp.w2", y))
        else:
            y = apply_linear(w, block + "mlp.fc1", y)
            y = apply_linear(w, block + "mlp.fc2", y * 0.5 * (1 + torch.erf(y / math.sqrt(2))))
        x = x + y * w[block + "ls2.gamma"].double()
        blocks.append(x[:, before.shape[1]:])
    return blocks


def dinov3_as_hugging_face(w, gated):
    """The names of transformers' DINOv3ViTModel."""
    theirs = {"embeddings.cls_token": w["cls_token"], "embeddings.register_tokens": w["storage_tokens"],
              "embeddings.mask_token": w["mask_token"].unsqueeze(0),
              "embeddings.patch_embeddings.weight": w["patch_embed.proj.weight"],
              "embeddings.patch_embeddings.bias": w["patch_embed.proj.bias"],
              "norm.weight": w["norm.weight"], "norm.bias": w["norm.bias"]}
    names = {"norm1": "norm1", "norm2": "norm2", "attn.proj": "attention.o_proj"}
    names.update({"mlp.w1": "mlp.gate_proj", "mlp.w2": "mlp.up_proj", "mlp.w3": "mlp.down_proj"} if gated
                 else {"mlp.fc1": "mlp.up_proj", "mlp.fc2": "mlp.down_proj"})
    for i in range(DEPTH):
        ours, layer = f"blocks.{i}.", f"layer.{i}."
        for name, their in names.items():
            for kind in (".weight", ".bias"):
                theirs[layer + their + kind] = w[ours + name + kind]
        theirs[layer + "layer_scale1.lambda1"] = w[ours + "ls1.gamma"]
        theirs[layer + "layer_scale2.lambda1"] = w[ours + "ls2.gamma"]
        for name, weight in zip("qkv", w[ours + "attn.qkv.weight"].chunk(3)):
            theirs[f"{layer}attention.{name}_proj.weight"] = weight
        if not gated:
            for name, bias in zip("qkv", w[ours + "attn.qkv.bias"].chunk(3)):
                if name != "k":
                    theirs[f"{layer}attention.{name}_proj.bias"] = bias
    return theirs


# SigLIP's image tower (Zhai et al. 2023): no class token, a learned position embedding, GELU by its tanh formula.

def cubic_resize(grid, size):
    """[side, side, C] -> [rows, columns, C], bicubic with a = -0.75 between samples' centres, rims repeated."""
    def matrix(source, target):
        m = torch.zeros(target, source, dtype=torch.float64)
        for t in range(target):
            at = (t + 0.5) * source / target - 0.5
            for k in range(math.floor(at) - 1, math.floor(at) + 3):
                x, a = abs(at - k), -0.75
                value = (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1 if x <= 1 else a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a
                m[t, min(max(k, 0), source - 1)] += value
        return m
    return torch.einsum("ri,cj,ijd->rcd", matrix(grid.shape[0], size[0]), matrix(grid.shape[1], size[1]), grid)


def siglip_weights(side):
    w = {"embeddings.patch_embedding.weight": random(WIDTH, 3, PATCH, PATCH, scale=0.15),
         "embeddings.patch_embedding.bias": random(WIDTH),
         "embeddings.position_embedding.weight": random(side * side, WIDTH)}
    for i in range(DEPTH):
        layer = f"encoder.layers.{i}."
        for name in ("layer_norm1", "layer_norm2"):
            norm(w, layer + name)
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            linear(w, layer + "self_attn." + name, WIDTH, WIDTH)
        linear(w, layer + "mlp.fc1", HIDDEN, WIDTH)
        linear(w, layer + "mlp.fc2", WIDTH, HIDDEN)
    norm(w, "post_layernorm")
    return w


def siglip_tokens(w, image, side):
    x, rows, columns = patches_of((image.double() - 0.5) / 0.5, w["embeddings.patch_embedding.weight"],
                                  w["embeddings.patch_embedding.bias"])
    grid = w["embeddings.position_embedding.weight"].double().reshape(side, side, WIDTH)
    x = x + cubic_resize(grid, (rows, columns)).reshape(1, rows * columns, WIDTH)
    blocks = []
    for i in range(DEPTH):
        layer = f"encoder.layers.{i}."
        y = apply_norm(w, layer + "layer_norm1", x, 1e-6)
        q, k, v = (apply_linear(w, f"{layer}self_attn.{name}_proj", y) for name in "qkv")
        x = x + apply_linear(w, layer + "self_attn.out_proj", attend(q, k, v))
        y = apply_linear(w, layer + "mlp.fc1", apply_norm(w, layer + "layer_norm2", x, 1e-6))
        y = 0.5 * y * (1 + torch.tanh(math.sqrt(2 / math.pi) * (y + 0.044715 * y ** 3)))
        x = x + apply_linear(w, layer + "mlp.fc2", y)
        blocks.append(x)
    return blocks


def main():
    torch.manual_seed(16)
    image = torch.rand(2, 3, 24, 32)
    numpy.save(FOLDER / "image.npy", image.numpy())
    for name, gated, base in (("dinov3", False, 100.0), ("dinov3_gated", True, 30.0)):
        weights = dinov3_weights(gated, base)
        torch.save(weights, FOLDER / (name + ".pth"))
        save_folder(name + "_hf", dinov3_as_hugging_face(weights, gated),
                    {"model_type": "dinov3_vit", "hidden_size": WIDTH, "num_attention_heads": HEADS,
                     "layer_norm_eps": 1e-05, "rope_theta": base})
        save_tokens(name, dinov3_tokens(weights, image, gated, base))
    side = 4
    weights = siglip_weights(side)
    save_folder("siglip2", {"vision_model." + name: tensor for name, tensor in weights.items()},
                {"model_type": "siglip", "text_config": {"num_attention_heads": 5},
                 "vision_config": {"hidden_size": WIDTH, "num_attention_heads": HEADS, "layer_norm_eps": 1e-06,
                                   "hidden_act": "gelu_pytorch_tanh"}})
    save_tokens("siglip2", siglip_tokens(weights, image, side))
    save_tokens("siglip2_own_size", siglip_tokens(weights, image[:, :, :side * PATCH, :side * PATCH], side))


if __name__ == "__main__":
    main()
