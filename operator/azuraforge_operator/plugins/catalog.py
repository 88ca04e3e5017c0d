"""The plugins that are installed, as their ConfigMaps say; looked for again and again.

Only ConfigMaps of the operator's own namespace count: whoever may write there has installed the
operator, so the images they name are trusted.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import jsonschema

from azuraforge_cluster.cluster import Cluster, Raw
from azuraforge_cluster.errors import ClusterError
from azuraforge_contract.config_check import ConfigCheck
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.plugin_descriptor import InstalledPlugin, read_plugin_config_map

__all__ = ["KnownPlugin", "PluginCatalog"]

_logger: Final = logging.getLogger("azuraforge.plugins")


@dataclass(frozen=True)
class KnownPlugin:
    """A plugin that can be used.

    Attributes:
        installed: its descriptor and images.
        check: checks configs against its schema.
    """

    installed: InstalledPlugin
    check: ConfigCheck


class PluginCatalog:
    """The installed plugins.

    Args:
        cluster: where they are read.
        namespace: of their ConfigMaps.
    """

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._versions: dict[str, str] = {}
        self._plugins: dict[str, KnownPlugin] = {}
        self.is_loaded = False
        """Whether the plugins have been read at least once."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all plugins."""
        return tuple(sorted(self._plugins))

    def find(self, name: str) -> KnownPlugin | None:
        """Return the plugin of a name, or None."""
        return self._plugins.get(name)

    async def refresh(self) -> bool:
        """Read the plugins; return whether anything about them has changed.

        Raises:
            ClusterError: they cannot be read now.
        """
        found = await self._cluster.list_plugins(self._namespace)
        versions = {raw["metadata"]["uid"]: raw["metadata"]["resourceVersion"] for raw in found}
        self.is_loaded = True
        if versions == self._versions:
            return False
        plugins = [plugin for raw in found if (plugin := _read(raw)) is not None]
        self._plugins = {plugin.installed.descriptor.name: plugin for plugin in plugins}
        self._versions = versions
        _logger.info(
            "Plugins: %s.", ", ".join(self.names) or "none", extra={"event": "plugins_changed"}
        )
        return True

    async def follow(self, every_seconds: float, changed: Callable[[], None]) -> None:
        """Keep the plugins up to date for as long as the operator runs."""
        while True:
            try:
                if await self.refresh():
                    changed()
            except ClusterError as error:
                _logger.warning("Plugins cannot be read: %s", error)
            await asyncio.sleep(every_seconds)


def _read(raw: Raw) -> KnownPlugin | None:
    """Return the plugin in a ConfigMap; one that is broken is reported and left out."""
    try:
        installed = read_plugin_config_map(raw)
        return KnownPlugin(installed, ConfigCheck(installed.descriptor.config_schema))
    except JobFileError as error:
        _logger.error("A plugin is left out: %s", error)  # noqa: TRY400 - its author's mistake
    except jsonschema.SchemaError as error:
        name = raw["metadata"]["name"]
        _logger.error(  # noqa: TRY400 - its author's mistake
            "A plugin is left out: ConfigMap %s: configSchema: %s", name, error.message
        )
    return None
