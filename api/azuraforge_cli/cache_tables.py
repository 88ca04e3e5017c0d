"""What ``azuraforge cache`` prints."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

import typer
from rich.table import Table

from azuraforge_cli.cache_folder import find_cache_folder
from azuraforge_cli.display.figures import bytes_text, duration_text
from azuraforge_cli.display.terminal import open_console
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.exit_codes import ExitCode
from azuraforge_contract.quantity import parse_quantity
from azuraforge_core.cache import EntrySummary, PrunePolicy, list_entries, prune, verify

__all__ = ["print_entries", "prune_entries", "verify_entries"]

_DIGEST_SHOWN = 12


def print_entries(*, as_json: bool) -> None:
    """Print everything that lies in the cache."""
    folder = find_cache_folder()
    entries = list_entries(folder)
    if as_json:
        found = [_entry_document(entry) for entry in entries]
        _print_json({"folder": str(folder), "entries": found})
        return
    if not entries:
        typer.echo(f"The cache {folder} is empty.")
        return
    now = dt.datetime.now(dt.UTC)
    table = _table("DIGEST", "STATE", "SIZE", "LAST USED", "DATA")
    for entry in entries:
        table.add_row(
            entry.digest[:_DIGEST_SHOWN],
            entry.state.value,
            bytes_text(entry.size_bytes),
            f"{duration_text((now - entry.last_used_at).total_seconds())} ago",
            entry.problem or _source_text(entry.parameters),
        )
    open_console().print(table)
    total = sum(entry.size_bytes for entry in entries)
    typer.echo(f"{len(entries)} in {folder}, {bytes_text(total)} in all.")


def verify_entries(*, as_json: bool) -> ExitCode:
    """Read every entry and print which are damaged; return 74 when one is."""
    folder = find_cache_folder()
    results = list(verify(folder))
    damaged = [result for result in results if result.problem]
    if as_json:
        found = [
            {
                "digest": result.digest,
                "bytes": result.size_bytes,
                "problem": result.problem,
                "quarantined": result.quarantined,
            }
            for result in results
        ]
        _print_json({"folder": str(folder), "entries": found})
        return ExitCode.STORAGE_ERROR if damaged else ExitCode.SUCCEEDED
    for result in damaged:
        moved = "set aside" if result.quarantined else "left where it is"
        typer.echo(f"{result.digest[:_DIGEST_SHOWN]}  {moved}: {result.problem}")
    whole = len(results) - len(damaged)
    typer.echo(f"{whole} of {len(results)} entries in {folder} are whole.")
    return ExitCode.STORAGE_ERROR if damaged else ExitCode.SUCCEEDED


def prune_entries(max_size: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Remove what the limit asks for and print what went.

    Raises:
        JobFileError: ``max_size`` is no size.
        StorageError: the cache cannot be read or written.
    """
    folder = find_cache_folder()
    report = prune(folder, PrunePolicy(max_bytes=_size(max_size)), dry_run=dry_run)
    if as_json:
        _print_json(
            {
                "folder": str(folder),
                "dryRun": report.dry_run,
                "removed": [
                    {"digest": entry.digest, "state": entry.state, "bytes": entry.size_bytes}
                    for entry in report.removed
                ],
                "freedBytes": report.freed_bytes,
                "keptBytes": report.kept_bytes,
                "isOverLimit": report.is_over_limit,
            }
        )
        return
    for entry in report.removed:
        typer.echo(f"{entry.digest[:_DIGEST_SHOWN]}  {entry.state}  {bytes_text(entry.size_bytes)}")
    verb = "would be freed" if dry_run else "freed"
    freed, kept = bytes_text(report.freed_bytes), bytes_text(report.kept_bytes)
    typer.echo(f"{freed} {verb} in {folder}, {kept} kept.")
    if report.is_over_limit:
        typer.echo("More than the limit is left: it was used within the last 24 hours.")


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(parse_quantity(text))
    except ValueError as error:
        raise JobFileError(f"--max-size: {error}.", remedy="Write it as in 10Gi or 500M.") from None


def _entry_document(entry: EntrySummary) -> dict[str, Any]:
    return {
        "digest": entry.digest,
        "state": entry.state,
        "bytes": entry.size_bytes,
        "lastUsed": entry.last_used_at.isoformat(timespec="seconds"),
        "parameters": entry.parameters,
        "problem": entry.problem,
    }


def _source_text(parameters: Mapping[str, Any]) -> str:
    """Return what a person would recognize an entry by."""
    shown = parameters.get("source", parameters)
    pairs: Iterable[tuple[str, Any]] = shown.items() if isinstance(shown, Mapping) else ()
    return ", ".join(f"{name} {value}" for name, value in pairs if value is not None)


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, no_wrap=title != "DATA", overflow="ellipsis")
    return table


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))
