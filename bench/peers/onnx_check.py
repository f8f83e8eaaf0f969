"""Whether others read a saved model, as one JSON line: the format's checker, and the runtime's
outputs beside ours.

usage: onnx_check.py FOLDER ROWS WIDTH
FOLDER holds model.onnx, weights.safetensors and arrays.f32: an input and our output for it.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import safetensors
from safetensors.numpy import load_file

folder, rows, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
path = os.path.join(folder, "model.onnx")
onnx.checker.check_model(onnx.load(path), full_check=True)
weights = load_file(os.path.join(folder, "weights.safetensors"))
x, expected = np.fromfile(os.path.join(folder, "arrays.f32"), np.float32).reshape(2, rows, width)
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
(found,) = session.run(["y"], {"x": x, **weights})
print(
    json.dumps(
        {
            "onnx": onnx.__version__,
            "onnxruntime": onnxruntime.__version__,
            "safetensors": safetensors.__version__,
            "checked": True,
            "worstDifference": float(np.abs(found - expected).max()),
        }
    )
)
