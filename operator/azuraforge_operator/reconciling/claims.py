"""Which claims one node at a time can mount."""

import time
from collections.abc import Iterable
from typing import Final

from azuraforge_cluster.cluster import Cluster, Raw

__all__ = ["ClaimCatalog"]

_KEPT_SECONDS: Final = 60.0
"""How long an answer is good for: access modes never change, but a claim may be made anew."""


class ClaimCatalog:
    """Remembers the access modes of claims for a while."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def single_node_claims(self, namespace: str, names: Iterable[str]) -> frozenset[str]:
        """Return those of a namespace's claims that are ReadWriteOnce only.

        Raises:
            ClusterError: a claim cannot be read now.
        """
        return frozenset([name for name in set(names) if await self._is_single(namespace, name)])

    async def _is_single(self, namespace: str, name: str) -> bool:
        now = time.monotonic()
        kept_until, answer = self._known.get((namespace, name), (0.0, False))
        if now < kept_until:
            return answer
        claim = await self._cluster.read_claim(namespace, name)
        if claim is None:
            return False  # the scheduler says so in its own words
        self._known = {key: value for key, value in self._known.items() if now < value[0]}
        self._known[namespace, name] = (now + _KEPT_SECONDS, _is_read_write_once(claim))
        return self._known[namespace, name][1]


def _is_read_write_once(claim: Raw) -> bool:
    return set(claim["spec"].get("accessModes") or ()) == {"ReadWriteOnce"}
