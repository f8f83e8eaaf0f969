"""PyTorch's losses of a network that guesses the next letter, from given weights and batches.

usage: letter_lstm.py   one JSON line on stdin, one back, and a last one to end it

{"weights": {name: file}, "batches": file, "shape": [steps, rows, length + 1], "rate", "threads"}
-> {"peer", "losses"}: of each step, before Adam moves the weights. Files are little-endian without
headers, weights float32 as src/tensor/learning.bench.ts names them, batches int32.
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F
from tensor_blocks import linear, linear_shapes, recurrent, recurrent_shapes


def read_weights(files):
    flat = {name: np.fromfile(file, np.float32) for name, file in files.items()}
    hidden = len(flat["hidden.bias"]) // 4
    letters = len(flat["head.bias"])
    width = len(flat["table"]) // letters
    shapes = {"table": [letters, width]} | recurrent_shapes("", width, hidden, 4)
    shapes |= linear_shapes("head", hidden, letters)
    return {
        name: torch.from_numpy(flat[name].reshape(shape)).requires_grad_()
        for name, shape in shapes.items()
    }


def loss_of(P, letters):
    x = F.embedding(letters[:, :-1], P["table"])
    states = recurrent(torch.lstm, x, P)[0]
    logits = linear(states.flatten(0, 1), P, "head")
    return F.cross_entropy(logits, letters[:, 1:].flatten())


def losses(request):
    torch.set_num_threads(request["threads"])
    P = read_weights(request["weights"])
    batches = np.fromfile(request["batches"], np.int32).reshape(request["shape"])
    adam = torch.optim.Adam(P.values(), lr=request["rate"])
    found = []
    for batch in batches:
        adam.zero_grad(set_to_none=True)
        loss = loss_of(P, torch.from_numpy(batch).long())
        loss.backward()
        adam.step()
        found.append(loss.item())
    return found


if __name__ == "__main__":
    request = json.loads(sys.stdin.readline())
    print(json.dumps({"peer": f"torch {torch.__version__}", "losses": losses(request)}), flush=True)
    sys.stdin.readline()
