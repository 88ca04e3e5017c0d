"""What ``azuraforge plugins`` prints."""

import json
from typing import Any

import typer
import yaml
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.schema_rows import FieldRow, list_fields
from azuraforge_core.pipelines.descriptor import PluginDescriptor, describe_pipeline
from azuraforge_core.pipelines.registry import PluginCatalog, discover_pipelines, load_pipeline

__all__ = ["print_descriptor", "print_plugin", "print_plugins"]


def print_plugins(*, as_json: bool) -> None:
    """Print every installed plugin, with the error of one that cannot be loaded."""
    catalog = discover_pipelines()
    if as_json:
        _print_json(_catalog_document(catalog))
        return
    if not catalog.pipelines and not catalog.broken:
        typer.echo("No plugin is installed. Try: pip install azuraforge-forecaster")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("NAME", "TITLE", "PACKAGE", "VERSION"):
        table.add_column(title, overflow="fold")
    for found in catalog.pipelines:
        pipeline = found.pipeline
        table.add_row(pipeline.name, pipeline.title, found.distribution, found.version)
    for broken in catalog.broken:
        error = Text(f"cannot be used: {broken.error}", style="red")
        table.add_row(broken.name, error, broken.distribution, broken.version)
    open_console().print(table)


def print_plugin(name: str, *, as_json: bool) -> None:
    """Print one plugin.

    Raises:
        JobFileError: there is no such plugin, or it cannot be used.
    """
    descriptor = describe_pipeline(load_pipeline(name))
    if as_json:
        _print_json(descriptor.model_dump(mode="json"))
        return
    print_descriptor(descriptor)


def print_descriptor(descriptor: PluginDescriptor) -> None:
    """Print what a plugin does, every field of its config, its figures and its defaults."""
    console = open_console()
    console.print(_heading(descriptor))
    console.print(Markdown(descriptor.description))
    console.print(Text("\nspec.config", style="bold"))
    for row in list_fields(descriptor.config_schema):
        console.print(Padding(_field(row), (0, 0, 0, 2 * row.depth)))
    console.print(Text("\nFigures of a finished run", style="bold"))
    for metric in descriptor.metrics:
        console.print(Text.assemble("  ", (metric.name, "cyan"), f"  {metric.title}"))
    console.print(Text("\nDefaults", style="bold"))
    console.print(Text(_defaults_yaml(descriptor)))


def _heading(descriptor: PluginDescriptor) -> Text:
    package = f"  ({descriptor.distribution} {descriptor.version})"
    return Text.assemble((descriptor.name, "bold"), f": {descriptor.title}", (package, "dim"))


def _field(row: FieldRow) -> RenderableType:
    """Return a field: its name with what it takes, and below it what it is."""
    name = Text(row.name, style="cyan" if row.type else "bold")
    if row.type:
        name.append(f"  {row.type}", style="default")
    if row.default:
        is_required = row.default == "required"
        name.append("  required" if is_required else f"  (default: {row.default})", style="dim")
    return Group(name, Padding(Text(row.description), (0, 0, 0, 4)))


def _defaults_yaml(descriptor: PluginDescriptor) -> str:
    document = {"pipeline": descriptor.name, "config": descriptor.defaults}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False)


def _catalog_document(catalog: PluginCatalog) -> dict[str, Any]:
    return {
        "plugins": [
            {
                "name": found.pipeline.name,
                "title": found.pipeline.title,
                "distribution": found.distribution,
                "version": found.version,
            }
            for found in catalog.pipelines
        ],
        "broken": [
            {
                "name": broken.name,
                "distribution": broken.distribution,
                "version": broken.version,
                "error": broken.error,
            }
            for broken in catalog.broken
        ],
    }


def _print_json(document: object) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
