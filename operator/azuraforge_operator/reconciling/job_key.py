"""How a TrainingJob is named inside the operator."""

from typing import NamedTuple

__all__ = ["JobKey"]


class JobKey(NamedTuple):
    """Namespace and name of a TrainingJob."""

    namespace: str
    name: str
