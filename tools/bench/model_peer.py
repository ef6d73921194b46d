#!/usr/bin/env python3
"""The model's parts written with PyTorch, as its published code does them, for comparison.

model_peer.py CASE PARAMETERS.json FOLDER: reads FOLDER/inputs.safetensors, prints one line of JSON with seconds,
peak memory and what it computed. Exit status 3 where PyTorch is missing.
"""
import json
import math
import resource
import struct
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)


def load(file):
    """Tensors of a safetensors file of float32."""
    with open(file, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        data = bytearray(stream.read())
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = values.reshape(entry["shape"]).clone()
    return tensors


def peak_memory_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work, rounds):
    """Seconds of the fastest round, and the last result."""
    best = math.inf
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result


def direct_functional_loss(p1, n1, p2, n2, tau=0.1):
    """Every (a, b) with its 3N negatives, as the published code forms them."""
    pairs, points, _ = p1.shape
    positive = torch.einsum("pae,pbe->pab", p1, p2)
    negative = torch.cat([torch.einsum("pbe,pke->pbk", p1, n2), torch.einsum("pbe,pke->pbk", p2, n1),
                          torch.einsum("pbe,pke->pbk", n1, n2)], dim=2)
    negative = negative.unsqueeze(1).expand(-1, points, -1, -1)
    logits = torch.cat([positive.unsqueeze(3), negative], dim=3) / tau
    targets = torch.zeros(pairs * points * points, dtype=torch.long)
    return F.cross_entropy(logits.reshape(-1, 1 + 3 * points), targets)


def functional_loss(parameters, inputs):
    sets = [inputs[name].requires_grad_() for name in ("p1", "n1", "p2", "n2")]
    before = peak_memory_mb()

    def step():
        for tensor in sets:
            tensor.grad = None
        loss = direct_functional_loss(*sets)
        loss.backward()
        return loss.item()

    seconds, loss = timed(step, parameters["peer_rounds"])
    return {"seconds": seconds, "loss": loss, "memory_mb": peak_memory_mb() - before}


class Head(torch.nn.Module):
    """Figure 4 of the paper, block by block and point by point."""

    def __init__(self, weights, crop_px):
        super().__init__()
        self.crop_px = crop_px
        self.weights = torch.nn.ParameterDict({name.replace(".", "_"): torch.nn.Parameter(value)
                                               for name, value in weights.items()})

    def forward(self, features, pixels, text):
        w = self.weights
        mix = w["image_embedder_w"].softmax(0)
        tokens = sum(mix[i] * F.linear(block.permute(0, 2, 3, 1), w["image_embedder_lin_proj_weight"])
                     for i, block in enumerate(features))
        tokens = F.normalize(tokens, dim=-1).permute(0, 3, 1, 2)
        grid = (2 * pixels / self.crop_px - 1).unsqueeze(1)
        sampled = F.grid_sample(tokens, grid, align_corners=False).squeeze(2).transpose(1, 2)
        both = torch.cat([sampled, text.unsqueeze(1).expand(-1, sampled.shape[1], -1)], dim=2)
        hidden = F.relu(F.linear(both, w["mlp_conditioner_mlp_0_weight"], w["mlp_conditioner_mlp_0_bias"]))
        hidden = F.relu(F.linear(hidden, w["mlp_conditioner_mlp_2_weight"], w["mlp_conditioner_mlp_2_bias"]))
        return F.normalize(F.linear(hidden, w["mlp_conditioner_mlp_4_weight"]), dim=-1)

    def mask(self, embeddings):
        return F.linear(embeddings, self.weights["mask_projection_weight"], self.weights["mask_projection_bias"])


def head_step(parameters, inputs):
    head = Head({name[5:]: value for name, value in inputs.items() if name.startswith("head.")},
                parameters["crop_px"])
    i = inputs

    def step():
        head.zero_grad()
        e = {}
        for which in ("1", "2"):
            for kind in ("p", "n"):
                e[kind + which] = head(i["features_" + which], i[kind + which], i["text"])
        functional = direct_functional_loss(e["p1"], e["n1"], e["p2"], e["n2"])
        bce = F.binary_cross_entropy_with_logits
        logits = {name: head.mask(value) for name, value in e.items()}
        mask = sum(bce(value, torch.full_like(value, float(name[0] == "p"))) for name, value in logits.items()) / 4
        s1, s2 = head(i["features_1"], i["s1"], i["text"]), head(i["features_2"], i["s2"], i["text"])
        similarity = torch.bmm(s1, s2.transpose(1, 2)) / 0.1
        targets = torch.arange(s1.shape[1]).repeat(s1.shape[0])
        spatial = F.cross_entropy(similarity.reshape(-1, s1.shape[1]), targets)
        total = (functional + mask + 10 * spatial) / 12
        total.backward()
        return total.item()

    seconds, loss = timed(step, parameters["peer_rounds"])
    return {"seconds": seconds, "loss": loss, "memory_mb": peak_memory_mb()}


def dinov2_blocks(w, images, heads, layers):
    """The last blocks' patch tokens, by PyTorch's own layers."""
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    x = F.conv2d((images - mean) / deviation, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=14)
    rows, columns = x.shape[2:]
    x = x.flatten(2).transpose(1, 2)
    x = torch.cat([w["cls_token"].expand(x.shape[0], -1, -1), x], dim=1)
    grid = w["pos_embed"][:, 1:].reshape(1, 37, 37, -1).permute(0, 3, 1, 2)
    grid = torch._C._nn.upsample_bicubic2d(grid, (rows, columns), False, (rows + 0.1) / 37, (columns + 0.1) / 37)
    x = x + torch.cat([w["pos_embed"][:, :1], grid.flatten(2).transpose(1, 2)], dim=1)
    depth = sum(name.endswith("norm1.weight") for name in w)
    outputs = []
    for i in range(depth):
        b = {name[len(f"blocks.{i}."):]: value for name, value in w.items() if name.startswith(f"blocks.{i}.")}
        y = F.layer_norm(x, x.shape[-1:], b["norm1.weight"], b["norm1.bias"], 1e-6)
        n, tokens, width = y.shape
        qkv = F.linear(y, b["attn.qkv.weight"], b["attn.qkv.bias"])
        q, k, v = qkv.reshape(n, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        attention = (q * (width // heads) ** -0.5 @ k.transpose(-2, -1)).softmax(dim=-1)
        y = (attention @ v).transpose(1, 2).reshape(n, tokens, width)
        x = x + F.linear(y, b["attn.proj.weight"], b["attn.proj.bias"]) * b["ls1.gamma"]
        y = F.layer_norm(x, x.shape[-1:], b["norm2.weight"], b["norm2.bias"], 1e-6)
        y = F.gelu(F.linear(y, b["mlp.fc1.weight"], b["mlp.fc1.bias"]))
        x = x + F.linear(y, b["mlp.fc2.weight"], b["mlp.fc2.bias"]) * b["ls2.gamma"]
        if i >= depth - layers:
            outputs.append(x[:, 1:].transpose(1, 2).reshape(n, width, rows, columns))
    return torch.stack(outputs)


def backbone(parameters, inputs):
    images = inputs.pop("images")
    with torch.no_grad():
        seconds, features = timed(lambda: dinov2_blocks(inputs, images, parameters["heads"], 3),
                                  parameters["peer_rounds"])
    return {"seconds": seconds, "images_per_second": len(images) / seconds,
            "mean_absolute": features.abs().mean().item(), "last": features[-1, 0, :4, 0, 0].tolist()}


def discovery(parameters, inputs):
    """All similarities of the object's pixels with every pixel of the other image, there and back, for both images."""
    f1, f2 = inputs["f1"], inputs["f2"]
    mask_1, mask_2 = inputs["mask_1"] > 0, inputs["mask_2"] > 0
    side = parameters["crop_px"]
    before = peak_memory_mb()

    def best_in(source, target, mask):
        similarity = source @ target.t()
        similarity[:, ~mask] = -1
        return similarity.max(dim=1)

    def rank(f1, f2, mask_1, mask_2):
        value, there = best_in(f1[mask_1], f2, mask_2)
        _, back = best_in(f2[there], f1, mask_1)
        pixels = mask_1.nonzero().squeeze(1)
        distance = torch.hypot((pixels % side - back % side).float(), (pixels // side - back // side).float())
        scaled = [(v - v.min()) / (v.max() - v.min()) for v in (distance, value)]
        return ((1 - scaled[0]) * scaled[1]).argsort(descending=True), there

    def both():
        _, there = rank(f1, f2, mask_1, mask_2)
        rank(f2, f1, mask_2, mask_1)
        return there

    seconds, there = timed(both, parameters["peer_rounds"])
    return {"seconds": seconds, "memory_mb": peak_memory_mb() - before, "sum_of_matches": int(there.sum())}


def factorised_functional_loss(p1, n1, p2, n2, tau=0.1):
    """The same value as direct_functional_loss: the negatives do not depend on a."""
    positive = torch.einsum("pae,pbe->pab", p1, p2) / tau
    negative = torch.cat([torch.einsum("pbe,pke->pbk", p1, n2), torch.einsum("pbe,pke->pbk", p2, n1),
                          torch.einsum("pbe,pke->pbk", n1, n2)], dim=2) / tau
    return F.softplus(negative.logsumexp(2).unsqueeze(1) - positive).mean()


def training_step(parameters, inputs):
    """Backbone, head, losses, backward pass and optimiser, with the factorised loss."""
    i = inputs
    weights = {name[len("backbone."):]: value for name, value in i.items() if name.startswith("backbone.")}
    head = Head({name[len("head."):]: value for name, value in i.items() if name.startswith("head.")},
                parameters["crop_px"])
    optimizer = torch.optim.AdamW(head.parameters(), 1e-4)
    losses = []

    def step():
        optimizer.zero_grad()
        with torch.no_grad():
            features_1, features_2 = dinov2_blocks(weights, i["images"], parameters["heads"], 3).chunk(2, dim=1)
            spatial_1, spatial_2 = dinov2_blocks(weights, i["spatial_images"], parameters["heads"], 3).chunk(2, dim=1)
        p1, n1, p2, n2 = i["functional_xy"]
        e1 = head(features_1, torch.cat([p1, n1], dim=1), i["text"]).chunk(2, dim=1)
        e2 = head(features_2, torch.cat([p2, n2], dim=1), i["text"]).chunk(2, dim=1)
        functional = factorised_functional_loss(e1[0], e1[1], e2[0], e2[1])
        bce = F.binary_cross_entropy_with_logits
        mask = sum(bce(head.mask(value), torch.full(value.shape[:2], target).unsqueeze(2))
                   for value, target in ((e1[0], 1.0), (e1[1], 0.0), (e2[0], 1.0), (e2[1], 0.0))) / 4
        s1, s2 = (head(f, xy, i["spatial_text"]) for f, xy in zip((spatial_1, spatial_2), i["spatial_xy"]))
        similarity = torch.bmm(s1, s2.transpose(1, 2)) / 0.1
        targets = torch.arange(s1.shape[1]).repeat(s1.shape[0])
        spatial = F.cross_entropy(similarity.reshape(-1, s1.shape[1]), targets)
        total = (functional + mask + 10 * spatial) / 12
        total.backward()
        optimizer.step()
        losses.append(total.item())

    step()
    seconds, _ = timed(step, parameters["peer_rounds"])
    return {"seconds": seconds, "loss": losses[0]}


CASES = {"functional_loss": functional_loss, "head_step": head_step, "backbone": backbone, "discovery": discovery,
         "training_step": training_step}

if __name__ == "__main__":
    case, file, folder = sys.argv[1:]
    with open(file) as stream:
        settings = json.load(stream)
    torch.set_num_threads(settings["threads"])
    print(json.dumps(CASES[case](settings, load(folder + "/inputs.safetensors"))))
