"""Reference values of the behaviour network by its twin, as JSON in the format of
bench/peers/tensor_fixtures.py: what goes in is float32, what comes out was computed in float64.

usage: fixture.py [FOLDER], by default src/model/exchange/fixtures
"""

import json
import os
import platform
import sys

sys.dont_write_bytecode = True

import numpy as np
import torch
from behaviour import Behaviour, as_batch, as_objective

SEED = 20261128
HOME = os.path.join(os.path.dirname(__file__), "../../../src/model/exchange/fixtures")
RELATIVE = dict(
    vocabulary=11, width=8, blocks=2, heads=2, length=6, hidden=12, dropout=0.0, positions="relative"
)
LEARNED = RELATIVE | dict(blocks=1, heads=1, positions="learned")
# Places of two histories, of three, and of one with padding behind it.
SEGMENTS = [[1, 1, 1, 2, 2, 2], [1, 1, 2, 2, 2, 3], [1, 1, 1, 1, 0, 0]]
CASES = {
    "sampled-softmax": (RELATIVE, dict(negatives=5, logQ=None)),
    "full-softmax": (LEARNED, dict(negatives="all", logQ=None)),
    "corrected": (RELATIVE, dict(negatives=5, logQ="drawn")),
    "gbce": (LEARNED, dict(negatives=5, logQ=None, gbce=0.75)),
}


def drawn_batch(rng, shape, objective):
    segments = np.array(SEGMENTS, np.int32)
    held = segments > 0
    ids = lambda: rng.integers(0, shape["vocabulary"], segments.shape).astype(np.int32) * held
    positions = np.zeros_like(segments)
    for row, place in np.ndindex(segments.shape):
        goes_on = place > 0 and segments[row, place] == segments[row, place - 1] and held[row, place]
        positions[row, place] = positions[row, place - 1] + 1 if goes_on else 0
    batch = {"tokens": ids(), "targets": ids(), "segments": segments}
    if shape["positions"] == "learned":
        batch["positions"] = positions
    batch["weights"] = (held * (held.size / held.sum())).astype(np.float32)
    if objective["negatives"] != "all":
        draws = rng.integers(0, shape["vocabulary"], objective["negatives"])
        batch["negatives"] = draws.astype(np.int32)
    return batch


def drawn_weights(rng, model):
    """Scales near 1, all else near 0, so that every part matters."""
    made = {}
    for name, value in model.named_parameters():
        draw = 0.3 * rng.standard_normal(tuple(value.shape))
        made[name] = (1 + draw if name.endswith("scale") else draw).astype(np.float32)
    return made


def tensor(array):
    array = np.asarray(array)
    integral = array.dtype.kind == "i"
    values = [int(one) if integral else float(f"{one:.9g}") for one in array.reshape(-1)]
    return {"type": "int32" if integral else "float32", "shape": list(array.shape), "values": values}


def case_of(name, seed):
    shape, objective = CASES[name]
    rng = np.random.default_rng([seed, sorted(CASES).index(name)])
    if objective["logQ"] == "drawn":
        chances = rng.dirichlet(np.ones(shape["vocabulary"]))
        log_q = np.log(chances).astype(np.float32)
        objective = objective | {"logQ": [float(f"{one:.9g}") for one in log_q]}
    model = Behaviour(shape, as_objective(objective)).double()
    if objective["logQ"] is not None:
        model.objective["logQ"] = model.objective["logQ"].float().double()
    weights = drawn_weights(rng, model)
    model.load_state_dict({key: torch.from_numpy(value).double() for key, value in weights.items()})
    arrays = drawn_batch(rng, shape, objective)
    batch = as_batch(arrays)
    batch["weights"] = batch["weights"].double()
    states, loss = model.states(batch), model(batch)
    loss.backward()
    return {
        "script": "bench/peers/torch/fixture.py",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "seed": seed,
        "formula": "the loss of behaviour.py; states are those of all places, of padding too",
        "sizes": shape,
        "objective": objective,
        "inputs": {key: tensor(value) for key, value in arrays.items()},
        "parameters": {key: tensor(value) for key, value in weights.items()},
        "outputs": {"states": tensor(states.detach().numpy())},
        "loss": float(f"{loss.item():.9g}"),
        "gradients": {key: tensor(one.grad.numpy()) for key, one in model.named_parameters()},
        "free": [key for key in weights if key.endswith("attention.key.bias")],
    }


if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else HOME
    os.makedirs(folder, exist_ok=True)
    for name in CASES:
        with open(os.path.join(folder, f"{name}.json"), "w") as file:
            json.dump(case_of(name, SEED), file)
            file.write("\n")
