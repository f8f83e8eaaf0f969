"""Implicit ALS by the `implicit` library on the leave-one-out split of a data set, as one JSON line.

usage: als_implicit.py FOLDER FACTORS ITERATIONS THREADS REGULARIZATION ALPHA
FOLDER holds interactions.parquet with user_id, position and item_id or movie_id.
The last item of each user is the test, everything before is learned from; all items are ranked and
items already seen are left out.
"""

import json
import os
import sys
import time

folder, factors, iterations, threads, regularization, alpha = sys.argv[1:7]
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # the library parallelises over users by itself

import duckdb
import numpy as np
import scipy.sparse as sp
from implicit import __version__
from implicit.cpu.als import AlternatingLeastSquares

path = os.path.join(folder, "interactions.parquet")
columns = [row[0] for row in duckdb.sql(f"describe select * from '{path}'").fetchall()]
item = "item_id" if "item_id" in columns else "movie_id"
rows = duckdb.sql(
    f"select user_id, {item} from '{path}' where position is not null order by user_id, position"
).fetchnumpy()
_, users = np.unique(rows["user_id"], return_inverse=True)
_, items = np.unique(rows[item], return_inverse=True)
last = np.append(users[1:] != users[:-1], True)
shape = (users.max() + 1, items.max() + 1)
train = sp.csr_matrix((np.ones((~last).sum(), np.float32), (users[~last], items[~last])), shape)
target = items[last]

model = AlternatingLeastSquares(
    factors=int(factors),
    regularization=float(regularization),
    alpha=float(alpha),
    iterations=int(iterations),
    num_threads=int(threads),
    random_state=1,
)
marks = [time.perf_counter()]
model.fit(train, show_progress=False, callback=lambda *_: marks.append(time.perf_counter()))
seconds = np.diff(marks)[1:] if len(marks) > 2 else np.diff(marks)

found, _ = model.recommend(np.arange(shape[0]), train, N=10, filter_already_liked_items=True)
hit = found == target[:, None]
rank = hit.argmax(axis=1)
any_hit = hit.any(axis=1)
print(
    json.dumps(
        {
            "peer": f"implicit {__version__}",
            "secondsPerIteration": float(np.median(seconds)),
            "hitRate10": float(any_hit.mean()),
            "ndcg10": float(np.where(any_hit, 1 / np.log2(rank + 2), 0).mean()),
        }
    )
)
