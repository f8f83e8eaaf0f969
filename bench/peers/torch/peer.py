"""The twin beside ours, for a bench that takes turns with it: a JSON line on stdin, one back for each.

usage: peer.py THREADS

{"op": "prepare", "folder": f}      -> {"torch", "threads", "parameters"}: training.json, weights.safetensors
                                       and batches.safetensors ("0.tokens", ...) of the folder
{"op": "compare"}                   -> {"loss"}: of the first batch without dropout; writes its gradients
                                       ("gradient:items", ...) and states to found.safetensors
{"op": "run", "steps": n}           -> {"ms": [...]}: forward, backward, clipping, AdamW, with dropout
{"op": "learn", "folder": f, "seed": s, "epochs": n, "enough": q}
                                    -> {"epochs": [...]}: from chance, until NDCG is q or more
{"op": "quit"}
"""

import json
import os
import sys
import time

sys.dont_write_bytecode = True
THREADS = int(sys.argv[1])
ENVIRONMENT = {
    "MALLOC_MMAP_THRESHOLD_": "1073741824",
    "MALLOC_TRIM_THRESHOLD_": "4294967296",
    "MALLOC_TOP_PAD_": "67108864",
    "OMP_NUM_THREADS": str(THREADS),
}
if "BEHAVIOUR_PEER" not in os.environ:  # has to be set before PyTorch is loaded
    wanted = os.environ | ENVIRONMENT | {"BEHAVIOUR_PEER": "1"}
    os.execve(sys.executable, [sys.executable, *sys.argv], wanted)

import numpy as np
import torch
from behaviour import Behaviour, as_batch, as_objective
from histories import read_histories
from safetensors.numpy import load_file as load_arrays
from safetensors.torch import load_file, save_file
from train import Group, Learner, fit

torch.set_num_threads(THREADS)


def read_plan(folder):
    with open(os.path.join(folder, "training.json")) as file:
        return json.load(file)


class Prepared:
    def __init__(self, folder):
        self.folder, plan = folder, read_plan(folder)
        settings = plan["settings"]
        objective = {"negatives": settings["negatives"], "gbce": settings.get("gbce")}
        self.clip = settings["clipNorm"]
        self.model = Behaviour(plan["shape"], as_objective(objective))
        self.model.load_state_dict(load_file(os.path.join(folder, "weights.safetensors")))
        self.batches = batches_in(os.path.join(folder, "batches.safetensors"))
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=settings["learningRate"],
            weight_decay=settings["decay"],
            fused=True,
        )
        self.steps = 0

    def compare(self):
        self.model.eval()
        self.model.zero_grad(set_to_none=True)
        states, loss = self.model.states(self.batches[0]), self.model(self.batches[0])
        loss.backward()
        found = {f"gradient:{name}": one.grad for name, one in self.model.named_parameters()}
        found["states"] = states.detach().contiguous()
        save_file(found, os.path.join(self.folder, "found.safetensors"))
        return {"loss": loss.item()}

    def run(self, steps):
        self.model.train()
        times = []
        for _ in range(steps):
            begun = time.perf_counter()
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.model(self.batches[self.steps % len(self.batches)])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
            self.optimiser.step()
            loss.item()
            times.append((time.perf_counter() - begun) * 1e3)
            self.steps += 1
        return {"ms": times}


def batches_in(path):
    """By the number before the first point of each name."""
    found = {}
    for name, array in load_arrays(path).items():
        number, _, part = name.partition(".")
        found.setdefault(int(number), {})[part] = array
    return [as_batch(found[number]) for number in sorted(found)]


def learn(asked):
    folder = asked["folder"]
    plan = read_plan(folder)
    learner = Learner(plan, read_histories(folder, "learn.parquet", "row"), Group(), asked["seed"])
    held = read_histories(folder, "questions.parquet", "question")
    questions = np.split(held.tokens, held.offsets[1:-1])
    patience = plan["settings"]["patience"]
    _, _, reports = fit(learner, asked["epochs"], patience, questions, asked["enough"])
    return {"epochs": reports}


def main():
    prepared = None
    for line in sys.stdin:
        asked = json.loads(line)
        op = asked["op"]
        if op == "quit":
            break
        if op == "prepare":
            prepared = Prepared(asked["folder"])
            count = sum(one.numel() for one in prepared.model.parameters())
            reply = {"torch": torch.__version__, "threads": THREADS, "parameters": count}
        elif op == "compare":
            reply = prepared.compare()
        elif op == "run":
            reply = prepared.run(asked["steps"])
        else:
            reply = learn(asked)
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    main()
