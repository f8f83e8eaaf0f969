"""Small reference values by PyTorch for the tensor room, as JSON files in src/tensor/fixtures.

usage: tensor_fixtures.py [FOLDER]

Every number that goes in is a float32; everything is computed in float64 and written with nine
significant digits, so a difference beyond float32 rounding is the reader's. Weights are stored
[in, out] (x @ W + b), whatever PyTorch's own modules do. One file holds one case:

script, versions, seed
formula      what is computed, in words a reader can check
sizes        hyperparameters
inputs       name -> tensor {type, shape, values}, row-major
parameters   name -> tensor, the start; losses without parameters differentiate their inputs
outputs      name -> tensor
loss         a number
gradients    name -> tensor, of the loss with respect to each parameter (or float input)
free         names whose true gradient is zero (softmax does not see the key bias): no check there
adam         only where there are parameters: rate, beta1, beta2, epsilon, losses (losses[k] is the
             loss after k steps on the same batch, so losses[0] is the loss above) and parameters
             after the last step. The step t is torch.optim.Adam's:
             m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2
             p -= rate / (1 - b1^t) * m / (sqrt(v / (1 - b2^t)) + epsilon)
"""

import json
import os
import platform
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.dont_write_bytecode = True  # leaves no cache folder beside the sources

from tensor_blocks import (
    EPSILON,
    cross_network,
    floats,
    integers,
    ints,
    join_heads,
    linear,
    linear_shapes,
    norm,
    norm_shapes,
    normal,
    recurrent,
    recurrent_shapes,
    split_heads,
    start,
    transformer,
    transformer_shapes,
)
from tensor_losses import Case, gbce_case, loss_cases, sampled_softmax_case

SCRIPT = "bench/peers/tensor_fixtures.py"
SEED = 20240607
STEPS = 10
RATE = 0.01


def transformer_case(rng):
    sizes = dict(batch=3, length=5, width=6, feed=10, blocks=2, heads=2, items=11)
    shapes = transformer_shapes(11, 5, 6, 10, 2)

    def compute(inputs, P):
        logits = transformer(inputs["ids"], P, 2, 2) @ P["item"].t()
        loss = F.cross_entropy(logits.reshape(-1, 11), inputs["targets"].reshape(-1))
        return {"logits": logits}, loss

    return Case(
        "transformer",
        "x = item[ids] * sqrt(width) + positions; per block x += output(attention(norm1(x))), "
        "x += feed.out(gelu(feed.in(norm2(x)))) with exact (erf) gelu; attention is softmax("
        "q k^T / sqrt(width / heads)) v under a causal mask, head h taking columns 3h to 3h+2; "
        "layer norm epsilon 1e-5; logits = norm(x) item^T; loss = mean over batch and length of "
        "the cross-entropy against targets",
        {"ids": integers(rng, 11, 3, 5), "targets": integers(rng, 11, 3, 5)},
        compute,
        start(shapes, rng),
        sizes,
        tuple(f"block{block}.attention.key.bias" for block in range(2)),
    )


def recurrent_case(rng, kind):
    gates = {"lstm": 4, "gru": 3}[kind]
    width, hidden = 3, 4
    shapes = recurrent_shapes("", width, hidden, gates)
    layer = {"lstm": torch.lstm, "gru": torch.gru}[kind]

    def compute(inputs, P):
        states, *last = recurrent(layer, inputs["x"], P)
        outputs = {"states": states}
        if kind == "lstm":
            outputs |= {"lastHidden": last[0][0], "lastCell": last[1][0]}
        return outputs, F.mse_loss(states, inputs["targets"])

    formula = {
        "lstm": "torch.nn.LSTM, one layer, zero start; columns of the weights are the gates i, f, "
        "g, o in this order, 4 wide each; a = x input.weight + input.bias + h hidden.weight + "
        "hidden.bias; c = sigmoid(f) c + sigmoid(i) tanh(g); h = sigmoid(o) tanh(c)",
        "gru": "torch.nn.GRU, one layer, zero start; columns of the weights are the gates r, z, n "
        "in this order, 4 wide each; r, z = sigmoid of the sums of both products and biases; "
        "n = tanh(x Wn + bn + r * (h Un + cn)), the reset after the product; h = (1 - z) n + z h",
    }[kind]
    return Case(
        kind,
        formula + "; loss = mean of (states - targets)^2 over all elements",
        {"x": normal(rng, 2, 4, width), "targets": 0.5 * normal(rng, 2, 4, hidden)},
        compute,
        start(shapes, rng),
        dict(batch=2, length=4, width=width, hidden=hidden),
    )


def cnn_case(rng):
    shapes = {
        "conv1.weight": [4, 3, 3, 3],
        "conv1.bias": [4],
        "conv2.weight": [6, 4, 3, 3],
        "conv2.bias": [6],
    } | linear_shapes("head", 24, 5)

    def compute(inputs, P):
        x = F.conv2d(inputs["images"], P["conv1.weight"], P["conv1.bias"], padding=1)
        x = F.max_pool2d(F.relu(x), 2)
        x = F.relu(F.conv2d(x, P["conv2.weight"], P["conv2.bias"], stride=2, padding=1))
        logits = linear(x.reshape(len(x), -1), P, "head")
        return {"logits": logits}, F.cross_entropy(logits, inputs["labels"])

    return Case(
        "cnn",
        "images [batch, channel, row, column] -> conv1 3x3 pad 1 -> relu -> max pool 2x2 stride 2 "
        "-> conv2 3x3 stride 2 pad 1 -> relu -> flatten [channel, row, column] -> head; kernels "
        "[out, in, row, column], correlated (not flipped); loss = mean cross-entropy",
        {"images": normal(rng, 2, 3, 8, 8), "labels": ints(3, 1)},
        compute,
        start(shapes, rng),
        dict(batch=2, channels=3, side=8, classes=5),
    )


def batch_norm_case(rng, name, shape):
    channels = shape[1]
    mean, variance = 0.2 * normal(rng, channels), np.abs(normal(rng, channels)) + np.float32(0.5)

    def compute(inputs, P):
        running = [inputs["runningMean"].clone(), inputs["runningVariance"].clone()]
        y = F.batch_norm(P["x"], *running, P["scale"], P["shift"], True, 0.1, EPSILON)
        outputs = {"y": y, "runningMean": running[0], "runningVariance": running[1]}
        return outputs, F.mse_loss(y, inputs["targets"])

    return Case(
        name,
        "training mode: y = (x - mean) / sqrt(variance + 1e-5) * scale + shift with mean and "
        "biased variance over all axes but the second; running = 0.9 running + 0.1 batch, where "
        "the batch variance is the unbiased one; loss = mean of (y - targets)^2; x is given as a "
        "parameter for its gradient; the running values of outputs are those after one pass",
        {"runningMean": mean, "runningVariance": variance, "targets": normal(rng, *shape)},
        compute,
        {"x": 2 * normal(rng, *shape) + 1} | start({"scale": [channels], "shift": [channels]}, rng),
        dict(momentum=0.1, epsilon=EPSILON),
    )


def dcn_case(rng):
    shapes = {"table0": [5, 3], "table1": [4, 3]}
    for layer in range(2):
        shapes |= linear_shapes(f"cross{layer}", 8, 8)
    shapes |= linear_shapes("deep0", 8, 6) | linear_shapes("deep1", 6, 4)
    shapes |= linear_shapes("head", 12, 1)

    def compute(inputs, P):
        embedded = [P[f"table{i}"][inputs["ids"][:, i]] for i in range(2)]
        x0 = torch.cat([*embedded, inputs["dense"]], 1)
        deep = F.relu(linear(F.relu(linear(x0, P, "deep0")), P, "deep1"))
        logits = linear(torch.cat([cross_network(x0, P, 2), deep], 1), P, "head")[:, 0]
        return {"logits": logits}, F.binary_cross_entropy_with_logits(logits, inputs["labels"])

    return Case(
        "dcn-v2",
        "Wang et al. 2021, parallel form: x0 = concat(table0[ids[:,0]], table1[ids[:,1]], dense); "
        "cross: x <- x0 * (x W + b) + x, twice; deep = relu(deep1(relu(deep0(x0)))); logit = "
        "head(concat(cross, deep)); loss = mean binary cross-entropy with logits",
        {
            "ids": np.stack([integers(rng, 5, 4), integers(rng, 4, 4)], 1),
            "dense": normal(rng, 4, 2),
            "labels": floats(1, 0, 0, 1),
        },
        compute,
        start(shapes, rng),
        dict(batch=4, tables=2, width=3, dense=2, crossLayers=2),
    )


def din_case(rng):
    shapes = {"item": [11, 4]} | linear_shapes("unit.in", 16, 6) | {"unit.slope": [6]}
    shapes |= linear_shapes("unit.out", 6, 1) | linear_shapes("deep", 12, 5)
    shapes |= {"deep.slope": [5]} | linear_shapes("head", 5, 1)
    parameters = start(shapes, rng)
    for name in ("unit.slope", "deep.slope"):
        parameters[name] += np.float32(0.25)

    def compute(inputs, P):
        keys, query = P["item"][inputs["history"]], P["item"][inputs["candidate"]]
        wide = query[:, None, :].expand_as(keys)
        unit = torch.cat([wide, keys, wide - keys, wide * keys], -1)
        hidden = linear(unit, P, "unit.in")
        hidden = torch.where(hidden > 0, hidden, P["unit.slope"] * hidden)
        weight = linear(hidden, P, "unit.out") * inputs["mask"][..., None]
        pooled = (weight * keys).sum(1)
        deep = linear(torch.cat([pooled, query, pooled * query], 1), P, "deep")
        deep = torch.where(deep > 0, deep, P["deep.slope"] * deep)
        logits = linear(deep, P, "head")[:, 0]
        loss = F.binary_cross_entropy_with_logits(logits, inputs["labels"])
        return {"weights": weight[..., 0], "pooled": pooled, "logits": logits}, loss

    return Case(
        "din",
        "Zhou et al. 2018: k = item[history], q = item[candidate]; weight = mask * unit.out(prelu("
        "unit.in(concat(q, k, q - k, q * k)))), no softmax over the history; pooled = sum of "
        "weight * k; logit = head(prelu(deep(concat(pooled, q, pooled * q)))); prelu(x) = x > 0 ? "
        "x : slope * x, one slope per column; loss = mean binary cross-entropy with logits",
        {
            "history": integers(rng, 11, 3, 4),
            "mask": np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]], np.float32),
            "candidate": integers(rng, 11, 3),
            "labels": floats(1, 0, 1),
        },
        compute,
        parameters,
        dict(batch=3, length=4, width=4, items=11),
    )


def hstu_case(rng):
    batch, length, width, heads, buckets = 2, 5, 6, 2, 4
    shapes = {"bias.position": [length], "bias.time": [buckets]} | norm_shapes("norm", width)
    shapes |= linear_shapes("mix", width, 4 * width) | norm_shapes("gate", width)
    shapes |= linear_shapes("output", width, width)
    behind = torch.arange(length)[:, None] - torch.arange(length)[None, :]

    def compute(inputs, P):
        x = P["x"]
        u, v, q, k = F.silu(linear(norm(x, P, "norm"), P, "mix")).split(width, -1)
        q, k, v = (split_heads(part, heads) for part in (q, k, v))
        bias = P["bias.position"][behind.clamp(min=0)] + P["bias.time"][inputs["timeBucket"]]
        scores = F.silu(q @ k.transpose(-1, -2) + bias[:, None]) / length * (behind >= 0)
        y = x + linear(norm(join_heads(scores @ v), P, "gate") * u, P, "output")
        return {"y": y}, F.mse_loss(y, inputs["targets"])

    return Case(
        "hstu",
        "Zhai et al. 2024, pointwise attention: u, v, q, k = columns 0-5, 6-11, 12-17, 18-23 of "
        "silu(mix(norm(x))); per head (3 columns each) a[i,j] = silu(q_i . k_j + bias.position["
        "i - j] + bias.time[timeBucket[i,j]]) / length where j <= i, else 0 (no scaling by the "
        "head width, no softmax); y = x + output(gate(a v) * u); both norms are layer norms "
        "with scale and shift, epsilon 1e-5; loss = mean of (y - targets)^2; x is a parameter",
        {
            "timeBucket": integers(rng, buckets, batch, length, length),
            "targets": normal(rng, batch, length, width),
        },
        compute,
        {"x": normal(rng, batch, length, width)} | start(shapes, rng),
        dict(batch=batch, length=length, width=width, heads=heads, buckets=buckets),
    )


def factorisation_machine_case(rng):
    def compute(inputs, P):
        values = inputs["values"]
        factors = P["table"][inputs["ids"]] * values[..., None]
        pairs = 0.5 * (factors.sum(1) ** 2 - (factors**2).sum(1)).sum(1)
        logits = P["bias"] + (P["weight"][inputs["ids"]] * values).sum(1) + pairs
        return {"logits": logits}, F.binary_cross_entropy_with_logits(logits, inputs["labels"])

    return Case(
        "factorisation-machine",
        "Rendle 2010: logit = bias + sum_i weight[id_i] value_i + 1/2 sum_f ((sum_i table[id_i,f] "
        "value_i)^2 - sum_i (table[id_i,f] value_i)^2); loss = mean binary cross-entropy with "
        "logits; ids repeat across rows, so row gradients must be added",
        {
            "ids": integers(rng, 7, 4, 3),
            "values": normal(rng, 4, 3),
            "labels": floats(0, 1, 1, 0),
        },
        compute,
        start({"bias": [1], "weight": [7], "table": [7, 3]}, rng),
        dict(batch=4, fields=3, features=7, factors=3),
    )


def cases():
    """Each case draws from its own stream, so a new one changes no other."""
    makers = [
        transformer_case,
        lambda rng: recurrent_case(rng, "lstm"),
        lambda rng: recurrent_case(rng, "gru"),
        cnn_case,
        lambda rng: batch_norm_case(rng, "batch-norm", (6, 4)),
        lambda rng: batch_norm_case(rng, "batch-norm-images", (2, 3, 2, 3)),
        dcn_case,
        din_case,
        hstu_case,
        factorisation_machine_case,
        lambda rng: sampled_softmax_case(rng, False),
        lambda rng: sampled_softmax_case(rng, True),
        gbce_case,
    ]
    for place, make in enumerate(makers):
        yield make(np.random.default_rng([SEED, place]))
    yield from loss_cases(np.random.default_rng([SEED, 1000]))


def as_torch(values, dtype, grad=False):
    made = {}
    for name, array in values.items():
        whole = array.dtype == np.int32
        made[name] = torch.tensor(array, dtype=torch.long if whole else dtype)
        made[name].requires_grad_(grad and not whole)
    return made


def solve(case, dtype):
    """Outputs, loss and gradients of one case, and its Adam steps."""
    trained = bool(case.parameters)
    inputs = as_torch(case.inputs, dtype, not trained)
    parameters = as_torch(case.parameters, dtype, True)
    wanted = parameters or {n: t for n, t in inputs.items() if t.requires_grad}
    outputs, loss = case.compute(inputs, parameters)
    slopes = torch.autograd.grad(loss, list(wanted.values()), retain_graph=False)
    found = {
        "outputs": {n: t.detach() for n, t in outputs.items()},
        "loss": loss.item(),
        "gradients": dict(zip(wanted, slopes)),
    }
    if trained:
        found["adam"] = adam(case, inputs, parameters)
    return found


def adam(case, inputs, parameters):
    optimiser = torch.optim.Adam(parameters.values(), lr=RATE)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss = case.compute(inputs, parameters)[1]
        losses.append(loss.item())
        loss.backward()
        optimiser.step()
    losses.append(case.compute(inputs, parameters)[1].item())
    last = {n: t.detach() for n, t in parameters.items()}
    rule = dict(rate=RATE, beta1=0.9, beta2=0.999, epsilon=1e-8)
    return rule | {"losses": losses, "parameters": last}


def tensor_text(array):
    array = np.asarray(array)
    whole = array.dtype.kind == "i"
    return {
        "type": "int32" if whole else "float32",
        "shape": list(array.shape),
        "values": array.reshape(-1).tolist(),
    }


def document(case, found):
    def tensors(group):
        return {name: tensor_text(value) for name, value in group.items()}

    answer = {
        "script": SCRIPT,
        "versions": {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "seed": SEED,
        "formula": case.formula,
        "sizes": case.sizes,
        "inputs": tensors(case.inputs),
        "parameters": tensors(case.parameters),
        "outputs": tensors(found["outputs"]),
        "loss": found["loss"],
        "gradients": tensors(found["gradients"]),
        "free": list(case.free),
    }
    if "adam" in found:
        answer["adam"] = found["adam"] | {"parameters": tensors(found["adam"]["parameters"])}
    return answer


def number(value):
    """Nine significant digits, exponents as JavaScript writes them."""
    text = str(value) if isinstance(value, int) else f"{value:.9g}"
    return re.sub(r"e([+-])0?", r"e\1", text).replace("e+", "e")


def layout(value, indent, used):
    """JSON as the project's formatter lays it out: 100 columns, numbers filled line by line."""
    if isinstance(value, dict):
        if not value:
            return "{}"
        inner = " " * (indent + 2)
        rows = []
        for key, item in value.items():
            head = f"{inner}{json.dumps(key)}: "
            comma = len(rows) < len(value) - 1
            rows.append(head + layout(item, indent + 2, len(head) + comma))
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    if isinstance(value, list):
        parts = [json.dumps(v) if isinstance(v, str) else number(v) for v in value]
        flat = f"[{', '.join(parts)}]"
        if used + len(flat) <= 100 or not parts:
            return flat
        return "[\n" + filled(parts, indent + 2) + "\n" + " " * indent + "]"
    return json.dumps(value) if isinstance(value, str) else number(value)


def filled(parts, indent):
    lines, line = [], " " * indent
    for place, part in enumerate(parts):
        piece = part + ("," if place < len(parts) - 1 else "")
        if line.strip() == "":
            line += piece
        elif len(line) + 1 + len(piece) <= 100:
            line += " " + piece
        else:
            lines.append(line)
            line = " " * indent + piece
    return "\n".join([*lines, line])


def spread(case, exact):
    """How far PyTorch's own float32 lies from this, as a share of each tensor's largest value."""
    rough = solve(case, torch.float32)
    worst = {"loss": abs(exact["loss"] - rough["loss"])}
    pairs = {"gradients": (exact["gradients"], rough["gradients"])}
    if "adam" in exact:
        pairs["steps"] = (exact["adam"]["parameters"], rough["adam"]["parameters"])
    for group, (a, b) in pairs.items():
        names = [name for name in a if name not in case.free]
        gaps = [(a[n] - b[n]).abs().max() / max(a[n].abs().max(), 1e-3) for n in names]
        worst[group] = max(float(gap) for gap in gaps)
    return ", ".join(f"{name} {gap:.1e}" for name, gap in worst.items())


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../src/tensor/fixtures")
    os.makedirs(folder, exist_ok=True)
    torch.set_num_threads(1)
    for case in cases():
        found = solve(case, torch.float64)
        text = layout(document(case, found), 0, 0) + "\n"
        with open(os.path.join(folder, f"{case.name}.json"), "w") as file:
            file.write(text)
        steps = found["adam"]["losses"] if "adam" in found else []
        change = f" {steps[0]:.4f} -> {steps[-1]:.4f}" if steps else ""
        print(f"{case.name}: {len(text)} bytes, loss {found['loss']:.6f}{change}")
        print(f"  float32 is off by {spread(case, found)}")


if __name__ == "__main__":
    main()
