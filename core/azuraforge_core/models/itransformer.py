"""iTransformer: a transformer whose tokens are the columns, each seen over the whole window.

Liu et al., "iTransformer: Inverted Transformers Are Effective for Time Series Forecasting", ICLR
2024. Attention relates columns to each other; the feed-forward network forecasts each from its own
history. Every column is a token: targets, past, future and calendar. A column known ahead shows its
values over the horizon as well, in the same token, which the published model does not have.
"""

from typing import Literal

from pydantic import Field

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.models.shape import WindowShape
from azuraforge_core.models.target_columns import normalize_targets
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import LayerNorm
from azuraforge_core.nn.revin import WindowNorm, WindowNormalization
from azuraforge_core.nn.transformer import EncoderDropout, EncoderLayer, NormName
from azuraforge_core.ops.add import add
from azuraforge_core.ops.concatenate import concatenate
from azuraforge_core.ops.narrow import narrow
from azuraforge_core.ops.transpose import transpose

__all__ = ["ITransformer", "ITransformerConfig", "build_itransformer"]


class ITransformerConfig(StrictModel):
    """A transformer over columns; published sizes are 128 to 512 features and 2 to 4 layers."""

    kind: Literal["itransformer"] = "itransformer"
    features: int = Field(default=128, ge=1)
    """Size of a token; a multiple of ``heads``."""
    heads: int = Field(default=8, ge=1)
    """Attention heads."""
    layers: int = Field(default=2, ge=1)
    """Encoder layers."""
    hidden: int = Field(default=128, ge=1)
    """Hidden size of the feed-forward networks."""
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
    """Rate of the attention weights, behind the embedding and within the encoder."""
    norm: NormName = "layer"
    """Normalization within the encoder: over the batch, over each token, or by each token's root
    mean square."""
    normalization: WindowNormalization = WindowNormalization.REVIN
    """What is taken off the targets of each window first and added to the forecast."""


class ITransformer(Module):
    """The model.

    Args:
        config: its settings.
        shape: the window's sizes.
    """

    def __init__(self, config: ITransformerConfig, shape: WindowShape) -> None:
        super().__init__()
        self.shape = shape
        self.norm = WindowNorm(shape.targets, config.normalization)
        self.embedding = Linear(shape.lookback, config.features)
        self.future_embedding = (
            Linear(shape.horizon, config.features) if shape.future_channels else None
        )
        self.embedding_dropout = Dropout(config.dropout)
        rate = config.dropout
        self.layers = tuple(
            EncoderLayer(
                config.features,
                config.heads,
                config.hidden,
                dropout=EncoderDropout(weights=rate, attended=rate, hidden=rate, changed=rate),
                norm=config.norm,
            )
            for _ in range(config.layers)
        )
        self.final_norm = LayerNorm(config.features)
        self.head = Linear(config.features, shape.horizon)

    def __call__(self, x: Tensor, future: Tensor | None = None) -> Tensor:
        """Forecast the targets.

        Args:
            x: ``(batch, lookback, channel)``.
            future: ``(batch, horizon, future_channel)``, or None where nothing is known ahead.

        Returns:
            ``(batch, horizon, target)``.
        """
        columns, window = normalize_targets(x, self.norm, self.shape.targets)
        state = self.embedding_dropout(self._tokens(columns, future))
        for layer in self.layers:
            state, _ = layer(state, None)
        targets = narrow(state, axis=1, start=0, stop=self.shape.targets)
        y = transpose(self.head(self.final_norm(targets)), (0, 2, 1))
        return self.norm.restore(y, window)

    def _tokens(self, x: Tensor, future: Tensor | None) -> Tensor:
        """Embed every column: ``(batch, channel, feature)``."""
        tokens = self.embedding(transpose(x, (0, 2, 1)))
        if self.future_embedding is None or future is None:
            return tokens
        ahead = self.future_embedding(transpose(future, (0, 2, 1)))
        first = self.shape.channels - self.shape.future_channels
        known = narrow(tokens, axis=1, start=first, stop=self.shape.channels)
        others = narrow(tokens, axis=1, start=0, stop=first)
        return concatenate(others, add(known, ahead), axis=1)


def build_itransformer(config: ITransformerConfig, shape: WindowShape) -> ITransformer:
    """Describe the model for a window.

    Raises:
        JobFileError: tokens cannot be divided among heads.
    """
    if config.features % config.heads:
        raise JobFileError(
            f"model.features is {config.features}, which {config.heads} heads cannot share.",
            remedy=f"Use a multiple of {config.heads}.",
        )
    return ITransformer(config, shape)
