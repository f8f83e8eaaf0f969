"""RecBole's SASRec on a folder that left, as one JSON line: seconds of training and NDCG of each epoch.

usage: recbole_sasrec.py FOLDER EPOCHS ENOUGH THREADS SEED

The same width, depth, heads and dropout as the folder's training.json says, RecBole's own layout (one
padded sample for each prefix of a history), its full softmax and its batch of 2,048 samples. The same
histories are learned from, and the same held-out questions are asked after each epoch: judging is not
counted. It stops when NDCG is ENOUGH or more.
"""

import json
import os
import sys
import tempfile
import time

sys.dont_write_bytecode = True

folder, epochs, enough, threads, seed = sys.argv[1:6]
folder = os.path.abspath(folder)
os.environ["OMP_NUM_THREADS"] = threads

import numpy as np

for name, now in (("float_", np.float64), ("complex_", np.complex128), ("unicode_", np.str_)):
    setattr(np, name, now)  # RecBole 1.2.1 speaks NumPy 1

import recbole
import torch
from histories import read_histories
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.data.interaction import Interaction
from recbole.model.sequential_recommender import SASRec
from recbole.trainer import Trainer
from recbole.utils import init_seed

torch.set_num_threads(int(threads))
TOGETHER = 256


def write_actions(path, histories):
    """RecBole keeps the last action of each history for a test and the one before for a validation."""
    with open(path, "w") as file:
        file.write("user_id:token\titem_id:token\ttimestamp:float\n")
        for row, (start, end) in enumerate(zip(histories.offsets[:-1], histories.offsets[1:])):
            tokens = [*histories.tokens[start:end], histories.tokens[end - 1]]
            for at, token in enumerate(tokens):
                file.write(f"{row}\t{token}\t{at}\n")


def settings_of(plan, home):
    shape = plan["shape"]
    return {
        "data_path": home,
        "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
        "MAX_ITEM_LIST_LENGTH": shape["length"],
        "n_layers": shape["blocks"],
        "n_heads": shape["heads"],
        "hidden_size": shape["width"],
        "inner_size": shape["hidden"],
        "hidden_dropout_prob": shape["dropout"],
        "attn_dropout_prob": shape["dropout"],
        "loss_type": "CE",
        "train_neg_sample_args": None,
        "learning_rate": plan["settings"]["learningRate"],
        "train_batch_size": 2048,
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full"},
        "seed": int(seed),
        "use_gpu": False,
        "show_progress": False,
        "state": "ERROR",
        "checkpoint_dir": home,
    }


@torch.inference_mode()
def judged(model, dataset, questions, settings):
    """NDCG of what really came next, among all groups; ties count against it."""
    model.eval()
    known = dataset.field2token_id["item_id"]
    number = np.array([known.get(str(token), 0) for token in range(1 + max(map(max, questions)))])
    length, gain = model.max_seq_length, 0.0
    for start in range(0, len(questions), TOGETHER):
        part = questions[start : start + TOGETHER]
        lists = np.zeros((len(part), length), np.int64)
        for row, one in enumerate(part):
            history = one[:-1][-length:]
            lists[row, : len(history)] = number[history]
        lengths = torch.from_numpy((lists > 0).sum(1)).clamp(min=1)
        asked = Interaction({"item_id_list": torch.from_numpy(lists), "item_length": lengths})
        scores = model.full_sort_predict(asked).numpy()
        scores[:, 0] = -np.inf
        for row, one in enumerate(part):
            own, answer = scores[row], number[one[-1]]
            if settings["filterSeen"]:
                own[number[one[:-1]]] = -np.inf
            rank = int((own >= own[answer]).sum()) - 1
            gain += 1 / np.log2(rank + 2) if rank < settings["k"] and answer > 0 else 0
    return gain / len(questions)


def main():
    with open(os.path.join(folder, "training.json")) as file:
        plan = json.load(file)
    held = read_histories(folder, "questions.parquet", "question")
    questions = np.split(held.tokens, held.offsets[1:-1])
    with tempfile.TemporaryDirectory() as home:
        os.makedirs(os.path.join(home, "left"))
        everything = read_histories(folder, "all.parquet", "row")
        write_actions(os.path.join(home, "left", "left.inter"), everything)
        sys.argv = sys.argv[:1]  # RecBole reads what it finds there,
        os.chdir(home)  # and writes its logs where it stands
        config = Config(model="SASRec", dataset="left", config_dict=settings_of(plan, home))
        init_seed(config["seed"], True)
        dataset = create_dataset(config)
        train, _, _ = data_preparation(config, dataset)
        model = SASRec(config, train.dataset)
        trainer = Trainer(config, model)
        seconds, reports = 0.0, []
        for epoch in range(int(epochs)):
            begun = time.perf_counter()
            trainer._train_epoch(train, epoch, show_progress=False)
            spent = time.perf_counter() - begun
            seconds += spent
            ndcg = judged(model, train.dataset, questions, plan["settings"])
            rate = len(train.dataset) / spent
            reports.append({"ndcg": float(ndcg), "seconds": seconds, "tokensPerSecond": rate})
            print(f"epoch {epoch + 1}: NDCG {ndcg:.4f}, {seconds:.0f} s", file=sys.stderr, flush=True)
            if ndcg >= float(enough):
                break
        samples = len(train.dataset)
    print(json.dumps({"recbole": recbole.__version__, "samples": samples, "epochs": reports}))


if __name__ == "__main__":
    main()
