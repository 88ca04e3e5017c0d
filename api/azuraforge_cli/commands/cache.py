"""``azuraforge cache``: the prepared data that all runs share."""

from typing import Annotated

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The prepared data that all runs share.\n\n"
    "It lies in AZURAFORGE_CACHE_DIR, or in ~/.cache/azuraforge.",
)


@app.command("ls", epilog=examples("azuraforge cache ls"))
def list_cache(as_json: AsJson = False) -> None:
    """List the entries of the cache, the most recently used first."""
    from azuraforge_cli.cache_tables import print_entries  # noqa: PLC0415 - --help stays fast

    print_entries(as_json=as_json)


@app.command("verify", epilog=examples("azuraforge cache verify"))
def verify_cache(as_json: AsJson = False) -> None:
    """Check every entry against its checksums; exits with 74 when one is damaged.

    A damaged entry is set aside, and filled again by the next run that needs it.
    """
    from azuraforge_cli.cache_tables import verify_entries  # noqa: PLC0415 - --help stays fast

    raise typer.Exit(verify_entries(as_json=as_json))


@app.command(
    "prune",
    epilog=examples(
        "azuraforge cache prune --max-size 10Gi --dry-run", "azuraforge cache prune --max-size 10Gi"
    ),
)
def prune_cache(
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", metavar="SIZE", help="Size to shrink to, such as 10Gi."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove entries, least recently used first; never one used within the last 24 hours."""
    from azuraforge_cli.cache_tables import prune_entries  # noqa: PLC0415 - --help stays fast

    prune_entries(max_size, dry_run=dry_run, as_json=as_json)
