"""A plugin described without its code: what a form, the operator and the API know of it.

The command line writes it, as JSON or as the ConfigMap that installs a plugin in a cluster; the
operator and the API read it from there, so that they import no plugin.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.validation import StrictModel, explain, summarize

__all__ = [
    "PLUGIN_LABEL",
    "InstalledPlugin",
    "MetricEntry",
    "PluginDescriptor",
    "plugin_config_map",
    "read_plugin_config_map",
]

PLUGIN_LABEL: Final = "azuraforge.io/plugin"
"""Label of a ConfigMap that installs a plugin; its value is the plugin's name."""

_DESCRIPTOR: Final = "descriptor.json"
_IMAGE_KEYS: Final[Mapping[Literal["gpu", "cpu"], str]] = {"gpu": "image-gpu", "cpu": "image-cpu"}


class MetricEntry(StrictModel):
    """One figure that a finished run has."""

    name: str
    """Dotted name in ``metrics.json``."""
    title: str
    """A few words."""
    smaller_is_better: bool
    """Which way is up."""


class PluginDescriptor(StrictModel):
    """What a plugin is and takes."""

    format_version: int = FORMAT_VERSION
    name: str
    """What ``spec.pipeline`` says."""
    title: str
    """A few words."""
    description: str
    """What it is for, Markdown."""
    distribution: str
    """The package that brings it."""
    version: str
    """That package's version."""
    config_schema: dict[str, Any]
    """JSON schema (draft 2020-12) of ``spec.config``."""
    defaults: dict[str, Any]
    """What a field is where a config does not say; required fields are absent."""
    metrics: tuple[MetricEntry, ...]
    """The figures of a finished run, the most important one first."""


@dataclass(frozen=True)
class InstalledPlugin:
    """A plugin as a cluster has it: its description and the images that carry it out.

    Attributes:
        descriptor: what it is and takes.
        images: device → image; a device that is absent is not supported.
    """

    descriptor: PluginDescriptor
    images: Mapping[Literal["gpu", "cpu"], str]


def plugin_config_map(plugin: InstalledPlugin, *, namespace: str | None = None) -> dict[str, Any]:
    """Return the ConfigMap that installs a plugin, as a document."""
    name = plugin.descriptor.name
    text = json.dumps(plugin.descriptor.model_dump(mode="json"), ensure_ascii=False, indent=1)
    metadata = {"name": f"azuraforge-plugin-{name}", "labels": {PLUGIN_LABEL: name}}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {
            **{_IMAGE_KEYS[device]: image for device, image in plugin.images.items()},
            _DESCRIPTOR: text,
        },
    }


def read_plugin_config_map(document: Mapping[str, Any]) -> InstalledPlugin:
    """Return the plugin that a ConfigMap installs.

    Raises:
        JobFileError: it describes no plugin; every problem found, a line each.
    """
    metadata = document.get("metadata") or {}
    where = f"ConfigMap {metadata.get('name')}"
    data = document.get("data") or {}
    descriptor = _read_descriptor(data.get(_DESCRIPTOR), where)
    label = (metadata.get("labels") or {}).get(PLUGIN_LABEL)
    if descriptor.name != label:
        raise JobFileError(
            f"{where}: its label {PLUGIN_LABEL} should be {descriptor.name!r}, as in "
            f"{_DESCRIPTOR}, got {label!r}."
        )
    images = {device: data[key] for device, key in _IMAGE_KEYS.items() if data.get(key)}
    if not images:
        raise JobFileError(f"{where}: needs {' or '.join(_IMAGE_KEYS.values())}, got neither.")
    return InstalledPlugin(descriptor, images)


def _read_descriptor(text: str | None, where: str) -> PluginDescriptor:
    if text is None:
        raise JobFileError(f"{where}: needs {_DESCRIPTOR}.")
    try:
        return PluginDescriptor.model_validate_json(text)
    except ValidationError as error:
        problems = summarize(explain(error, PluginDescriptor))
        raise JobFileError(f"{where}, {_DESCRIPTOR}: {problems}") from None
