"""Options that several commands share, so that they read the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "DeviceChoice", "JobFile", "OutputFormat", "Settings", "examples"]


class DeviceChoice(StrEnum):
    """The devices that a person can ask for."""

    GPU = "gpu"
    CPU = "cpu"


class OutputFormat(StrEnum):
    """The forms in which an object is printed."""

    JSON = "json"
    YAML = "yaml"


JobFile = Annotated[
    Path,
    typer.Option("--file", "-f", metavar="FILE", help="The job file, YAML or JSON; - reads stdin."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the job file: --set config.training.epochs=3. May be repeated.",
    ),
]


def examples(*lines: str) -> str:
    """Return example commands as the end of a command's help, a line each."""
    unwrapped = (
        "\b"  # tells the formatter of the help to leave the lines of a paragraph as they are
    )
    return "\n".join([unwrapped, "Examples:", *(f"  {line}" for line in lines)])
