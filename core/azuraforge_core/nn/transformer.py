"""One layer of a transformer encoder, as the published PatchTST arranges it."""

from typing import Literal, TypeAlias

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.attention import SelfAttention
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.feed_forward import FeedForward
from azuraforge_core.nn.module import Module
from azuraforge_core.nn.normalization import BatchNorm, LayerNorm
from azuraforge_core.ops.add import add

__all__ = ["EncoderLayer", "NormName"]

NormName: TypeAlias = Literal["batch", "layer"]


class EncoderLayer(Module):
    """Attention and feed-forward, each added to its input and normalized behind the sum.

    Args:
        features: size of a token.
        heads: attention heads.
        hidden: hidden size of the feed-forward network.
        dropout: rate behind attention, within and behind the feed-forward network.
        norm: which normalization follows each sum.
        passes_scores: whether attention scores are handed to the layer above.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        hidden: int,
        *,
        dropout: float,
        norm: NormName,
        passes_scores: bool = False,
    ) -> None:
        super().__init__()
        self.attention = SelfAttention(features, heads, passes_scores=passes_scores)
        # the published code drops behind the output projection and again before the sum; two
        # independent dropouts of rate p are one of rate 1 - (1 - p)²
        self.attention_dropout = Dropout(1.0 - (1.0 - dropout) ** 2)
        self.attention_norm = _norm(norm, features)
        self.feed_forward = FeedForward(features, hidden, dropout=dropout)
        self.feed_forward_dropout = Dropout(dropout)
        self.feed_forward_norm = _norm(norm, features)

    def __call__(self, x: Tensor, previous: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map tokens ``(batch, token, feature)``; scores come from below and go above."""
        attended, scores = self.attention(x, previous)
        x = self.attention_norm(add(x, self.attention_dropout(attended)))
        changed = self.feed_forward_dropout(self.feed_forward(x))
        return self.feed_forward_norm(add(x, changed)), scores


def _norm(name: NormName, features: int) -> BatchNorm | LayerNorm:
    return BatchNorm(features) if name == "batch" else LayerNorm(features)
