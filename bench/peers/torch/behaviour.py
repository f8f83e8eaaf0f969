"""The behaviour Transformer in PyTorch: the twin of src/model/behaviour/network.ts.

Parameters have the names and layouts of ours (a weight is [in, out], x W + b), so that a safetensors
file goes either way as it is. Of items it knows their ids alone: content and context are not twinned.

shape       the record NetworkShape of ours: vocabulary, width, blocks, heads, length, hidden,
            dropout, positions ("relative" or "learned")
objective   negatives ("all" or how many), gbce (None or a share), logQ (None or [vocabulary])
batch       tokens, targets, segments, positions [rows, length] of int64, weights [rows, length],
            negatives [draws] of int64 where they are drawn
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

EPSILON = 1e-5  # of the norms, as ours
NEVER = -1e9  # far below any logit, and yet no infinity
SPREAD = 0.02  # deviation of fresh tables


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return F.layer_norm(x, x.shape[-1:], self.scale, self.shift, EPSILON)


class Linear(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(width, out)))
        self.bias = nn.Parameter(torch.zeros(out))

    def forward(self, x):
        flat = torch.addmm(self.bias, x.flatten(0, -2), self.weight)
        return flat.view(*x.shape[:-1], -1)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        for part in ("query", "key", "value", "output"):
            self.add_module(part, Linear(width, width))

    def forward(self, x, bias):
        rows, length, width = x.shape
        split = lambda part: part(x).view(rows, length, self.heads, -1).transpose(1, 2)
        q, k, v = split(self.query), split(self.key), split(self.value)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.output(mixed.transpose(1, 2).reshape(rows, length, width))


class Feed(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.add_module("in", Linear(width, hidden))
        self.out = Linear(hidden, width)

    def forward(self, x, drop):
        return self.out(drop(F.gelu(self.get_submodule("in")(x))))


class Block(nn.Module):
    """Causal attention, then the feed-forward part, each normalised before."""

    def __init__(self, shape):
        super().__init__()
        width, heads = shape["width"], shape["heads"]
        self.norm1, self.norm2 = Norm(width), Norm(width)
        self.attention = Attention(width, heads)
        self.feed = Feed(width, shape["hidden"])
        if shape["positions"] == "relative":
            self.position = nn.Parameter(SPREAD * torch.randn(shape["length"], heads))

    def forward(self, x, hides, behind, drop):
        bias = hides
        if behind is not None:
            bias = bias + self.position[behind].permute(2, 0, 1)
        x = x + drop(self.attention(self.norm1(x), bias))
        return x + drop(self.feed(self.norm2(x), drop))


class Behaviour(nn.Module):
    def __init__(self, shape, objective):
        super().__init__()
        for more in ("content", "context"):
            if shape.get(more):
                raise SystemExit(f"the twin reads items by their ids alone: no {more}")
        self.shape, self.objective = shape, objective
        self.items = nn.Parameter(SPREAD * torch.randn(shape["vocabulary"], shape["width"]))
        self.learns_places = shape["positions"] == "learned"
        if self.learns_places:
            self.places = nn.Parameter(SPREAD * torch.randn(shape["length"], shape["width"]))
        for block in range(shape["blocks"]):
            self.add_module(f"block{block}", Block(shape))
        self.norm = Norm(shape["width"])
        places = torch.arange(shape["length"])
        behind = (places[:, None] - places[None, :]).clamp(min=0)
        self.register_buffer("behind", behind, persistent=False)
        self.register_buffer("ahead", torch.ones_like(behind).triu(1) > 0, persistent=False)

    def states(self, batch):
        """What the model makes of each place, [rows, length, width]."""
        tokens, segments = batch["tokens"], batch["segments"]
        drop = lambda x: F.dropout(x, self.shape["dropout"], self.training)
        x = F.embedding(tokens, self.items) * math.sqrt(self.shape["width"])
        if self.learns_places:
            x = x + F.embedding(batch["positions"], self.places)
        other = segments[:, None, :, None] != segments[:, None, None, :]
        hides = NEVER * (other | self.ahead).to(x.dtype)
        x = drop(x)
        for block in range(self.shape["blocks"]):
            behind = None if self.learns_places else self.behind
            x = self.get_submodule(f"block{block}")(x, hides, behind, drop)
        return self.norm(x)

    def forward(self, batch):
        """The mean over all places of weight times loss: what is trained."""
        x = self.states(batch).flatten(0, 1)
        weights = batch["weights"].flatten()
        losses = self.losses(x, batch["targets"].flatten(), batch.get("negatives"))
        return (weights * losses).sum() / len(weights)

    def losses(self, x, targets, negatives):
        if negatives is None:
            return F.cross_entropy(x @ self.items.t(), targets, reduction="none")
        own = (x * F.embedding(targets, self.items)).sum(-1, keepdim=True)
        others = x @ F.embedding(negatives, self.items).t()
        log_q, gbce = self.objective.get("logQ"), self.objective.get("gbce")
        if log_q is not None and gbce is None:
            own, others = own - log_q[targets][:, None], others - log_q[negatives]
        others = others.masked_fill(targets[:, None] == negatives, NEVER)
        if gbce is not None:
            return self.calibrated(own[:, 0], others, gbce)
        first = torch.zeros_like(targets)
        return F.cross_entropy(torch.cat([own, others], 1), first, reduction="none")

    def calibrated(self, own, others, calibration):
        """gBCE, Petrov & Macdonald 2023."""
        draws = others.shape[1]
        rate = draws / (self.shape["vocabulary"] - 1)
        beta = rate * (calibration * (1 - 1 / rate) + 1 / rate)
        return (beta * F.softplus(-own) + F.softplus(others).sum(1)) / (draws + 1)


def as_batch(arrays):
    """Ids become 64 bits: PyTorch wants them so."""
    made = {}
    for name, array in arrays.items():
        tensor = torch.as_tensor(array)
        made[name] = tensor.long() if tensor.dtype == torch.int32 else tensor
    return made


def as_objective(record):
    """An objective as it stands in a file of ours."""
    log_q = record.get("logQ")
    return record | {"logQ": None if log_q is None else torch.tensor(log_q)}
