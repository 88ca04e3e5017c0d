"""Print the class, code and number of what CuPy's CUDA runtime raises on this machine.

Run by the classification's tests under a stub driver: the runtime remembers its first answer, so
each row needs a process of its own. Only CuPy's thin binding is imported, which takes no time.
"""

import json
import sys

from cupy_backends.cuda.api import runtime

from azuraforge_core.gpu.classification import classify_cuda_error

try:
    runtime.getDeviceCount()
except runtime.CUDARuntimeError as error:
    verdict = classify_cuda_error(error)
    json.dump(
        {
            "kind": type(verdict).__name__,
            "code": getattr(verdict, "code", None),
            "cuda_status": error.status,
        },
        sys.stdout,
    )
