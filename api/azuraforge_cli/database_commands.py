"""What ``azuraforge db`` does."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer

from azuraforge_api.database.database import Database
from azuraforge_api.database.migrations import (
    SchemaState,
    head_revision,
    read_schema,
    upgrade_schema,
)
from azuraforge_api.settings import Settings
from azuraforge_cli.opened_database import database_name, opened_database, sqlite_file
from azuraforge_cli.service_settings import read_settings
from azuraforge_contract.errors import StorageError
from azuraforge_contract.exit_codes import ExitCode

__all__ = ["check_database", "show_database", "upgrade_database"]

Answer = TypeVar("Answer")


def upgrade_database(data: Path, *, as_json: bool) -> None:
    """Bring the schema to its head and say what was done.

    Raises:
        AzuraForgeError: the database is newer, does not answer or cannot be written.
    """
    settings = read_settings(data_dir=data)
    file = sqlite_file(settings)
    if file is not None:
        _make_folder(file.parent)
    before = _ask(settings, upgrade_schema)
    if as_json:
        facts = {"database": database_name(settings), "from": before.current, "to": before.head}
        typer.echo(json.dumps({**facts, "changed": not before.is_at_head}))
    elif before.is_at_head:
        typer.echo(f"The database is at revision {before.head} already; nothing was to do.")
    else:
        typer.echo(f"Upgraded from revision {before.current or 'none'} to {before.head}.")


def show_database(data: Path, *, as_json: bool) -> None:
    """Print how the schema stands.

    Raises:
        AzuraForgeError: the database does not answer or cannot be read.
    """
    settings = read_settings(data_dir=data)
    _print_state(settings, _state(settings), as_json=as_json)


def check_database(data: Path, *, as_json: bool) -> ExitCode:
    """Print how the schema stands; return whether this release can work on it.

    Raises:
        AzuraForgeError: the database does not answer or cannot be read.
    """
    settings = read_settings(data_dir=data)
    state = _state(settings)
    _print_state(settings, state, as_json=as_json)
    return ExitCode.SUCCEEDED if state.is_at_head else ExitCode.STORAGE_ERROR


def _state(settings: Settings) -> SchemaState:
    file = sqlite_file(settings)
    if file is not None and not file.exists():  # to look at it would create it
        return SchemaState(None, head_revision(), is_known=True)
    return _ask(settings, read_schema)


def _print_state(settings: Settings, state: SchemaState, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "database": database_name(settings),
            "current": state.current,
            "head": state.head,
            "isAtHead": state.is_at_head,
            "isNewer": state.is_newer,
        }
        typer.echo(json.dumps(facts))
    elif state.is_at_head:
        typer.echo(f"{database_name(settings)} is at revision {state.head}, as this release needs.")
    else:
        typer.echo(f"{state.trouble} {state.remedy}")


def _ask(settings: Settings, question: Callable[[Database], Awaitable[Answer]]) -> Answer:
    async def ask() -> Answer:
        async with opened_database(settings) as database:
            return await question(database)

    return asyncio.run(ask())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Choose another --data."
        ) from error
