"""Ask `require_gpu` once for each environment on standard input; run by the preflight's tests.

Reads a JSON list of objects with environment variables, writes a JSON list of verdicts. One process
serves all of them, because the stub driver reads its environment at every call.
"""

import json
import os
import sys

from azuraforge_core.gpu.preflight import require_gpu
from azuraforge_core.gpu.problems import GpuUnavailable


def _verdict(settings: dict[str, str]) -> dict[str, object]:
    os.environ.update(settings)
    try:
        require_gpu()
    except GpuUnavailable as refusal:
        return {
            "code": refusal.code,
            "cause": refusal.cause,
            "fix": refusal.fix,
            "cuda_status": refusal.cuda_status,
            "exit_code": int(refusal.exit_code),
            "text": str(refusal),
        }
    else:
        return {"code": None}
    finally:
        for name in settings:
            del os.environ[name]


json.dump([_verdict(settings) for settings in json.load(sys.stdin)], sys.stdout)
