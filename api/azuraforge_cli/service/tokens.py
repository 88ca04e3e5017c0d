"""What ``azuraforge tokens`` does."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import typer

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.failures import CommandExitCode, CommandFailure
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.expiry import expiry_of
from azuraforge_cli.service.printing import (
    age_text,
    ask,
    print_document,
    print_documents,
    print_rows,
    time_text,
)
from azuraforge_client import Client
from azuraforge_client.resources.tokens import Token
from azuraforge_contract.errors import JobFileError

__all__ = ["create_token", "list_tokens", "revoke_token"]

_ROLES: Final = ("viewer", "editor", "admin")
_TITLES: Final = ("ID", "NAME", "ROLE", "STATE", "EXPIRES", "LAST USED", "AGE")
_WIDE_TITLES: Final = (*_TITLES, "OWNER", "REVOKED")


def create_token(name: str, role: str, expires: str | None, output: ServiceOutput | None) -> None:
    """Create a token and show its secret, the only time.

    Raises:
        JobFileError: there is no such role, or the time is none to come.
    """
    if role not in _ROLES:
        raise JobFileError(f"There is no role {role!r}.", remedy=f"Use {', '.join(_ROLES)}.")
    ends = None if expires is None else expiry_of(expires, datetime.now(UTC))
    with open_service() as client:
        made = client.tokens.create(name, role=role, expires_at=ends)
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_document(made.to_document(), output)
        return
    end = "never ends" if made.expires_at is None else f"ends {time_text(made.expires_at)} UTC"
    typer.echo(f"Token {made.id} of {made.name}: {made.role}, {end}. Shown once:", err=True)
    typer.echo(made.secret)


def list_tokens(most: int, output: ServiceOutput | None, *, only_valid: bool) -> None:
    """Print tokens, the first ``most`` of them (0: all)."""
    with open_service() as client:
        wanted = _valid(client) if only_valid else client.tokens.list()
        found = list(itertools.islice(wanted, most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    is_wide = output is ServiceOutput.WIDE
    rows = [_row(each, is_wide=is_wide) for each in found]
    titles = _WIDE_TITLES if is_wide else _TITLES
    print_rows(titles, rows, nothing="There is no such token.")


def revoke_token(named: str, *, is_granted: bool) -> None:
    """Revoke a token after a question.

    Raises:
        CommandFailure: there is no such token, or several have the name.
    """
    with open_service() as client:
        token = _find(client, named)
        shown = f"token {token.id} of {token.name} ({token.role})"
        ask(f"Revoke {shown} for ever?", is_granted=is_granted)
        client.tokens.revoke(token.id)
    typer.echo(f"Revoked {shown}.")


def _find(client: Client, named: str) -> Token:
    if named.isascii() and named.isdigit():
        found = [each for each in client.tokens.list() if each.id == int(named)]
    else:
        found = [each for each in _valid(client) if each.name == named]
    if not found:
        raise CommandFailure(
            f"There is no token {named!r}.",
            CommandExitCode.NOT_FOUND,
            remedy="`azuraforge tokens list` shows all of them.",
        )
    if len(found) > 1:
        numbers = ", ".join(str(each.id) for each in found)
        raise CommandFailure(
            f"{len(found)} valid tokens are named {named!r}: {numbers}.",
            CommandExitCode.CONFLICT,
            remedy=f"Name one by its number: azuraforge tokens revoke {found[0].id}",
        )
    return found[0]


def _valid(client: Client) -> Iterator[Token]:
    return (each for each in client.tokens.list() if _state(each) == "valid")


def _state(token: Token) -> str:
    if token.revoked_at is not None:
        return "revoked"
    is_over = token.expires_at is not None and token.expires_at <= datetime.now(UTC)
    return "over" if is_over else "valid"


def _row(token: Token, *, is_wide: bool) -> list[str]:
    row = [
        str(token.id),
        token.name,
        token.role,
        _state(token),
        "never" if token.expires_at is None else time_text(token.expires_at),
        "never" if token.last_used_at is None else time_text(token.last_used_at),
        age_text(token.created_at),
    ]
    revoked = "" if token.revoked_at is None else time_text(token.revoked_at)
    return [*row, token.created_by, revoked] if is_wide else row
