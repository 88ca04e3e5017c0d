"""``azuraforge plugins``: the pipelines that are installed, and their configuration."""

from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["app"]

Remote = Annotated[
    bool, typer.Option("--remote", help="Those of the service, not those of this machine.")
]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The installed pipelines and their configuration.",
)


@app.command("list", epilog=examples("azuraforge plugins list", "azuraforge plugins list --remote"))
def list_plugins(remote: Remote = False, as_json: AsJson = False) -> None:
    """List the installed pipelines; one that cannot be loaded is listed with its error."""
    if remote:
        from azuraforge_cli.service import pipelines  # noqa: PLC0415 - --help stays fast

        pipelines.print_remote_pipelines(as_json=as_json)
        return
    from azuraforge_cli.plugin_tables import print_plugins  # noqa: PLC0415 - --help stays fast

    print_plugins(as_json=as_json)


@app.command(
    "show",
    epilog=examples(
        "azuraforge plugins show forecaster", "azuraforge plugins show forecaster --remote --json"
    ),
)
def show_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as weather-forecaster.")],
    remote: Remote = False,
    as_json: AsJson = False,
) -> None:
    """Show a pipeline: what it does, every field of its config, and its defaults as YAML."""
    if remote:
        from azuraforge_cli.service import pipelines  # noqa: PLC0415 - --help stays fast

        pipelines.print_remote_pipeline(name, as_json=as_json)
        return
    from azuraforge_cli.plugin_tables import print_plugin  # noqa: PLC0415 - --help stays fast

    print_plugin(name, as_json=as_json)


@app.command(
    "manifest",
    epilog=examples(
        "azuraforge plugins manifest forecaster --image-cpu registry.example/forecaster:1.0",
        "azuraforge plugins manifest forecaster --image-gpu registry.example/forecaster:1.0-gpu "
        "-n azuraforge-system | kubectl apply -f -",
    ),
)
def plugin_manifest(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as weather-forecaster.")],
    image_gpu: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="Image for jobs on a GPU.")
    ] = None,
    image_cpu: Annotated[
        str | None, typer.Option(metavar="IMAGE", help="Image for jobs with device: cpu.")
    ] = None,
    namespace: Annotated[
        str | None,
        typer.Option("--namespace", "-n", metavar="NAME", help="The operator's own namespace."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the ConfigMap that installs a pipeline in a cluster: its description and images."""
    from azuraforge_cli.plugin_manifest import (  # noqa: PLC0415 - --help stays fast
        print_plugin_manifest,
    )

    print_plugin_manifest(
        name, image_gpu=image_gpu, image_cpu=image_cpu, namespace=namespace, as_json=as_json
    )
