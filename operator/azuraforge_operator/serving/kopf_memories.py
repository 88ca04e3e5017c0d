"""Kopf's memory of each object, cut down to nothing; the one place that reaches below Kopf's API.

Kopf keeps close to a kilobyte for each object that it has ever seen, also of those whose deletion
no watch told: for thousands of finished jobs, their Jobs and pods that is more than all else
together. ``kopf.operator(memories=...)`` is public and takes one of our own, but the class to
derive from is not, hence the bounded version in pyproject.toml and the check here.
"""

import inspect
from typing import Any, Final

import kopf

from azuraforge_contract.errors import InternalError

__all__ = ["forgetful_memories"]

_CHECKED_WITH: Final = ">=1.45,<1.46"


def forgetful_memories() -> Any:
    """Return what Kopf is to remember objects in: nothing is kept longer than for one event.

    Raises:
        InternalError: this Kopf has another inside than the one that this was written for.
    """
    try:
        from kopf._core.reactor.inventory import ResourceMemories  # noqa: PLC0415 - guarded
    except ImportError as error:
        raise _unsupported() from error
    if "ephemeral" not in inspect.signature(ResourceMemories.recall).parameters:
        raise _unsupported()

    class ForgetfulMemories(ResourceMemories):
        """No handler of ours needs a memory."""

        async def recall(self, raw_body: kopf.RawBody, **options: Any) -> Any:
            return await super().recall(raw_body, **{**options, "ephemeral": True})

    return ForgetfulMemories()


def _unsupported() -> InternalError:
    return InternalError(
        f"Kopf {getattr(kopf, '__version__', 'of an unknown version')} is not supported.",
        remedy=f"Install kopf {_CHECKED_WITH}, as requirements/operator.txt does.",
    )
