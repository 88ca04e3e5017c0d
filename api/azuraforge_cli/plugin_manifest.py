"""``azuraforge plugins manifest``: the ConfigMap that installs a plugin in a cluster."""

import json
from typing import Any, Literal

import typer
import yaml

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.plugin_descriptor import InstalledPlugin, plugin_config_map
from azuraforge_core.pipelines.descriptor import describe_pipeline
from azuraforge_core.pipelines.registry import load_pipeline

__all__ = ["print_plugin_manifest"]


def print_plugin_manifest(
    name: str,
    *,
    image_gpu: str | None,
    image_cpu: str | None,
    namespace: str | None,
    as_json: bool,
) -> None:
    """Print the ConfigMap of one plugin.

    Args:
        name: of an installed plugin.
        image_gpu: image for jobs on a GPU; None: the plugin does not support them.
        image_cpu: image for jobs with ``device: cpu``; None: the plugin does not support them.
        namespace: of the ConfigMap; None leaves it to kubectl.
        as_json: JSON instead of YAML.

    Raises:
        JobFileError: there is no such plugin, it cannot be used, or no image is given.
    """
    named: dict[Literal["gpu", "cpu"], str | None] = {"gpu": image_gpu, "cpu": image_cpu}
    images = {device: image for device, image in named.items() if image}
    if not images:
        raise JobFileError(
            "A plugin needs an image that carries it out, got none.",
            remedy="Give --image-gpu, --image-cpu or both.",
        )
    installed = InstalledPlugin(describe_pipeline(load_pipeline(name)), images)
    document = plugin_config_map(installed, namespace=namespace)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    typer.echo(text, nl=False)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as it is, so that a person can read and compare it."""


def _represent_text(dumper: _Dumper, text: str) -> Any:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
