"""The lease that decides which replica acts, as ``kubernetes.aio.leaderelection`` wants it.

The library's own lock imports the typed APIs and writes local time as UTC; this one does neither.
"""

import logging
from datetime import UTC, datetime
from typing import Any, Final

from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.leaderelectionrecord import LeaderElectionRecord
from kubernetes.aio.leaderelection.resourcelock.baselock import BaseLock

from azuraforge_cluster.errors import ClusterError, NotFoundError
from azuraforge_cluster.resources import LEASES
from azuraforge_cluster.transport import Request, Transport

__all__ = ["LeaseLock"]

_RELEASE_TRIES: Final = 3
_logger: Final = logging.getLogger("azuraforge.leadership")


class LeaseLock(BaseLock):
    """A ``coordination.k8s.io/v1`` Lease.

    Args:
        transport: with a timeout well below the lease's duration, and without further tries.
        name: the lease's name.
        namespace: where it is.
        identity: this replica.
    """

    def __init__(self, transport: Transport, name: str, namespace: str, identity: str) -> None:
        super().__init__(name, namespace, identity)
        self._transport = transport
        self._lease: dict[str, Any] | None = None

    async def get(
        self, name: str, namespace: str
    ) -> tuple[bool, LeaderElectionRecord] | tuple[bool, Exception] | tuple[bool, None]:
        """Return whether the lease is there, with what it says; else why not."""
        try:
            self._lease = await self._send("get", LEASES.path(namespace, name))
        except NotFoundError:
            return False, ApiException(status=404, reason="NotFound", body='{"code": 404}')
        except ClusterError as error:
            return False, ApiException(reason=str(error))  # not known to be absent
        return True, _record(self._lease.get("spec") or {})

    async def create(
        self, name: str, namespace: str, election_record: LeaderElectionRecord
    ) -> bool:
        """Create the lease; return whether that succeeded."""
        body = {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": {"name": name, "namespace": namespace},
            "spec": _spec(election_record, {}),
        }
        return await self._write("post", LEASES.path(namespace), body)

    async def update(self, name: str, namespace: str, updated_record: LeaderElectionRecord) -> bool:
        """Replace the lease that was read last; return whether it still was the one."""
        if self._lease is None:
            return False
        spec = _spec(updated_record, self._lease.get("spec") or {})
        return await self._write("put", LEASES.path(namespace, name), {**self._lease, "spec": spec})

    async def release(self) -> None:
        """Give the lease up where it is ours, so that another replica need not wait.

        A renewal of ours that was cancelled may still arrive between reading and writing: then both
        are done again.
        """
        for _ in range(_RELEASE_TRIES):
            is_there, record = await self.get(self.name, self.namespace)
            is_ours = isinstance(record, LeaderElectionRecord) and (
                record.holder_identity == self.identity
            )
            if not is_there or not is_ours or self._lease is None:
                return
            spec = {**self._lease["spec"], "holderIdentity": None}
            path = LEASES.path(self.namespace, self.name)
            if await self._write("put", path, {**self._lease, "spec": spec}):
                return

    async def _write(self, verb: str, path: str, body: dict[str, Any]) -> bool:
        try:
            self._lease = await self._send(verb, path, body)
        except ClusterError as error:
            _logger.warning("The lease cannot be written: %s", error)
            return False
        return True

    async def _send(
        self, verb: str, path: str, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return await self._transport.send(
            Request(verb=verb, resource="leases", path=path, body=body, is_repeatable=False)
        )


def _record(spec: dict[str, Any]) -> LeaderElectionRecord:
    seconds = spec.get("leaseDurationSeconds")
    return LeaderElectionRecord(
        spec.get("holderIdentity") or None,
        str(seconds) if seconds else None,
        spec.get("acquireTime"),
        spec.get("renewTime"),
    )


def _spec(record: LeaderElectionRecord, before: dict[str, Any]) -> dict[str, Any]:
    changes = before.get("leaseTransitions") or 0
    is_new = before.get("holderIdentity") != record.holder_identity
    return {
        "holderIdentity": record.holder_identity,
        "leaseDurationSeconds": int(float(record.lease_duration or 0)),
        "acquireTime": _now() if is_new else before.get("acquireTime") or _now(),
        "renewTime": _now(),
        "leaseTransitions": changes + 1 if before and is_new else changes,
    }


def _now() -> str:
    """Return the time as the API server writes a MicroTime."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
