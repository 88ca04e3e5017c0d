"""What ``azuraforge plugins --remote`` prints: what can be trained with the service."""

from rich.text import Text

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.display.terminal import open_console
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import print_document, print_documents, print_rows
from azuraforge_contract.plugin_descriptor import MetricEntry, PluginDescriptor

__all__ = ["print_remote_pipeline", "print_remote_pipelines"]


def print_remote_pipelines(*, as_json: bool) -> None:
    """Print the service's pipelines; one that is broken with its error."""
    with open_service() as client:
        found = list(client.pipelines.list())
    if as_json:
        print_documents((each.to_document() for each in found), ServiceOutput.JSON)
        return
    rows = [
        [
            each.name,
            each.title if each.is_usable else f"cannot be used: {each.error}",
            each.distribution,
            each.version,
        ]
        for each in found
    ]
    nothing = "The service has no pipeline."
    print_rows(("NAME", "TITLE", "PACKAGE", "VERSION"), rows, nothing=nothing)


def print_remote_pipeline(name: str, *, as_json: bool) -> None:
    """Print one of the service's pipelines with its config."""
    with open_service() as client:
        found = client.pipelines.get(name)
    if as_json:
        print_document(found.to_document(), ServiceOutput.JSON)
        return
    from azuraforge_cli.plugin_tables import print_descriptor  # noqa: PLC0415 - brings NumPy

    if not found.is_usable:
        open_console().print(Text(f"cannot be used: {found.error}", style="red"))
        return
    print_descriptor(
        PluginDescriptor(
            name=found.name,
            title=found.title,
            description=found.description,
            distribution=found.distribution,
            version=found.version,
            config_schema=found.config_schema,
            defaults=found.defaults,
            metrics=tuple(
                MetricEntry(name=m.name, title=m.title, smaller_is_better=m.smaller_is_better)
                for m in found.metrics
            ),
        )
    )
