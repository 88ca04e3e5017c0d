"""PyTorch's side of `engine_step.py`, in the environment that has PyTorch.

It reads one request per line (JSON) and answers with one line, until its input ends.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import torch
from benchmarks.cpu_cases import CASES
from benchmarks.step_cases import StepCase, batch_of
from benchmarks.torch_models import torch_model
from torch.nn import functional as F  # noqa: N812 - its usual name

__all__ = ["main"]


def main() -> None:
    """Answer requests until the input ends."""
    warnings.simplefilter("ignore")
    answers = sys.stdout
    sys.stdout = sys.stderr  # the compiler's chatter must not mix with the answers
    steps: dict[tuple[str, bool, int], Callable[[], None]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        answer: Any = {"torch": torch.__version__}
        if "case" in request:
            key = (request["case"], request["compiled"], request["threads"])
            torch.set_num_threads(request["threads"])
            if key not in steps:
                steps[key] = _training_step(CASES[request["case"]], compiled=request["compiled"])
            answer = _measure(steps[key], request["warm"], request["count"])
        print(json.dumps(answer), file=answers, flush=True)


def _training_step(case: StepCase, *, compiled: bool) -> Callable[[], None]:
    model = torch_model(case).train()
    x, y = (torch.from_numpy(array) for array in batch_of(case))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, fused=True)
    forecast = torch.compile(model) if compiled else model

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(forecast(x), y).backward()
        optimizer.step()

    return step


def _measure(step: Callable[[], None], warm: int, count: int) -> list[float]:
    for _ in range(warm):
        step()
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
