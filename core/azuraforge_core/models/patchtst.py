"""PatchTST: a transformer whose tokens are patches of the window.

Nie et al., "A Time Series is Worth 64 Words", ICLR 2023. ``channels: independent`` is the published
PatchTST/42: every target is a sequence of its own and all share the weights. ``channels: mixed`` is
ours: one token holds a patch of all columns, so that covariates inform the targets, and patches of
what is known ahead are further tokens.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.target_columns import normalize_targets
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.initializer import Constant, Uniform
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.parameter import Parameter
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.nn.transformer import EncoderDropout, EncoderLayer, NormName
from azuraforge_core.ops.add import add
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.patches import patch_count, patches
from azuraforge_core.ops.reshape import reshape
from azuraforge_core.ops.transpose import transpose

__all__ = ["PatchTst", "PatchTstConfig", "build_patchtst"]

_POSITION_BOUND = 0.02


class PatchTstConfig(StrictModel):
    """A transformer over patches; the defaults are PatchTST/42 as published for small tables."""

    kind: Literal["patchtst"] = "patchtst"
    channels: Literal["independent", "mixed"] = "independent"
    """Whether each target is a sequence of its own, or one token holds a patch of all columns."""
    patch_length: int = Field(default=16, ge=1)
    """Time steps of a patch."""
    patch_stride: int = Field(default=8, ge=1)
    """Time steps between the starts of patches."""
    features: int = Field(default=16, ge=1)
    """Size of a token; a multiple of ``heads``."""
    heads: int = Field(default=4, ge=1)
    """Attention heads."""
    layers: int = Field(default=3, ge=1)
    """Encoder layers."""
    hidden: int = Field(default=128, ge=1)
    """Hidden size of the feed-forward networks."""
    dropout: float = Field(default=0.3, ge=0.0, lt=1.0)
    """Rate behind the embedding and within the encoder."""
    head_dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Rate before the head."""
    norm: NormName = "batch"
    """Normalization within the encoder: over the batch, over each token, or by each token's root
    mean square."""
    residual_attention: bool = True
    """Whether attention scores are added to those of the layer above."""
    linear_skip: bool | None = None
    """Whether a linear map of the whole window is added to the head's forecast, so that the
    transformer only learns what is not linear; null: with mixed channels only."""
    level_columns: bool = False
    """Whether mixed channels show the targets a second time, with the level that normalization
    takes off: better where the level itself informs (a warm day cools), worse where it drifts."""
    normalization: WindowNormalization = WindowNormalization.REVIN
    """What is taken off the targets of each window first and added to the forecast."""


class PatchTst(Module):
    """Encoder and head that both forms share.

    Args:
        config: its settings.
        shape: the window's sizes.
        columns: columns in one patch.
        outputs: numbers forecast from one sequence.
        future_columns: columns in one patch of what is known ahead; 0 for no such patches.
    """

    def __init__(
        self,
        config: PatchTstConfig,
        shape: WindowShape,
        *,
        columns: int,
        outputs: int,
        future_columns: int = 0,
    ) -> None:
        super().__init__()
        self.config = config
        self.shape = shape
        past = _patch_total(config, shape.lookback, "lookback")
        ahead = _patch_total(config, shape.horizon, "horizon") if future_columns else 0
        self.embedding = Linear(config.patch_length * columns, config.features)
        self.future_embedding = (
            Linear(config.patch_length * future_columns, config.features) if ahead else None
        )
        self.position = Parameter((past + ahead, config.features), Uniform(_POSITION_BOUND))
        self.embedding_dropout = Dropout(config.dropout)
        self.layers = tuple(
            EncoderLayer(
                config.features,
                config.heads,
                config.hidden,
                dropout=_dropout(config.dropout),
                norm=config.norm,
                passes_scores=config.residual_attention and index < config.layers - 1,
            )
            for index in range(config.layers)
        )
        self.head_dropout = Dropout(config.head_dropout)
        self.head = Linear((past + ahead) * config.features, outputs)
        skips = config.channels == "mixed" if config.linear_skip is None else config.linear_skip
        inputs = shape.lookback * columns + shape.horizon * future_columns
        self.skip = Linear(inputs, outputs, initializer=Constant(0.0)) if skips else None
        self.norm = WindowNorm(shape.targets, config.normalization)

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets.

        Args:
            x: ``(batch, lookback, channel)``.
            future: ``(batch, horizon, future_channel)``, or None where nothing is known ahead.

        Returns:
            ``(batch, horizon, target)``.
        """
        if self.config.channels == "mixed":
            return self._forecast_mixed(x, future)
        return self._forecast_independent(x)

    def _forecast_independent(self, x: Tensor) -> Tensor:
        batch, targets, horizon = x.shape[0], self.shape.targets, self.shape.horizon
        columns = narrow(x, axis=2, start=0, stop=targets)
        window = self.norm.level(columns)
        series = transpose(self.norm.normalize(columns, window), (0, 2, 1))
        series = reshape(series, (batch * targets, self.shape.lookback, 1))
        y = self._encode(self.embedding(self._patches(series)))
        y = self._add_linear(y, series, None)
        y = transpose(reshape(y, (batch, targets, horizon)), (0, 2, 1))
        return self.norm.restore(y, window)

    def _forecast_mixed(self, x: Tensor, future: Tensor | None) -> Tensor:
        columns, window = normalize_targets(x, self.norm, self.shape.targets)
        if self.config.level_columns:
            level = narrow(x, axis=2, start=0, stop=self.shape.targets)
            columns = concatenate(columns, level, axis=2)
        tokens = self.embedding(self._patches(columns))
        if self.future_embedding is not None and future is not None:
            ahead = self.future_embedding(self._patches(future))
            tokens = concatenate(tokens, ahead, axis=1)
        y = self._add_linear(self._encode(tokens), columns, future)
        y = reshape(y, (x.shape[0], self.shape.horizon, self.shape.targets))
        return self.norm.restore(y, window)

    def _add_linear(self, y: Tensor, x: Tensor, future: Tensor | None) -> Tensor:
        """Add the linear map of x ``(sequence, time, column)`` to y ``(sequence, output)``."""
        if self.skip is None:
            return y
        seen = [x] if future is None else [x, future]
        flat = [reshape(part, (part.shape[0], part.shape[1] * part.shape[2])) for part in seen]
        return add(y, self.skip(flat[0] if len(flat) == 1 else concatenate(*flat, axis=1)))

    def _patches(self, x: Tensor) -> Tensor:
        config = self.config
        return patches(
            x,
            length=config.patch_length,
            stride=config.patch_stride,
            pad_end=config.patch_stride,
        )

    def _encode(self, tokens: Tensor) -> Tensor:
        """Map tokens ``(sequence, token, feature)`` to ``(sequence, output)``."""
        state = self.embedding_dropout(add(tokens, self.position))
        scores: Tensor | None = None
        for layer in self.layers:
            state, scores = layer(state, scores)
        flat = reshape(state, (state.shape[0], state.shape[1] * state.shape[2]))
        return self.head(self.head_dropout(flat))


def build_patchtst(config: PatchTstConfig, shape: WindowShape) -> PatchTst:
    """Describe the model for a window.

    Raises:
        JobFileError: tokens cannot be divided among heads, or a patch is longer than the window.
    """
    if config.features % config.heads:
        raise JobFileError(
            f"model.features is {config.features}, which {config.heads} heads cannot share.",
            remedy=f"Use a multiple of {config.heads}.",
        )
    if config.channels == "mixed":
        return PatchTst(
            config,
            shape,
            columns=shape.channels + shape.targets * config.level_columns,
            outputs=shape.horizon * shape.targets,
            future_columns=shape.future_channels,
        )
    return PatchTst(config, shape, columns=1, outputs=shape.horizon)


def _dropout(rate: float) -> EncoderDropout:
    # the published code drops behind the output projection and again before the sum; two
    # independent dropouts of rate p are one of rate 1 - (1 - p)²
    return EncoderDropout(weights=0.0, attended=1.0 - (1.0 - rate) ** 2, hidden=rate, changed=rate)


def _patch_total(config: PatchTstConfig, steps: int, name: str) -> int:
    total = patch_count(
        steps,
        length=config.patch_length,
        stride=config.patch_stride,
        pad_end=config.patch_stride,
    )
    if total < 1:
        raise JobFileError(
            f"model.patch_length is {config.patch_length}, longer than the {name} ({steps} steps).",
            remedy="Use a shorter patch or a longer window.",
        )
    return total
