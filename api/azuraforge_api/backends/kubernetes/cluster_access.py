"""How the service reaches its cluster: by the pod's account, or by a kubeconfig.

Opened by ``opening`` when the settings name the kubernetes backend.
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kubernetes.aio import config
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.configuration import Configuration

from azuraforge_api.settings import Settings
from azuraforge_cluster.cluster import Cluster
from azuraforge_cluster.transport import Transport

__all__ = ["FIELD_OWNER", "ClusterAccess", "open_cluster_access"]

FIELD_OWNER: Final = "azuraforge-api"
"""Owner of the fields that the service writes: what it creates, and live progress."""
_EVERYWHERE: Final = "*"
_CONNECTIONS: Final = 1000
"""A connection for everybody who follows a log, and some for everything else."""
_DELAYS_SECONDS: Final = (0.2, 0.6)
"""Somebody waits for the answer, and is told soon when the cluster is away."""
_NAMESPACE_FILE: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_logger: Final = logging.getLogger("azuraforge.api.kubernetes")


@dataclass(frozen=True)
class ClusterAccess:
    """A cluster in reach.

    Attributes:
        transport: sends requests.
        cluster: what is asked of the API server.
        namespaces: those served; None stands for all of the cluster.
        home: where a job goes that names no namespace.
        plugin_namespace: where plugins' ConfigMaps are.
    """

    transport: Transport
    cluster: Cluster
    namespaces: tuple[str | None, ...]
    home: str
    plugin_namespace: str

    def serves(self, namespace: str) -> bool:
        """Whether jobs of a namespace are ours to look after."""
        return None in self.namespaces or namespace in self.namespaces

    async def close(self) -> None:
        """Close all connections."""
        await self.transport.close()


class _NotedRequests:
    """Notes every answer in the log, for whoever asks for its details."""

    def count_request(self, verb: str, resource: str, code: int) -> None:
        _logger.debug("%s %s: %d", verb, resource, code, extra={"event": "cluster_request"})


async def open_cluster_access(settings: Settings) -> ClusterAccess:
    """Return the cluster that the environment names.

    Raises:
        kubernetes.config.ConfigException: it names none.
    """
    own = await _load(configuration := Configuration())
    configuration.connection_pool_maxsize = _CONNECTIONS
    transport = Transport(
        ApiClient(configuration),
        _NotedRequests(),
        timeout_seconds=settings.kubernetes_request_timeout_seconds,
        delays_seconds=_DELAYS_SECONDS,
        longest_wait_seconds=_DELAYS_SECONDS[-1],
    )
    served = settings.kubernetes_namespaces or (own,)
    everywhere = _EVERYWHERE in served
    return ClusterAccess(
        transport=transport,
        cluster=Cluster(transport, field_owner=FIELD_OWNER),
        namespaces=(None,) if everywhere else served,
        home=own if everywhere else served[0],
        plugin_namespace=settings.kubernetes_plugin_namespace or own,
    )


async def _load(configuration: Configuration) -> str:
    """Fill in address and credentials; return the service's own namespace."""
    untyped: Any = config
    if "KUBERNETES_SERVICE_HOST" in os.environ:
        untyped.load_incluster_config(client_configuration=configuration)
        return _NAMESPACE_FILE.read_text(encoding="utf-8").strip()
    file = os.environ.get("KUBECONFIG")  # the client looks it up while it is imported, once
    await untyped.load_kube_config(config_file=file, client_configuration=configuration)
    _, active = untyped.list_kube_config_contexts(config_file=file)
    return str(active["context"].get("namespace") or "default")
