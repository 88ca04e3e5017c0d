"""The pipelines that may train, and whether a config fits one; called by endpoints and by jobs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azuraforge_api.pipelines.plugin_source import BrokenPlugin, FoundPlugins, PluginSource
from azuraforge_contract.config_check import ConfigCheck
from azuraforge_contract.config_size import find_size_problems
from azuraforge_contract.plugin_descriptor import PluginDescriptor
from azuraforge_contract.validation import Problem, nearest

__all__ = ["Pipeline", "PipelineCatalog"]


@dataclass(frozen=True)
class Pipeline:
    """One pipeline: a descriptor, or what is wrong with its plugin.

    Attributes:
        name: what ``spec.pipeline`` says.
        descriptor: None where it cannot be used.
        broken: None where it can.
    """

    name: str
    descriptor: PluginDescriptor | None = None
    broken: BrokenPlugin | None = None


class PipelineCatalog:
    """The installed pipelines.

    Args:
        source: where they are told.
    """

    def __init__(self, source: PluginSource) -> None:
        self._source = source
        self._reading = asyncio.Lock()
        self._fingerprint: str | None = None
        self._pipelines: dict[str, Pipeline] = {}
        self._checks: dict[str, ConfigCheck] = {}

    async def pipelines(self) -> dict[str, Pipeline]:
        """Return all pipelines by name, read anew where the installation has changed."""
        fingerprint = await self._source.fingerprint()
        async with self._reading:
            if fingerprint != self._fingerprint:
                found = await self._source.read()
                self._pipelines, self._checks = await asyncio.to_thread(_prepared, found)
                self._fingerprint = fingerprint
        return self._pipelines

    async def find(self, name: str) -> Pipeline | None:
        """Return the pipeline of a name, or None."""
        return (await self.pipelines()).get(name)

    async def find_problems(self, name: str, config: Mapping[str, Any]) -> list[Problem]:
        """Return what a pipeline's schema finds wrong with a config, and whether it is there."""
        pipelines = await self.pipelines()
        pipeline = pipelines.get(name)
        if pipeline is None:
            return [_unknown(name, pipelines)]
        if pipeline.broken is not None:
            words = f"the plugin {name!r} cannot be used: {pipeline.broken.error}"
            return [Problem("spec.pipeline", words, "Repair or reinstall its package.")]
        return find_size_problems(config) or await asyncio.to_thread(
            self._checks[name].find_problems, config
        )

    async def find_all_problems(self, name: str, config: Mapping[str, Any]) -> list[Problem]:
        """Return every problem of a config, those included that only the plugin itself can find."""
        problems = await self.find_problems(name, config)
        return problems or await self._source.ask_plugin(name, config) or []


def _prepared(found: FoundPlugins) -> tuple[dict[str, Pipeline], dict[str, ConfigCheck]]:
    import jsonschema  # noqa: PLC0415 - not before somebody asks for a pipeline

    pipelines = {each.name: Pipeline(each.name, broken=each) for each in found.broken}
    checks: dict[str, ConfigCheck] = {}
    for descriptor in found.descriptors:
        name = descriptor.name
        try:
            checks[name] = ConfigCheck(descriptor.config_schema)
            pipelines[name] = Pipeline(name, descriptor=descriptor)
        except jsonschema.SchemaError as error:
            sentence = f"its config's schema is none: {error.message}"
            broken = BrokenPlugin(name, descriptor.distribution, descriptor.version, sentence)
            pipelines[name] = Pipeline(name, broken=broken)
    return dict(sorted(pipelines.items())), checks


def _unknown(name: str, known: Mapping[str, Pipeline]) -> Problem:
    near = nearest(name, known)
    hint = f" Did you mean {near!r}?" if near else ""
    listed = f"Installed: {', '.join(known)}." if known else "No plugin is installed."
    return Problem("spec.pipeline", f"no plugin is called {name!r}.{hint}", listed)
