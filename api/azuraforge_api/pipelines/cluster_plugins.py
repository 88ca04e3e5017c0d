"""The plugins installed in a cluster, as ConfigMaps describe them: what the operator reads."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from azuraforge_api.pipelines.plugin_source import BrokenPlugin, FoundPlugins
from azuraforge_api.problems.problem import Problem as ApiProblem
from azuraforge_cluster.cluster import Cluster, Raw
from azuraforge_cluster.errors import ClusterError
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.plugin_descriptor import (
    PLUGIN_LABEL,
    PluginDescriptor,
    read_plugin_config_map,
)
from azuraforge_contract.validation import Problem

__all__ = ["ClusterPlugins"]

_FRESH_SECONDS: Final = 5.0
"""For so long nobody asks the API server again."""


class ClusterPlugins:
    """The plugins among the ConfigMaps of a namespace; see `PluginSource`.

    Args:
        cluster: where they are.
        namespace: whose ConfigMaps count: that of the release.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._found: list[Raw] | None = None
        self._read_at = 0.0

    async def fingerprint(self) -> str:
        """Return the identities and versions of the ConfigMaps."""
        found = await self._config_maps()
        return json.dumps(
            sorted((raw["metadata"]["uid"], raw["metadata"]["resourceVersion"]) for raw in found)
        )

    async def read(self) -> FoundPlugins:
        """Return the plugins; one that is described wrongly is among the broken."""
        descriptors: list[PluginDescriptor] = []
        broken = []
        for raw in await self._config_maps():
            try:
                descriptors.append(read_plugin_config_map(raw).descriptor)
            except JobFileError as error:
                name = raw["metadata"]["labels"][PLUGIN_LABEL]
                where = f"ConfigMap {raw['metadata']['name']}"
                broken.append(BrokenPlugin(name, where, "?", error.message))
        return FoundPlugins(tuple(descriptors), tuple(broken))

    async def ask_plugin(self, name: str, config: Mapping[str, Any]) -> list[Problem] | None:
        """Return None: a plugin's own code is in its image alone."""
        del name, config
        return None

    async def _config_maps(self) -> list[Raw]:
        """Return the ConfigMaps; the last ones known where the API server is away."""
        if self._found is None or time.monotonic() - self._read_at > _FRESH_SECONDS:
            try:
                self._found = await self._cluster.list_plugins(self._namespace)
            except ClusterError as error:
                if self._found is None:
                    raise _away(error) from error
            self._read_at = time.monotonic()
        return self._found


def _away(error: ClusterError) -> ApiProblem:
    return ApiProblem(
        "unavailable",
        f"The cluster's plugins cannot be read: {error}",
        headers={"Retry-After": "5"},
    )
