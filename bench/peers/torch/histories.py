"""Histories as batches for the twin, laid out as src/model/behaviour does: packed rows, drawn negatives.

A history is a slice of `tokens` between two `offsets`. The draws are NumPy's, so that the batches are
others than ours of the same seed, and as good.
"""

import os
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as parquet

OPEN_ROWS = 64  # kept open to find room in


@dataclass
class Histories:
    tokens: np.ndarray
    offsets: np.ndarray

    def __len__(self):
        return len(self.offsets) - 1


def read_histories(folder, name, key):
    """A file whose rows belong to a history each, those of one history together and in order."""
    table = parquet.read_table(os.path.join(folder, name), columns=[key, "token"])
    labels = table[key].to_numpy()
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    return Histories(table["token"].to_numpy().astype(np.int32), np.append(starts, len(labels)))


def stretches_of(histories, length):
    """Windows of at most so many questions, from the end of each history to its beginning."""
    found = []
    for first, end in zip(histories.offsets[:-1], histories.offsets[1:]):
        while end - first > 1:
            found.append((max(first, end - 1 - length), end))
            end -= length
    return found


def fitted(stretches, length):
    """First fit among the rows that are open; the fullest is closed when there are too many."""
    rows, open_rows = [], []
    for stretch in stretches:
        need = stretch[1] - stretch[0] - 1
        place = next((one for one in open_rows if one[1] >= need), None)
        if place is None:
            place = [[], length]
            rows.append(place[0])
            open_rows.append(place)
        place[0].append(stretch)
        place[1] -= need
        open_rows = [one for one in open_rows if one[1] > 0]
        if len(open_rows) > OPEN_ROWS:
            open_rows.remove(min(open_rows, key=lambda one: one[1]))
    return rows


def pack(histories, length, rng):
    """Packed rows, each array [rows, length] of int32; 0 is padding."""
    stretches = stretches_of(histories, length)
    rows = fitted([stretches[at] for at in rng.permutation(len(stretches))], length)
    names = ("tokens", "targets", "segments", "positions")
    packed = {name: np.zeros((len(rows), length), np.int32) for name in names}
    for row, held in enumerate(rows):
        at = 0
        for segment, (start, end) in enumerate(held):
            to = at + end - start - 1
            packed["tokens"][row, at:to] = histories.tokens[start : end - 1]
            packed["targets"][row, at:to] = histories.tokens[start + 1 : end]
            packed["segments"][row, at:to] = segment + 1
            packed["positions"][row, at:to] = np.arange(to - at)
            at = to
    return packed


def batches_of(packed, rows):
    """So many rows at a time, the last filled up with nothing; questions weigh 1 on the mean."""
    for start in range(0, len(packed["tokens"]), rows):
        batch = {name: all_rows[start : start + rows] for name, all_rows in packed.items()}
        short = rows - len(batch["tokens"])
        if short > 0:
            batch = {name: np.pad(part, ((0, short), (0, 0))) for name, part in batch.items()}
        asks = batch["segments"] > 0
        batch["weights"] = (asks * (asks.size / asks.sum())).astype(np.float32)
        yield batch, int(asks.sum())


def chances_of(tokens, vocabulary, sampling):
    """How often each token is drawn as a negative: popularity, dampened, mixed with all alike."""
    counts = np.bincount(tokens, minlength=vocabulary).astype(np.float64)
    weights = counts ** sampling["power"]
    among = np.ones(vocabulary) if sampling.get("from", "all") == "all" else counts > 0
    share = sampling["uniformShare"]
    return share * among / among.sum() + (1 - share) * weights / weights.sum()


def laid_out(histories, length):
    """Of each history the last actions, in a row of its own from the row's first place on."""
    tokens = np.zeros((len(histories), length), np.int32)
    segments = np.zeros_like(tokens)
    last = np.zeros(len(histories), np.int64)
    for row, history in enumerate(histories):
        part = history[-length:]
        tokens[row, : len(part)] = part
        segments[row, : len(part)] = 1
        last[row] = max(0, len(part) - 1)
    positions = np.arange(length) * segments
    return {"tokens": tokens, "segments": segments, "positions": positions}, last
