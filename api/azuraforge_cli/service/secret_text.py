"""Reads a secret from a file, from standard input or from a person; never from an argument."""

import sys
from pathlib import Path
from typing import Final

import typer

from azuraforge_cli.failures import CommandFailure
from azuraforge_contract.errors import StorageError
from azuraforge_contract.exit_codes import ExitCode

__all__ = ["read_secret"]

_STDIN: Final = Path("-")
_MOST_BYTES: Final = 16_384


def read_secret(file: Path | None, kind: str, *, remedy: str = "") -> str:
    """Return a secret without the white space around it.

    Args:
        file: that holds it; ``-`` or None: standard input, where a person is asked.
        kind: what it is, in a word.
        remedy: what to do where there is none.

    Raises:
        CommandFailure: there is none, or what there is cannot be one.
        StorageError: the file cannot be read.
    """
    if file is not None and file != _STDIN:
        try:
            text = file.read_bytes()[:_MOST_BYTES].decode("ascii", "replace")
        except OSError as error:
            raise StorageError(f"{file} cannot be read: {error.strerror}.") from error
    elif sys.stdin.isatty():
        text = typer.prompt(kind.capitalize(), hide_input=True)
    else:
        text = sys.stdin.read(_MOST_BYTES)
    secret = text.strip()
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        words = f"That is no {kind}." if secret else f"There is no {kind}."
        raise CommandFailure(words, ExitCode.BAD_CONFIG, remedy=remedy)
    return secret
