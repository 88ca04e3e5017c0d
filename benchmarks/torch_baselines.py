"""PyTorch's side of the comparison: the same models, written as their authors and PyTorch advise.

Each way to run a step (eager, compiled, a captured graph) uses fused AdamW and a batch that is
already on the device, in float32 without TF32, as ours.
"""

from collections.abc import Callable

import torch
from benchmarks.step_cases import StepCase, batch_of
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.shape import WindowShape

__all__ = ["WAYS", "torch_model"]

_SEED = 0
_RATE = 1e-3
_WEIGHT_DECAY = 0.0
_CAPTURE_WARM_STEPS = 11
"""What PyTorch's own documentation uses before capturing a whole step with fused optimizers."""


class TorchDLinear(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """DLinear as published (Zeng et al., 2023): padded moving average, two linear maps."""

    def __init__(self, config: DLinearConfig, shape: WindowShape) -> None:
        super().__init__()
        self.kernel = config.kernel_size
        self.seasonal = nn.Linear(shape.lookback, shape.horizon)
        self.trend = nn.Linear(shape.lookback, shape.horizon)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, channel)``."""
        series = x.transpose(1, 2)
        half = (self.kernel - 1) // 2
        trend = F.avg_pool1d(F.pad(series, (half, half), mode="replicate"), self.kernel, stride=1)
        return (self.seasonal(series - trend) + self.trend(trend)).transpose(1, 2)


class TorchLstm(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """One `nn.LSTM` layer (cuDNN on a GPU) and a linear head on its last state."""

    def __init__(self, config: LstmConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        self.lstm = nn.LSTM(shape.channels, config.hidden, config.layers, batch_first=True)
        self.head = nn.Linear(config.hidden, shape.horizon * shape.targets)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, target)``."""
        states, _ = self.lstm(x)
        return self.head(states[:, -1]).view(-1, self.shape.horizon, self.shape.targets)


class TorchEncoderLayer(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """Attention and feed-forward, each behind dropout and batch normalization."""

    def __init__(self, config: PatchTstConfig) -> None:
        super().__init__()
        self.heads, self.rate = config.heads, config.dropout
        self.project_in = nn.Linear(config.features, 3 * config.features)
        self.project_out = nn.Linear(config.features, config.features)
        self.expand = nn.Linear(config.features, config.hidden)
        self.contract = nn.Linear(config.hidden, config.features)
        self.norms = nn.ModuleList(nn.BatchNorm1d(config.features) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens ``(sequence, token, feature)`` to tokens."""
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.project_in(x).chunk(3, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(query, key, value)
        attended = self.project_out(mixed.transpose(1, 2).flatten(2))
        x = self._norm(0, x + F.dropout(attended, self.rate, self.training))
        inner = F.dropout(F.gelu(self.expand(x), approximate="tanh"), self.rate, self.training)
        return self._norm(1, x + F.dropout(self.contract(inner), self.rate, self.training))

    def _norm(self, which: int, x: Tensor) -> Tensor:
        return self.norms[which](x.transpose(1, 2)).transpose(1, 2)


class TorchPatchTst(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """PatchTST/42 as published (Nie et al., 2023), every column a sequence of its own."""

    def __init__(self, config: PatchTstConfig, shape: WindowShape) -> None:
        super().__init__()
        self.config = config
        tokens = (shape.lookback - config.patch_length) // config.patch_stride + 2
        self.embedding = nn.Linear(config.patch_length, config.features)
        self.position = nn.Parameter(torch.empty(tokens, config.features).uniform_(-0.02, 0.02))
        self.layers = nn.ModuleList(TorchEncoderLayer(config) for _ in range(config.layers))
        self.head = nn.Linear(tokens * config.features, shape.horizon)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, channel)``."""
        config = self.config
        mean = x.mean(1, keepdim=True).detach()
        deviation = (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt().detach()
        series = ((x - mean) / deviation).transpose(1, 2)
        padded = F.pad(series, (0, config.patch_stride), mode="replicate")
        patches = padded.unfold(-1, config.patch_length, config.patch_stride).flatten(0, 1)
        state = F.dropout(self.embedding(patches) + self.position, config.dropout, self.training)
        for layer in self.layers:
            state = layer(state)
        forecast = self.head(state.flatten(1)).unflatten(0, (x.shape[0], -1)).transpose(1, 2)
        return forecast * deviation + mean


def torch_model(case: StepCase) -> nn.Module:
    """Build the case's model in PyTorch, on the CPU."""
    torch.manual_seed(_SEED)
    match case.model:
        case DLinearConfig() as config:
            return TorchDLinear(config, case.shape)
        case LstmConfig() as config:
            return TorchLstm(config, case.shape)
        case PatchTstConfig() as config:
            return TorchPatchTst(config, case.shape)


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
