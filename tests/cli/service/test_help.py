"""The commands for a service teach themselves, and cost nothing until they are used."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer.main
from typer.testing import CliRunner

from azuraforge_cli.main import app

OURS = (
    "login",
    "logout",
    "jobs",
    "logs",
    "datasets",
    "models",
    "compare",
    "tokens",
    "webhooks",
    "audit",
)


def _commands() -> Iterator[str]:
    groups = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    for name in OURS:
        inner = getattr(groups[name], "commands", {})
        yield from (f"{name} {deeper}" for deeper in inner) if inner else (name,)


@pytest.mark.parametrize("command", [*_commands()])
def test_each_command_shows_an_example_of_itself(command: str) -> None:
    """--help says what a command does, with lines to copy."""
    shown = CliRunner().invoke(app, [*command.split(), "--help"], prog_name="azuraforge")
    assert shown.exit_code == 0
    usage, _, examples = shown.output.partition("Examples:")
    assert f"Usage: azuraforge {command}" in usage
    assert f"azuraforge {command}" in examples


def test_help_brings_no_client() -> None:
    """What no command needs is not loaded: the first letter appears at once."""
    code = "import sys, azuraforge_cli.main; print('httpx' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]
