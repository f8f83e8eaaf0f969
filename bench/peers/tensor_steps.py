"""PyTorch's training steps and scoring, for a bench that takes turns with it.

usage: tensor_steps.py [--settings JSON|CASE]  JSON lines on stdin, one JSON line back for each
       tensor_steps.py --table [CASE ...]      medians of every case with its best settings
       tensor_steps.py --tune CASE ...         the same under each setting tried

{"case": "a", "op": "prepare"}   -> {"case", "ready": true, "torch", "settings", "parameters"}
{"op": "run", "steps": n}        -> {"ms": [...]}: forward, backward, Adam of the case last prepared
{"op": "infer", "runs": n}       -> {"ms": [...]}: one call of a scoring case (score64x1, ...)
{"op": "export", "folder": f, "steps": n}  writes meta.json, weights.bin (float32) and batches.bin
{"op": "losses", "weights": f, "batches": f, "steps": n} -> {"losses": [...]}, from those files
{"op": "quit"}

Files are little-endian, without headers: weights in the order of meta.json's parameters, batches in
the order of its batch, step after step, int32 or float32 as it says. A process whose settings wait
actively spins between its turns: stop it (SIGSTOP) meanwhile.

Cases, width d, all with Adam 1e-3 and no dropout:
a         SASRec, batch 128 x 50, d 64, 2 blocks, 2 heads, full softmax over 3,500 items
b         the same over 50,000 items with 256 shared negatives, positive first
c         batch 128 x 100, d 256, 4 blocks, 4 heads, 50,000 items, 256 negatives
lstm      table 3,500 x 64 -> LSTM(64) -> LSTM(32) -> last state -> dense 1, sigmoid; 128 x 50
cnn       1x28x28, conv 32 3x3, relu, pool, conv 64 3x3, relu, pool, dense 10; batch 128, no padding
dcn       26 tables of 10,000 x 16 + 13 dense = 429; 3 cross layers beside 256-128; batch 512
score64xN, score256xN   top 100 of 50,000 items for N shoppers: d 64, length 50, 2 blocks, 2 heads;
          d 256, length 100, 4 blocks, 4 heads
"""

import json
import os
import sys
import time

# Found by --tune on two cores with AVX-512 and AMX, PyTorch 2.15. torch.compile gained nothing that
# the two own kernels (attention, chunked loss) had not, and cost on cnn, lstm, dcn and c.
BEST = {
    "a": {"attention": "sdpa", "chunked": 400},
    "b": {"attention": "sdpa", "wait": "ACTIVE"},
    "c": {"attention": "sdpa"},
    "lstm": {},
    "cnn": {"channelsLast": True, "wait": "ACTIVE"},
    "dcn": {},
    "score64x1": {"attention": "sdpa"},
    "score64x32": {"attention": "sdpa"},
    "score256x1": {"compile": True},
    "score256x32": {"attention": "sdpa", "wait": "ACTIVE"},
}
# attention: sdpa or plain; adam: fused, foreach or sparse (SparseAdam for the tables);
# chunked: rows of a chunk in PyTorch's own chunked softmax loss, 0 for the whole matrix at once
DEFAULTS = {
    "threads": 2,
    "wait": "default",
    "attention": "plain",
    "adam": "fused",
    "compile": False,
    "chunked": 0,
    "channelsLast": False,
}
SPREAD = 0.02  # deviation of fresh table rows
ENVIRONMENT = {
    "ATEN_CPU_CAPABILITY": "avx512",
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "67108864",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def environment(settings):
    """What has to be set before PyTorch is loaded."""
    wait = {} if settings["wait"] == "default" else {"OMP_WAIT_POLICY": settings["wait"]}
    return ENVIRONMENT | wait | {"OMP_NUM_THREADS": str(settings["threads"])}


def settings_of(argv):
    """Given as JSON, or as the name of a case: the best found for it."""
    chosen = argv[argv.index("--settings") + 1] if "--settings" in argv else "{}"
    return DEFAULTS | (BEST[chosen] if chosen in BEST else json.loads(chosen))


SETTINGS = settings_of(sys.argv)
if __name__ == "__main__" and "TENSOR_STEPS" not in os.environ:
    wanted = os.environ | environment(SETTINGS) | {"TENSOR_STEPS": "1"}
    os.execve(sys.executable, [sys.executable, *sys.argv], wanted)

import numpy as np
import torch
import torch.nn.functional as F
from tensor_blocks import (
    cross_network,
    linear,
    linear_shapes,
    plain_attention,
    recurrent,
    recurrent_shapes,
    start,
    transformer,
    transformer_shapes,
)


def fused_attention(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


ATTENTION = {"plain": plain_attention, "sdpa": fused_attention}


class Sasrec:
    def __init__(self, batch, length, width, blocks, heads, items, negatives):
        self.batch, self.length, self.blocks, self.heads = batch, length, blocks, heads
        self.items, self.negatives = items, negatives
        self.shapes = transformer_shapes(items, length, width, 4 * width, blocks)
        self.tables = ("item",)
        rows = batch * length
        self.inputs = {"ids": ("int32", [rows]), "targets": ("int32", [rows])}
        if negatives:
            self.inputs["negatives"] = ("int32", [negatives])

    def draw(self, rng):
        """Next item = 7 x + 3 four times in five, else a popular one: something to learn."""
        seen = np.zeros((self.batch, self.length + 1), np.int32)
        popular = lambda: (self.items * rng.random(self.batch) ** 2).astype(np.int32)
        seen[:, 0] = popular()
        for at in range(self.length):
            follows = rng.random(self.batch) < 0.8
            seen[:, at + 1] = np.where(follows, (seen[:, at] * 7 + 3) % self.items, popular())
        batch = {"ids": seen[:, :-1].reshape(-1), "targets": seen[:, 1:].reshape(-1)}
        if self.negatives:
            batch["negatives"] = rng.integers(0, self.items, self.negatives).astype(np.int32)
        return batch

    def hidden(self, P, ids, settings):
        sparse = settings["adam"] == "sparse"
        ids = ids.view(-1, self.length)
        attention = ATTENTION[settings["attention"]]
        return transformer(ids, P, self.blocks, self.heads, attention, sparse)

    def loss(self, P, batch, settings):
        x = self.hidden(P, batch["ids"], settings).flatten(0, 1)
        if not self.negatives:
            if settings["chunked"]:
                options = torch.nn.LinearCrossEntropyOptions(
                    batch_chunk_size=settings["chunked"], chunking_method=None
                )
                targets = batch["targets"]
                return F.linear_cross_entropy(x, P["item"], targets, options=options)
            return F.cross_entropy(x @ P["item"].t(), batch["targets"])
        sparse = settings["adam"] == "sparse"
        positive = F.embedding(batch["targets"], P["item"], sparse=sparse)
        others = F.embedding(batch["negatives"], P["item"], sparse=sparse)
        logits = torch.cat([(x * positive).sum(-1, keepdim=True), x @ others.t()], 1)
        return F.cross_entropy(logits, torch.zeros_like(batch["targets"]))

    def score(self, P, ids, settings):
        last = self.hidden(P, ids, settings)[:, -1]
        return torch.topk(last @ P["item"].t(), 100)


class Lstm:
    tables = ("table",)
    inputs = {"ids": ("int32", [128, 50]), "labels": ("float32", [128])}
    shapes = (
        {"table": [3500, 64]}
        | recurrent_shapes("lstm0.", 64, 64, 4)
        | recurrent_shapes("lstm1.", 64, 32, 4)
        | linear_shapes("head", 32, 1)
    )

    def draw(self, rng):
        """The label says whether the ids of the second half are larger on average."""
        ids = rng.integers(0, 3500, (128, 50)).astype(np.int32)
        later = ids[:, 25:].mean(1) > ids[:, :25].mean(1)
        return {"ids": ids, "labels": later.astype(np.float32)}

    def loss(self, P, batch, settings):
        x = F.embedding(batch["ids"], P["table"], sparse=settings["adam"] == "sparse")
        x = recurrent(torch.lstm, x, P, "lstm0.")[0]
        x = recurrent(torch.lstm, x, P, "lstm1.")[0]
        logits = linear(x[:, -1], P, "head")[:, 0]
        return F.binary_cross_entropy_with_logits(logits, batch["labels"])


class Cnn:
    tables = ()
    inputs = {"images": ("float32", [128, 1, 28, 28]), "labels": ("int32", [128])}
    shapes = {
        "conv1.weight": [32, 1, 3, 3],
        "conv1.bias": [32],
        "conv2.weight": [64, 32, 3, 3],
        "conv2.bias": [64],
    } | linear_shapes("head", 1600, 10)

    def draw(self, rng):
        """A bright bar whose row is the label, in noise."""
        labels = rng.integers(0, 10, 128).astype(np.int32)
        images = rng.random((128, 1, 28, 28), np.float32)
        for image, label in zip(images, labels):
            image[0, 2 * label + 4] += 1
        return {"images": images, "labels": labels}

    def loss(self, P, batch, settings):
        x = batch["images"]
        if settings["channelsLast"]:
            x = x.to(memory_format=torch.channels_last)
        x = F.max_pool2d(F.relu(F.conv2d(x, P["conv1.weight"], P["conv1.bias"])), 2)
        x = F.max_pool2d(F.relu(F.conv2d(x, P["conv2.weight"], P["conv2.bias"])), 2)
        return F.cross_entropy(linear(x.flatten(1), P, "head"), batch["labels"])


class Dcn:
    tables = tuple(f"table{i}" for i in range(26))
    inputs = {
        "ids": ("int32", [512, 26]),
        "dense": ("float32", [512, 13]),
        "labels": ("float32", [512]),
    }
    shapes = {name: [10_000, 16] for name in tables}
    for layer in range(3):
        shapes |= linear_shapes(f"cross{layer}", 429, 429)
    shapes |= linear_shapes("deep0", 429, 256) | linear_shapes("deep1", 256, 128)
    shapes |= linear_shapes("head", 429 + 128, 1)

    def draw(self, rng):
        """The label depends on the first field and the first dense column."""
        ids = (10_000 * rng.random((512, 26)) ** 2).astype(np.int32)
        dense = rng.standard_normal((512, 13)).astype(np.float32)
        labels = (dense[:, 0] + (ids[:, 0] % 2) > 0.5).astype(np.float32)
        return {"ids": ids, "dense": dense, "labels": labels}

    def loss(self, P, batch, settings):
        sparse = settings["adam"] == "sparse"
        fields = [F.embedding(batch["ids"][:, i], P[f"table{i}"], sparse=sparse) for i in range(26)]
        x0 = torch.cat([*fields, batch["dense"]], 1)
        deep = F.relu(linear(F.relu(linear(x0, P, "deep0")), P, "deep1"))
        logits = linear(torch.cat([cross_network(x0, P, 3), deep], 1), P, "head")[:, 0]
        return F.binary_cross_entropy_with_logits(logits, batch["labels"])


CASES = {
    "a": lambda: Sasrec(128, 50, 64, 2, 2, 3500, 0),
    "b": lambda: Sasrec(128, 50, 64, 2, 2, 50_000, 256),
    "c": lambda: Sasrec(128, 100, 256, 4, 4, 50_000, 256),
    "lstm": Lstm,
    "cnn": Cnn,
    "dcn": Dcn,
}
SCORERS = {
    f"score{width}x{batch}": (width, batch) for width in (64, 256) for batch in (1, 32)
}


def as_torch(batch):
    """Ids become 64 bits here, outside the time taken: PyTorch wants them so."""
    made = {}
    for name, array in batch.items():
        tensor = torch.from_numpy(array)
        made[name] = tensor.long() if array.dtype == np.int32 else tensor
    return made


class Trainer:
    """One case with its weights, optimisers and four batches."""

    def __init__(self, case, settings):
        self.model, self.settings = CASES[case](), settings
        self.steps = 0
        self.load(start(self.model.shapes, np.random.default_rng(0), SPREAD))
        rng = np.random.default_rng(1)
        self.batches = [as_torch(self.model.draw(rng)) for _ in range(4)]

    def load(self, weights):
        self.P = {}
        for name, value in weights.items():
            tensor = torch.from_numpy(value)
            if self.settings["channelsLast"] and tensor.ndim == 4:
                tensor = tensor.to(memory_format=torch.channels_last)
            self.P[name] = tensor.requires_grad_()
        self.optimisers = self.adam()
        loss = lambda batch: self.model.loss(self.P, batch, self.settings)
        self.loss = torch.compile(loss) if self.settings["compile"] else loss

    def adam(self):
        kind, tables = self.settings["adam"], self.model.tables
        if kind != "sparse":
            return [torch.optim.Adam(self.P.values(), lr=1e-3, **{kind: True})]
        dense = [tensor for name, tensor in self.P.items() if name not in tables]
        rows = [self.P[name] for name in tables]
        return [
            torch.optim.SparseAdam(rows, lr=1e-3),
            torch.optim.Adam(dense, lr=1e-3, **{best_dense(): True}),
        ]

    def step(self, batch):
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss = self.loss(batch)
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
        return loss.item()

    def run(self, steps):
        times = []
        for _ in range(steps):
            begun = time.perf_counter()
            self.step(self.batches[self.steps % 4])
            times.append((time.perf_counter() - begun) * 1e3)
            self.steps += 1
        return times

    def warm(self):
        self.run(3)


def best_dense():
    return "fused" if torch.__version__ >= "2" else "foreach"


class Scorer:
    """Top 100 of 50,000 items for a batch of shoppers."""

    def __init__(self, case, settings):
        width, batch = SCORERS[case]
        length, blocks = (50, 2) if width == 64 else (100, 4)
        self.model = Sasrec(batch, length, width, blocks, blocks, 50_000, 0)
        weights = start(self.model.shapes, np.random.default_rng(0), SPREAD)
        self.P = {name: torch.from_numpy(value) for name, value in weights.items()}
        rng = np.random.default_rng(1)
        self.ids = [as_torch(self.model.draw(rng))["ids"] for _ in range(8)]
        score = lambda ids: self.model.score(self.P, ids, settings)
        self.score = torch.compile(score) if settings["compile"] else score

    def run(self, runs):
        times = []
        with torch.inference_mode():
            for at in range(runs):
                begun = time.perf_counter()
                self.score(self.ids[at % 8])
                times.append((time.perf_counter() - begun) * 1e3)
        return times

    def warm(self):
        self.run(20)


# ---- the conversation ---------------------------------------------------------------------------


def prepare(request):
    case = request["case"]
    made = (Scorer if case in SCORERS else Trainer)(case, SETTINGS)
    made.warm()
    count = sum(tensor.numel() for tensor in made.P.values())
    ready = {"case": case, "ready": True, "torch": torch.__version__, "settings": SETTINGS}
    return made, ready | {"parameters": count}


def export(trainer, request):
    """Weights at the start and batches, for another engine to begin from the same numbers."""
    model, folder = trainer.model, request["folder"]
    os.makedirs(folder, exist_ok=True)
    weights = start(model.shapes, np.random.default_rng(0), SPREAD)
    rng = np.random.default_rng(1)
    with open(os.path.join(folder, "weights.bin"), "wb") as file:
        for value in weights.values():
            file.write(value.tobytes())
    with open(os.path.join(folder, "batches.bin"), "wb") as file:
        for _ in range(request["steps"]):
            batch = model.draw(rng)
            for name, (kind, _) in model.inputs.items():
                file.write(batch[name].astype(kind).tobytes())
    inputs = {name: {"type": kind, "shape": shape} for name, (kind, shape) in model.inputs.items()}
    meta = {"parameters": model.shapes, "batch": inputs, "steps": request["steps"]}
    with open(os.path.join(folder, "meta.json"), "w") as file:
        json.dump(meta, file)
    return meta


def losses(trainer, request):
    model = trainer.model
    flat = np.fromfile(request["weights"], np.float32)
    sizes = [int(np.prod(shape)) for shape in model.shapes.values()]
    parts = np.split(flat, np.cumsum(sizes)[:-1])
    trainer.load({n: p.reshape(s).copy() for p, (n, s) in zip(parts, model.shapes.items())})
    found = []
    with open(request["batches"], "rb") as file:
        for _ in range(request["steps"]):
            batch = {}
            for name, (kind, shape) in model.inputs.items():
                values = np.frombuffer(file.read(4 * int(np.prod(shape))), kind)
                batch[name] = values.reshape(shape).copy()
            found.append(trainer.step(as_torch(batch)))
    return {"losses": found}


def answer(made, request):
    operation = request["op"]
    if operation == "run":
        return {"ms": made.run(request["steps"])}
    if operation == "infer":
        return {"ms": made.run(request["runs"])}
    if operation == "export":
        return export(made, request)
    if operation == "losses":
        return losses(made, request)
    raise ValueError(f"no such op: {operation}")


def converse():
    made = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "quit":
            return
        if request["op"] == "prepare":
            made, reply = prepare(request)
        else:
            reply = answer(made, request)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    torch.set_num_threads(SETTINGS["threads"])
    torch.set_flush_denormal(True)
    if "--table" in sys.argv or "--tune" in sys.argv:
        import tensor_table

        tensor_table.main(sys.argv[1:], BEST, DEFAULTS)
    else:
        converse()
