"""One layer of a transformer encoder, normalized behind each sum."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.attention import SelfAttention
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.feed_forward import FeedForward
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import BatchNorm, LayerNorm, RmsNorm
from azuraforge_core.ops.add import add

__all__ = ["EncoderDropout", "EncoderLayer", "NormName"]

NormName: TypeAlias = Literal["batch", "layer", "rms"]


@dataclass(frozen=True)
class EncoderDropout:
    """Rates within one encoder layer.

    Attributes:
        weights: of the attention weights.
        attended: behind attention.
        hidden: within the feed-forward network.
        changed: behind the feed-forward network.
    """

    weights: float
    attended: float
    hidden: float
    changed: float


class EncoderLayer(Module):
    """Attention and feed-forward, each added to its input and normalized behind the sum.

    Args:
        features: size of a token.
        heads: attention heads.
        hidden: hidden size of the feed-forward network.
        dropout: its rates.
        norm: which normalization follows each sum.
        passes_scores: whether attention scores are handed to the layer above.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        hidden: int,
        *,
        dropout: EncoderDropout,
        norm: NormName,
        passes_scores: bool = False,
    ) -> None:
        super().__init__()
        self.attention = SelfAttention(
            features, heads, dropout=dropout.weights, passes_scores=passes_scores
        )
        self.attention_dropout = Dropout(dropout.attended)
        self.attention_norm = _norm(norm, features)
        self.feed_forward = FeedForward(features, hidden, dropout=dropout.hidden)
        self.feed_forward_dropout = Dropout(dropout.changed)
        self.feed_forward_norm = _norm(norm, features)

    def __call__(self, x: Tensor, previous: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map tokens ``(batch, token, feature)``; scores come from below and go above."""
        attended, scores = self.attention(x, previous)
        x = self.attention_norm(add(x, self.attention_dropout(attended)))
        changed = self.feed_forward_dropout(self.feed_forward(x))
        return self.feed_forward_norm(add(x, changed)), scores


def _norm(name: NormName, features: int) -> BatchNorm | LayerNorm | RmsNorm:
    match name:
        case "batch":
            return BatchNorm(features)
        case "layer":
            return LayerNorm(features)
        case "rms":
            return RmsNorm(features)
