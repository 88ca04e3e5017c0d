"""How a TrainingJob is named inside the operator."""

import sys
from typing import NamedTuple, Self

__all__ = ["JobKey"]


class JobKey(NamedTuple):
    """Namespace and name of a TrainingJob."""

    namespace: str
    name: str

    @classmethod
    def of(cls, namespace: str, name: str) -> Self:
        """Return the key that many objects share, with its texts kept in memory once."""
        return cls(sys.intern(namespace), sys.intern(name))
