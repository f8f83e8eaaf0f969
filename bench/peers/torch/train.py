"""Trains the behaviour network elsewhere, on what `shopkeeper models export` wrote.

usage: python train.py FOLDER [options]
       torchrun --nproc-per-node 2 train.py FOLDER [options]

First on learn.parquet, until the questions held out have not been answered better for a while; then,
for as many epochs, on all.parquet. It leaves trained.safetensors and trained-on-all.safetensors in
the folder for `shopkeeper models import`: the first is judged there, the second serves.

Of several processes each takes its share of the rows of every batch, and the gradients are averaged
(DistributedDataParallel, by gloo, or by NCCL where there are GPUs): the same batches and, without
dropout, the same losses as of one process.
"""

import argparse
import json
import math
import os
import sys
import time

sys.dont_write_bytecode = True

import numpy as np
import torch
import torch.distributed as dist
from behaviour import Behaviour, as_batch, as_objective
from histories import batches_of, chances_of, laid_out, pack, read_histories
from safetensors.torch import load_file, save_file
from torch.nn.parallel import DistributedDataParallel

ENCODED = 128  # questions that are read together
LAST = 0.1  # share of the learning rate that is left at the end
ON_LEARN, ON_ALL = "trained.safetensors", "trained-on-all.safetensors"


def options():
    known = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    known.add_argument("folder")
    known.add_argument("--seed", type=int, default=1)
    known.add_argument("--threads", type=int, default=1, help="of each process")
    known.add_argument("--epochs", type=int, help="at most; else what the folder says")
    known.add_argument("--patience", type=int, help="epochs without a better answer")
    known.add_argument("--dropout", type=float, help="else what the folder says")
    known.add_argument("--steps", type=int, help="stop after so many, judge and write nothing")
    known.add_argument("--begin", help="safetensors to begin with, instead of chance")
    known.add_argument("--report", help="a file for what each epoch found, as JSON")
    return known.parse_args()


class Group:
    """The processes that train together; one alone needs no network."""

    def __init__(self):
        self.size = int(os.environ.get("WORLD_SIZE", "1"))
        self.rank = int(os.environ.get("RANK", "0"))
        on_gpu = torch.cuda.is_available()
        self.device = torch.device("cpu")
        if on_gpu:
            self.device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(self.device)
        if self.size > 1:
            dist.init_process_group("nccl" if on_gpu else "gloo")

    def share(self, batch):
        """This process's rows; what is drawn is the same for all."""
        rows = len(batch["tokens"]) // self.size
        mine = slice(self.rank * rows, (self.rank + 1) * rows)
        own = {name: part if name == "negatives" else part[mine] for name, part in batch.items()}
        return {name: part.to(self.device) for name, part in as_batch(own).items()}

    def mean(self, value):
        if self.size > 1:
            dist.all_reduce(value)
        return value.item() / self.size

    def told_by_first(self, value):
        held = [value]
        if self.size > 1:
            dist.broadcast_object_list(held, 0)
        return held[0]

    def say(self, line):
        if self.rank == 0:
            print(line, file=sys.stderr, flush=True)

    def leave(self):
        if self.size > 1:
            dist.destroy_process_group()


def rate_at(step, settings, steps):
    """Up in a line, then half a cosine."""
    peak, warm_up = settings["learningRate"], min(settings["warmUpSteps"], steps)
    if step <= warm_up:
        return peak * step / warm_up
    t = min(1, (step - warm_up) / max(1, steps - warm_up))
    return peak * (LAST + (1 - LAST) * (1 + math.cos(math.pi * t)) / 2)


class Learner:
    """One network with its optimiser, on the histories of one file."""

    def __init__(self, plan, histories, group, seed, begin=None):
        self.plan, self.histories, self.group = plan, histories, group
        shape, settings = plan["shape"], plan["settings"]
        chances = chances_of(histories.tokens, shape["vocabulary"], settings["sampling"])
        self.cumulative = np.cumsum(chances)
        log_q = np.log(np.maximum(chances, 1e-30)).astype(np.float32)
        self.objective = as_objective(
            {
                "negatives": settings["negatives"],
                "gbce": settings.get("gbce"),
                "logQ": log_q if settings["corrects"] else None,
            }
        )
        torch.manual_seed(seed)
        self.model = Behaviour(shape, self.objective).to(group.device)
        if self.objective["logQ"] is not None:
            self.objective["logQ"] = self.objective["logQ"].to(group.device)
        if begin is not None:
            self.model.load_state_dict(load_file(begin))
        self.trained = DistributedDataParallel(self.model) if group.size > 1 else self.model
        torch.manual_seed(seed * group.size + group.rank)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=0.0, weight_decay=settings["decay"], fused=True
        )
        self.rng = np.random.default_rng(seed)
        self.step, self.losses = 0, []
        rows = len(pack(histories, shape["length"], np.random.default_rng(seed))["tokens"])
        self.steps = settings["epochsMost"] * math.ceil(rows / settings["rows"])

    def batches(self):
        settings = self.plan["settings"]
        packed = pack(self.histories, self.plan["shape"]["length"], self.rng)
        for batch, asked in batches_of(packed, settings["rows"]):
            if settings["negatives"] != "all":
                draws = self.rng.random(settings["negatives"]) * self.cumulative[-1]
                found = np.searchsorted(self.cumulative, draws, side="right")
                batch["negatives"] = found.astype(np.int32)
            yield batch, asked

    def epoch(self, steps_most=None):
        """The mean loss, and how many questions were asked a second."""
        settings = self.plan["settings"]
        self.trained.train()
        begun, total, questions = time.perf_counter(), 0.0, 0
        for batch, asked in self.batches():
            if steps_most is not None and self.step == steps_most:
                break
            self.step += 1
            self.optimiser.param_groups[0]["lr"] = rate_at(self.step, settings, self.steps)
            self.optimiser.zero_grad(set_to_none=True)
            loss = self.trained(self.group.share(batch))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings["clipNorm"])
            self.optimiser.step()
            self.losses.append(self.group.mean(loss.detach()))
            total, questions = total + asked * self.losses[-1], questions + asked
        return total / questions, questions / (time.perf_counter() - begun)

    def weights(self):
        return {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}


@torch.inference_mode()
def judged(model, questions, settings, device):
    """NDCG of what really came next, among the whole catalogue. Ties count against it."""
    model.eval()
    gain = 0.0
    for start in range(0, len(questions), ENCODED):
        part = questions[start : start + ENCODED]
        batch, last = laid_out([one[:-1] for one in part], model.shape["length"])
        batch = {name: one.to(device) for name, one in as_batch(batch).items()}
        states = model.states(batch)[torch.arange(len(part)), torch.from_numpy(last)]
        scores = (states @ model.items.t()).cpu().numpy()
        for row, one in enumerate(part):
            own = scores[row]
            if settings["filterSeen"]:
                own[one[:-1]] = -np.inf
            rank = int((own >= own[one[-1]]).sum()) - 1
            gain += 1 / math.log2(rank + 2) if rank < settings["k"] else 0
    return gain / max(1, len(questions))


def fit(learner, epochs, patience, questions, enough=math.inf):
    """The weights that answered best, the last ones where nothing is asked, and every epoch.

    Stops after so many epochs without a better answer, and where an answer is good enough.
    """
    group, settings, reports, best = learner.group, learner.plan["settings"], [], None
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        begun = time.perf_counter()
        loss, rate = learner.epoch()
        seconds += time.perf_counter() - begun
        ndcg = 0.0
        if questions and group.rank == 0:
            ndcg = judged(learner.model, questions, settings, group.device)
        ndcg = group.told_by_first(ndcg)
        report = {"epoch": epoch, "loss": loss, "ndcg": ndcg, "tokensPerSecond": rate}
        reports.append(report | {"seconds": seconds})
        found = f"NDCG@{settings['k']} {ndcg:.4f}, " if questions else ""
        group.say(f"epoch {epoch}: loss {loss:.4f}, {found}{rate:.0f} tokens/s")
        if best is None or not questions or ndcg > best[0]["ndcg"]:
            best = (report, learner.weights())
        tires = questions and epoch - best[0]["epoch"] >= patience
        if tires or ndcg >= enough:
            break
    return best[1], best[0]["epoch"], reports


def write(folder, name, weights, plan):
    words = {"fingerprint": plan["fingerprint"], "by": f"torch {torch.__version__}"}
    path = os.path.join(folder, name)
    save_file(weights, f"{path}.part", metadata=words)
    os.replace(f"{path}.part", path)


def main():
    args = options()
    torch.set_num_threads(args.threads)
    with open(os.path.join(args.folder, "training.json")) as file:
        plan = json.load(file)
    shape, settings = plan["shape"], plan["settings"]
    if args.dropout is not None:
        shape["dropout"] = args.dropout
    settings["epochsMost"] = args.epochs or settings["epochsMost"]
    group = Group()
    if settings["rows"] % group.size != 0:
        raise SystemExit(f"{group.size} processes do not divide a batch of {settings['rows']} rows")
    learn = read_histories(args.folder, "learn.parquet", "row")
    learner = Learner(plan, learn, group, args.seed, args.begin)
    report = {"torch": torch.__version__, "processes": group.size, "threads": args.threads}
    if args.steps is not None:
        while learner.step < args.steps:
            learner.epoch(args.steps)
        report["losses"] = learner.losses
    else:
        report |= train_both(args, plan, learner, group)
    if args.report and group.rank == 0:
        with open(args.report, "w") as file:
            json.dump(report, file)
    group.leave()


def train_both(args, plan, learner, group):
    settings = plan["settings"]
    asked = read_histories(args.folder, "questions.parquet", "question")
    questions = np.split(asked.tokens, asked.offsets[1:-1]) if len(asked) > 0 else []
    patience = args.patience or settings["patience"]
    weights, best, reports = fit(learner, settings["epochsMost"], patience, questions)
    everything = read_histories(args.folder, "all.parquet", "row")
    shorter = plan | {"settings": settings | {"epochsMost": best}}
    again = Learner(shorter, everything, group, args.seed, args.begin)
    on_all, _, _ = fit(again, best, best, [])
    if group.rank == 0:
        write(args.folder, ON_LEARN, weights, plan)
        write(args.folder, ON_ALL, on_all, plan)
    return {"best": best, "epochs": reports}


if __name__ == "__main__":
    main()
