"""The plugins installed beside the service, told by a process of their own.

A plugin's import may be slow, print, or end its process; none of that may happen to the service.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from pydantic import ValidationError

from azuraforge_api.pipelines.plugin_source import BrokenPlugin, FoundPlugins
from azuraforge_api.problems.problem import Problem as ApiProblem
from azuraforge_api.processes.json_answer import SilentProcessError, ask_process
from azuraforge_contract.plugin_descriptor import PluginDescriptor
from azuraforge_contract.validation import Problem

__all__ = ["InstalledPlugins"]

_GROUP: Final = "azuraforge.pipelines"
_MODULE: Final = "azuraforge_core.pipelines"
_ANSWER_SECONDS: Final = 60.0
_ASKED_AT_ONCE: Final = 2
_known: Final[dict[str, FoundPlugins]] = {}
"""The last answer by its fingerprint: the installation is one for the whole process."""


class InstalledPlugins:
    """The plugins among the packages of this machine; see `PluginSource`."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_ASKED_AT_ONCE)

    async def fingerprint(self) -> str:
        """Return what tells one state of the installation from another."""
        points = await asyncio.to_thread(_points)
        return json.dumps([[point.name, point.value, *_distribution(point)] for point in points])

    async def read(self) -> FoundPlugins:
        """Return the plugins of the present state of the installation."""
        fingerprint = await self.fingerprint()
        if fingerprint not in _known:
            found = await self._read()
            _known.clear()
            _known[fingerprint] = found
        return _known[fingerprint]

    async def ask_plugin(self, name: str, config: Mapping[str, Any]) -> list[Problem] | None:
        """Return what the plugin's own model finds wrong with a config."""
        try:
            answer = await self._ask(["check", name], json.dumps(config).encode())
        except SilentProcessError:
            return None
        return [Problem(**each) for each in answer["problems"]]

    async def _read(self) -> FoundPlugins:
        try:
            return _found(await self._ask(["describe"]))
        except SilentProcessError:
            return await self._read_one_by_one()

    async def _read_one_by_one(self) -> FoundPlugins:
        """Find out which plugin ends or blocks the process, and describe the others."""
        parts = [await self._read_one(point) for point in await asyncio.to_thread(_points)]
        return FoundPlugins(
            tuple(each for part in parts for each in part.descriptors),
            tuple(each for part in parts for each in part.broken),
        )

    async def _read_one(self, point: EntryPoint) -> FoundPlugins:
        try:
            return _found(await self._ask(["describe", point.name]))
        except SilentProcessError as error:
            return FoundPlugins(
                (), (BrokenPlugin(point.name, *_distribution(point), f"loading it {error}."),)
            )

    async def _ask(self, arguments: Sequence[str], content: bytes = b"") -> dict[str, Any]:
        async with self._places:
            return await ask_process(
                [_MODULE, *arguments], content, timeout_seconds=_ANSWER_SECONDS
            )


def _found(answer: Mapping[str, Any]) -> FoundPlugins:
    try:
        descriptors = tuple(PluginDescriptor.model_validate(each) for each in answer["plugins"])
    except ValidationError as error:
        raise ApiProblem("internal-error", f"A descriptor is damaged: {error}.") from error
    return FoundPlugins(descriptors, tuple(BrokenPlugin(**each) for each in answer["broken"]))


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=_GROUP), key=lambda point: (point.name, point.value))


def _distribution(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("an unknown package", "?")
