"""``azuraforge plugins``: the pipelines that are installed, and their configuration."""

from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The installed pipelines and their configuration.",
)


@app.command("list", epilog=examples("azuraforge plugins list"))
def list_plugins(as_json: AsJson = False) -> None:
    """List the installed pipelines; one that cannot be loaded is listed with its error."""
    from azuraforge_cli.plugin_tables import print_plugins  # noqa: PLC0415 - --help stays fast

    print_plugins(as_json=as_json)


@app.command(
    "show",
    epilog=examples(
        "azuraforge plugins show forecaster", "azuraforge plugins show forecaster --json"
    ),
)
def show_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as weather-forecaster.")],
    as_json: AsJson = False,
) -> None:
    """Show a pipeline: what it does, every field of its config, and its defaults as YAML."""
    from azuraforge_cli.plugin_tables import print_plugin  # noqa: PLC0415 - --help stays fast

    print_plugin(name, as_json=as_json)
