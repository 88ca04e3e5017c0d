"""Where descriptors come from: the packages of this machine, or the ConfigMaps of a cluster."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from azuraforge_contract.plugin_descriptor import PluginDescriptor
from azuraforge_contract.validation import Problem

__all__ = ["BrokenPlugin", "FoundPlugins", "PluginSource"]


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that is installed but cannot be used.

    Attributes:
        name: what ``spec.pipeline`` would say.
        distribution: the package that brings it.
        version: that package's version.
        error: what is wrong, one sentence.
    """

    name: str
    distribution: str
    version: str
    error: str


@dataclass(frozen=True)
class FoundPlugins:
    """Everything that is installed.

    Attributes:
        descriptors: of the plugins that can be used.
        broken: those that cannot.
    """

    descriptors: tuple[PluginDescriptor, ...]
    broken: tuple[BrokenPlugin, ...] = ()


class PluginSource(Protocol):
    """Tells which plugins there are."""

    async def fingerprint(self) -> str:
        """Return a text that changes whenever `read` would answer otherwise; quick."""
        ...

    async def read(self) -> FoundPlugins:
        """Return the plugins.

        Raises:
            Problem: they cannot be told now.
        """
        ...

    async def ask_plugin(self, name: str, config: Mapping[str, Any]) -> list[Problem] | None:
        """Return what the plugin itself finds wrong with a config; None where it cannot be asked.

        A schema cannot say everything: that three fractions sum to one, for example.
        """
        ...
