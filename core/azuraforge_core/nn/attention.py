"""Multi-head self-attention as a layer."""

from azuraforge_core.autograd.tensor import Tensor
from azuraforge_core.nn.dropout import Dropout
from azuraforge_core.nn.linear import Linear
from azuraforge_core.nn.module import Module
from azuraforge_core.ops.attention import attention

__all__ = ["SelfAttention"]


class SelfAttention(Module):
    """Project to queries, keys and values, attend, project back.

    Args:
        features: size of a token; a multiple of ``heads``.
        heads: number of heads.
        dropout: rate for the attention weights.
        passes_scores: whether scores are handed to the layer above.
    """

    def __init__(
        self, features: int, heads: int, *, dropout: float = 0.0, passes_scores: bool = False
    ) -> None:
        super().__init__()
        if features % heads:
            raise ValueError(f"{features} features cannot be divided among {heads} heads")
        self.heads = heads
        self.passes_scores = passes_scores
        self.projection = Linear(features, 3 * features)
        self.output = Linear(features, features)
        self.weight_dropout = Dropout(dropout)

    def __call__(self, x: Tensor, previous: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Attend within each sequence.

        Args:
            x: tokens ``(batch, token, feature)``.
            previous: scores of the layer below, or None.

        Returns:
            Tokens of the same shape, and this layer's scores or None.
        """
        attended, scores = attention(
            self.projection(x),
            previous,
            heads=self.heads,
            return_scores=self.passes_scores,
            mask=self.weight_dropout.mask(),
        )
        return self.output(attended), scores
