"""PyTorch's side of the comparison: the ways to run a training step.

Each way (eager, compiled, a captured graph) uses fused AdamW and a batch that is already on the
device, in float32 without TF32, as ours.
"""

from collections.abc import Callable

import torch
from benchmarks.step_cases import StepCase, batch_of
from benchmarks.torch_models import torch_model
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

__all__ = ["WAYS"]

_RATE = 1e-3
_WEIGHT_DECAY = 0.0
_CAPTURE_WARM_STEPS = 11
"""What PyTorch's own documentation uses before capturing a whole step with fused optimizers."""


def eager_step(case: StepCase) -> Callable[[], None]:
    """Return a step as most people write it."""
    model, x, y = _on_gpu(case)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY, fused=True
    )

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(model(x), y).backward()
        optimizer.step()

    return step


def compiled_step(case: StepCase) -> Callable[[], None]:
    """Return a step compiled by `torch.compile` with CUDA graphs, the optimizer as well."""
    model, x, y = _on_gpu(case)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY, fused=True
    )
    forward = torch.compile(lambda: F.mse_loss(model(x), y), mode="reduce-overhead")
    update = torch.compile(optimizer.step)

    def step() -> None:
        torch.compiler.cudagraph_mark_step_begin()
        optimizer.zero_grad(set_to_none=True)
        forward().backward()
        update()

    return step


def captured_step(case: StepCase) -> Callable[[], None]:
    """Return a whole step captured by hand as one CUDA graph: the strongest of the three."""
    model, x, y = _on_gpu(case)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=_RATE, weight_decay=_WEIGHT_DECAY, fused=True, capturable=True
    )

    def one() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(model(x), y).backward()
        optimizer.step()

    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        for _ in range(_CAPTURE_WARM_STEPS):
            one()
    torch.cuda.current_stream().wait_stream(beside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        one()
    replay: Callable[[], None] = graph.replay
    return replay


WAYS: dict[str, Callable[[StepCase], Callable[[], None]]] = {
    "torch_eager": eager_step,
    "torch_compile": compiled_step,
    "torch_cuda_graph": captured_step,
}
"""Name in the results → how PyTorch runs the step."""


def _on_gpu(case: StepCase) -> tuple[nn.Module, Tensor, Tensor]:
    x, y = (torch.from_numpy(array).cuda() for array in batch_of(case))
    return torch_model(case).cuda().train(), x, y
