"""The losses of tensor_fixtures.py: each a formula in words, and the same formula in PyTorch."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

from tensor_blocks import floats, integers, ints, normal, start


@dataclass
class Case:
    """compute(inputs, parameters) -> (outputs by name, loss)."""

    name: str
    formula: str
    inputs: dict
    compute: Callable
    parameters: dict = field(default_factory=dict)
    sizes: dict = field(default_factory=dict)
    free: tuple = ()


def sampled_softmax_case(rng, corrected):
    popularity = floats(*(1 / (1 + np.arange(11))))
    log_q = np.log(popularity / popularity.sum()).astype(np.float32)
    targets = integers(rng, 11, 6)
    negatives = ints(0, 1, 0, 4, targets[2])

    def compute(inputs, P):
        t, n = inputs["targets"], inputs["negatives"]
        positive = (P["hidden"] * P["item"][t]).sum(1, keepdim=True)
        others = P["hidden"] @ P["item"][n].t()
        if corrected:
            positive = positive - inputs["logQ"][t][:, None]
            others = others - inputs["logQ"][n]
            others = others.masked_fill(n[None, :] == t[:, None], -torch.inf)
        logits = torch.cat([positive, others], 1)
        return {"rowLosses": logits.logsumexp(1) - positive[:, 0]}, F.cross_entropy(
            logits, torch.zeros(len(t), dtype=torch.long)
        )

    plain = (
        "z[i,0] = hidden_i . item[targets_i]; z[i,1+j] = hidden_i . item[negatives_j], the same "
        "negatives for every row (one of them drawn twice"
    )
    tail = "loss = mean over rows of logsumexp_j z[i,j] - z[i,0]"
    inputs = {"targets": targets, "negatives": negatives}
    return Case(
        "sampled-softmax-corrected" if corrected else "sampled-softmax",
        f"{plain}); log q of its item is taken off every logit, the target's own included (logQ "
        f"correction); a negative equal to the row's target is left out of that row; {tail}"
        if corrected
        else f"{plain}, one equal to a target: both stay in); {tail}",
        inputs | ({"logQ": log_q} if corrected else {}),
        compute,
        start({"item": [11, 4], "hidden": [6, 4]}, rng),
        dict(rows=6, width=4, items=11, negatives=5),
    )


def gbce_case(rng):
    items, negatives, calibration = 50, 4, 0.75
    rate = negatives / (items - 1)
    beta = rate * (calibration * (1 - 1 / rate) + 1 / rate)

    def compute(inputs, _):
        z = inputs["logits"]
        each = beta * F.softplus(-z[:, 0]) + F.softplus(z[:, 1:]).sum(1)
        return {}, (each / (negatives + 1)).mean()

    return Case(
        "gbce",
        "Petrov & Macdonald 2023: column 0 is the positive, the other k are negatives; rate = k / "
        "(items - 1); beta = rate * (calibration * (1 - 1/rate) + 1/rate); loss = mean over rows "
        "of (beta softplus(-z_0) + sum_j softplus(z_j)) / (k + 1)",
        {"logits": 2 * normal(rng, 5, 1 + negatives)},
        compute,
        sizes=dict(items=items, negatives=negatives, calibration=calibration, beta=beta),
    )


def loss_cases(rng):
    yield Case(
        "cross-entropy",
        "loss = mean over rows of logsumexp(z_i) - z[i, targets_i]; one row has logits of 80",
        {
            "logits": np.concatenate([normal(rng, 4, 5), floats(80, 79, -80, 0, 2)[None]]),
            "targets": ints(0, 4, 2, 2, 1),
        },
        lambda i, _: ({}, F.cross_entropy(i["logits"], i["targets"])),
    )
    yield Case(
        "binary-cross-entropy",
        "loss = mean of softplus(z) - y z, written so that |z| = 40 does not overflow",
        {
            "logits": floats(-40, -3, -0.5, 0, 0.25, 2, 40, 35),
            "targets": floats(1, 0, 1, 0, 0.3, 1, 1, 0),
        },
        lambda i, _: ({}, F.binary_cross_entropy_with_logits(i["logits"], i["targets"])),
    )
    yield Case(
        "bpr",
        "Rendle et al. 2009: loss = mean of softplus(negative - positive)",
        {"positive": 2 * normal(rng, 6), "negative": 2 * normal(rng, 6)},
        lambda i, _: ({}, F.softplus(i["negative"] - i["positive"]).mean()),
    )
    yield pinball_case(rng)
    yield tweedie_case(rng)
    yield negative_binomial_case(rng)
    yield zero_inflated_case(rng)
    yield cumulative_case(rng)
    yield coral_case(rng)
    yield hazard_case(rng)


def pinball_case(rng):
    quantiles = floats(0.1, 0.5, 0.9)

    def compute(inputs, _):
        short = inputs["targets"][:, None] - inputs["predictions"]
        q = torch.tensor(quantiles, dtype=torch.float64)
        return {}, torch.maximum(q * short, (q - 1) * short).mean()

    return Case(
        "pinball",
        "loss = mean over rows and quantiles q of max(q (y - p), (q - 1) (y - p)); no ties",
        {"predictions": normal(rng, 5, 3), "targets": normal(rng, 5)},
        compute,
        sizes={"quantiles": [0.1, 0.5, 0.9]},
    )


def tweedie_case(rng):
    power = 1.5

    def compute(inputs, _):
        z, y = inputs["logits"], inputs["targets"]
        fit = torch.exp((2 - power) * z) / (2 - power)
        return {}, (fit - y * torch.exp((1 - power) * z) / (1 - power)).mean()

    return Case(
        "tweedie",
        "log link, power p: loss = mean of exp((2 - p) z) / (2 - p) - y exp((1 - p) z) / (1 - p)",
        {"logits": normal(rng, 6), "targets": floats(0, 0, 0.5, 2.25, 10, 1)},
        compute,
        sizes={"power": power},
    )


def negative_binomial_case(rng):
    def compute(inputs, _):
        y, r = inputs["targets"], inputs["logSize"].exp()
        both = torch.log(r + inputs["logMean"].exp())
        known = torch.lgamma(y + r) - torch.lgamma(r) - torch.lgamma(y + 1)
        each = known + r * (inputs["logSize"] - both) + y * (inputs["logMean"] - both)
        return {}, -each.mean()

    return Case(
        "negative-binomial",
        "mu = exp(logMean), r = exp(logSize), variance mu + mu^2 / r; loss = mean of -(lgamma(y + "
        "r) - lgamma(r) - lgamma(y + 1) + r log(r / (r + mu)) + y log(mu / (r + mu)))",
        {
            "logMean": normal(rng, 6),
            "logSize": normal(rng, 6),
            "targets": floats(0, 0, 1, 3, 7, 20),
        },
        compute,
    )


def zero_inflated_case(rng):
    def compute(inputs, _):
        z, y = inputs["logits"], inputs["targets"]
        bought = (y > 0).double()
        deviation = F.softplus(z[:, 2])
        logs = torch.log(torch.where(y > 0, y, torch.ones_like(y)))
        density = (
            -logs
            - torch.log(deviation)
            - 0.5 * math.log(2 * math.pi)
            - 0.5 * ((logs - z[:, 1]) / deviation) ** 2
        )
        chance = F.binary_cross_entropy_with_logits(z[:, 0], bought, reduction="none")
        return {}, (chance - bought * density).mean()

    return Case(
        "zero-inflated-log-normal",
        "Wang, Liu & Miao 2019: z_0 is the logit of y > 0, mu = z_1, sigma = softplus(z_2); loss = "
        "mean of bce(z_0, y > 0) + (y > 0) (log y + log sigma + log(2 pi) / 2 + (log y - mu)^2 / "
        "(2 sigma^2))",
        {"logits": normal(rng, 6, 3), "targets": floats(0, 0, 0.5, 12.5, 1, 130)},
        compute,
    )


def cumulative_case(rng):
    def compute(inputs, _):
        wall = torch.full((1,), torch.inf, dtype=torch.float64)
        cuts = torch.cat([-wall, inputs["cuts"], wall])
        y, score = inputs["targets"], inputs["scores"]
        chance = torch.sigmoid(cuts[y + 1] - score) - torch.sigmoid(cuts[y] - score)
        return {}, -torch.log(chance).mean()

    return Case(
        "ordinal-cumulative",
        "McCullagh 1980, logit link: P(y <= k) = sigmoid(cuts_k - score), cuts increasing, K - 1 "
        "of them; loss = mean of -log(P(y <= targets) - P(y <= targets - 1))",
        {
            "scores": normal(rng, 6),
            "cuts": floats(-1.5, -0.25, 1),
            "targets": ints(0, 1, 2, 3, 3, 0),
        },
        compute,
    )


def coral_case(rng):
    def compute(inputs, _):
        z = inputs["scores"][:, None] + inputs["biases"]
        above = (inputs["targets"][:, None] > torch.arange(3)).double()
        loss = F.binary_cross_entropy_with_logits(z, above, reduction="none").sum(1).mean()
        return {}, loss

    return Case(
        "ordinal-coral",
        "Cao, Mirjalili & Raschka 2020: P(y > k) = sigmoid(score + biases_k), k = 0..K-2; loss = "
        "mean over rows of the sum over k of bce(score + biases_k, targets > k)",
        {
            "scores": normal(rng, 6),
            "biases": floats(1.25, 0.125, -1),
            "targets": ints(0, 1, 2, 3, 3, 0),
        },
        compute,
    )


def hazard_case(rng):
    def compute(inputs, _):
        z, time = inputs["logits"], inputs["times"][:, None]
        step = torch.arange(z.shape[1])[None]
        died = (step == time) & (inputs["events"][:, None] == 1)
        seen = (step <= time).double()
        each = F.binary_cross_entropy_with_logits(z, died.double(), reduction="none") * seen
        return {}, each.sum(1).mean()

    return Case(
        "discrete-hazard",
        "hazard of interval k is sigmoid(z_k); a row leaves in interval times_i, by the event "
        "(events_i = 1) or censored at that interval's end (0); loss = mean over rows of sum_{k < "
        "times_i} softplus(z_k) + softplus(events_i ? -z : z) at k = times_i",
        {
            "logits": normal(rng, 5, 4),
            "times": ints(0, 3, 2, 1, 3),
            "events": ints(1, 1, 0, 1, 0),
        },
        compute,
    )
