"""The measured models in PyTorch, written as their authors and PyTorch advise."""

import torch
from benchmarks.step_cases import StepCase
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - its usual name

from azuraforge_core.models.dlinear import DLinearConfig
from azuraforge_core.models.gru import GruConfig
from azuraforge_core.models.itransformer import ITransformerConfig
from azuraforge_core.models.lstm import LstmConfig
from azuraforge_core.models.patchtst import PatchTstConfig
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.tcn import TcnConfig, levels_that_reach

__all__ = ["torch_model"]

_SEED = 0


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


class TorchRecurrent(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """`nn.LSTM` or `nn.GRU` (cuDNN on a GPU) and a linear head on its last state."""

    def __init__(self, config: LstmConfig | GruConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        network = nn.LSTM if isinstance(config, LstmConfig) else nn.GRU
        self.network = network(shape.channels, config.hidden, config.layers, batch_first=True)
        self.head = nn.Linear(config.hidden, shape.horizon * shape.targets)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, target)``."""
        states, _ = self.network(x)
        return self.head(states[:, -1]).view(-1, self.shape.horizon, self.shape.targets)


class TorchTcnBlock(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """Two causal convolutions added to what came in, without weight normalization as ours."""

    def __init__(self, inputs: int, config: TcnConfig, dilation: int) -> None:
        super().__init__()
        features, kernel = config.features, config.kernel_size
        self.reach, self.rate = (kernel - 1) * dilation, config.dropout
        self.inner = nn.Conv1d(inputs, features, kernel, dilation=dilation)
        self.outer = nn.Conv1d(features, features, kernel, dilation=dilation)
        self.shortcut = nn.Conv1d(inputs, features, 1) if inputs != features else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, inputs, time)`` to ``(batch, features, time)``."""
        state = x
        for layer in (self.inner, self.outer):
            state = F.relu(layer(F.pad(state, (self.reach, 0))))
            state = F.dropout(state, self.rate, self.training)
        return F.relu(state + self.shortcut(x))


class TorchTcn(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """Bai et al., 2018, and a linear head on the last time step."""

    def __init__(self, config: TcnConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        levels = config.levels or levels_that_reach(shape.lookback, config.kernel_size)
        self.blocks = nn.Sequential(
            *(
                TorchTcnBlock(config.features if level else shape.channels, config, 2**level)
                for level in range(levels)
            )
        )
        self.head = nn.Linear(config.features, shape.horizon * shape.targets)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, target)``."""
        state = self.blocks(x.transpose(1, 2))[..., -1]
        return self.head(state).view(-1, self.shape.horizon, self.shape.targets)


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


class TorchITransformerLayer(nn.Module):  # type: ignore[misc]  # PyTorch is not here
    """Attention and feed-forward, each behind dropout and layer normalization."""

    def __init__(self, config: ITransformerConfig) -> None:
        super().__init__()
        self.heads, self.rate = config.heads, config.dropout
        self.project_in = nn.Linear(config.features, 3 * config.features)
        self.project_out = nn.Linear(config.features, config.features)
        self.expand = nn.Linear(config.features, config.hidden)
        self.contract = nn.Linear(config.hidden, config.features)
        self.norms = nn.ModuleList(nn.LayerNorm(config.features) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens ``(batch, column, feature)`` to tokens."""
        rate = self.rate if self.training else 0.0
        query, key, value = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.project_in(x).chunk(3, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(query, key, value, dropout_p=rate)
        attended = self.project_out(mixed.transpose(1, 2).flatten(2))
        x = self.norms[0](x + F.dropout(attended, rate))
        inner = F.dropout(F.gelu(self.expand(x), approximate="tanh"), rate)
        return self.norms[1](x + F.dropout(self.contract(inner), rate))


class TorchITransformer(nn.Module):  # type: ignore[misc]  # PyTorch is not in this environment
    """iTransformer as published (Liu et al., 2024), every column a token."""

    def __init__(self, config: ITransformerConfig, shape: WindowShape) -> None:
        super().__init__()
        self.rate = config.dropout
        self.embedding = nn.Linear(shape.lookback, config.features)
        self.layers = nn.ModuleList(TorchITransformerLayer(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.features)
        self.head = nn.Linear(config.features, shape.horizon)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, lookback, channel)`` to ``(batch, horizon, channel)``."""
        mean = x.mean(1, keepdim=True).detach()
        deviation = (x.var(1, keepdim=True, unbiased=False) + 1e-5).sqrt().detach()
        series = ((x - mean) / deviation).transpose(1, 2)
        state = F.dropout(self.embedding(series), self.rate, self.training)
        for layer in self.layers:
            state = layer(state)
        return self.head(self.norm(state)).transpose(1, 2) * deviation + mean


def torch_model(case: StepCase) -> nn.Module:
    """Build the case's model in PyTorch, on the CPU."""
    torch.manual_seed(_SEED)
    match case.model:
        case DLinearConfig() as config:
            return TorchDLinear(config, case.shape)
        case LstmConfig() | GruConfig() as config:
            return TorchRecurrent(config, case.shape)
        case TcnConfig() as config:
            return TorchTcn(config, case.shape)
        case ITransformerConfig() as config:
            return TorchITransformer(config, case.shape)
        case PatchTstConfig() as config:
            return TorchPatchTst(config, case.shape)
