"""Networks as plain functions over named weights, for tensor_fixtures.py and tensor_steps.py.

P is a dict of weights by name, stored [in, out] (x @ W + b) under the names the tensor room uses.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

EPSILON = 1e-5


def norm(x, P, name):
    return F.layer_norm(x, x.shape[-1:], P[f"{name}.scale"], P[f"{name}.shift"], EPSILON)


def linear(x, P, name):
    weight = P[f"{name}.weight"]
    flat = torch.addmm(P[f"{name}.bias"], x.reshape(-1, weight.shape[0]), weight)
    return flat.view(*x.shape[:-1], weight.shape[1])


def split_heads(x, heads):
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def join_heads(x):
    batch, heads, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * width)


def plain_attention(q, k, v):
    """Causal softmax attention, the textbook form. q, k, v [batch, heads, length, width]."""
    length = q.shape[2]
    ahead = torch.full((length, length), -1e9, dtype=q.dtype).triu(1)
    return torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + ahead, -1) @ v


def transformer(ids, P, blocks, heads, attention=plain_attention, sparse=False):
    """Hidden states [batch, length, width] of ids [batch, length]."""
    width = P["item"].shape[1]
    x = F.embedding(ids, P["item"], sparse=sparse) * math.sqrt(width) + P["positions"]
    for block in range(blocks):
        at = f"block{block}"
        h = norm(x, P, f"{at}.norm1")
        q, k, v = (
            split_heads(linear(h, P, f"{at}.attention.{part}"), heads)
            for part in ("query", "key", "value")
        )
        x = x + linear(join_heads(attention(q, k, v)), P, f"{at}.attention.output")
        h = F.gelu(linear(norm(x, P, f"{at}.norm2"), P, f"{at}.feed.in"))
        x = x + linear(h, P, f"{at}.feed.out")
    return norm(x, P, "norm")


def transformer_shapes(items, length, width, feed, blocks):
    shapes = {"item": [items, width], "positions": [length, width]}
    for block in range(blocks):
        at = f"block{block}"
        shapes |= norm_shapes(f"{at}.norm1", width)
        for part in ("query", "key", "value", "output"):
            shapes |= linear_shapes(f"{at}.attention.{part}", width, width)
        shapes |= norm_shapes(f"{at}.norm2", width)
        shapes |= linear_shapes(f"{at}.feed.in", width, feed)
        shapes |= linear_shapes(f"{at}.feed.out", feed, width)
    return shapes | norm_shapes("norm", width)


def norm_shapes(name, width):
    return {f"{name}.scale": [width], f"{name}.shift": [width]}


def linear_shapes(name, width, out):
    return {f"{name}.weight": [width, out], f"{name}.bias": [out]}


def cross_network(x0, P, layers):
    """DCN-V2 cross layers: x <- x0 * (x W + b) + x."""
    x = x0
    for layer in range(layers):
        x = x0 * linear(x, P, f"cross{layer}") + x
    return x


def recurrent_shapes(name, width, hidden, gates):
    return {
        f"{name}input.weight": [width, gates * hidden],
        f"{name}input.bias": [gates * hidden],
        f"{name}hidden.weight": [hidden, gates * hidden],
        f"{name}hidden.bias": [gates * hidden],
    }


def recurrent(layer, x, P, name=""):
    """One layer of torch.lstm or torch.gru from a zero start; x [batch, length, width]."""
    own = [P[f"{name}input.weight"].t(), P[f"{name}hidden.weight"].t()]
    own += [P[f"{name}input.bias"], P[f"{name}hidden.bias"]]
    zero = x.new_zeros(1, len(x), own[1].shape[1])
    state = (zero, zero) if layer is torch.lstm else zero
    return layer(x, state, own, True, 1, 0.0, False, False, True)


def start(shapes, rng, spread=0.3):
    """Scales near 1, vectors near 0, tables by spread, matrices by fan-in; float32 values."""
    values = {}
    for name, shape in shapes.items():
        draw = rng.standard_normal(shape)
        if name.endswith(".scale"):
            draw = 1 + 0.1 * draw
        elif len(shape) == 1:
            draw = 0.1 * draw
        elif name in ("item", "positions") or "table" in name:
            draw = spread * draw
        else:
            draw = draw / math.sqrt(math.prod(shape[1:]) if len(shape) == 4 else shape[0])
        values[name] = draw.astype(np.float32)
    return values


def normal(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def integers(rng, high, *shape):
    return rng.integers(0, high, shape).astype(np.int32)


def floats(*values):
    return np.array(values, np.float32)


def ints(*values):
    return np.array(values, np.int32)
