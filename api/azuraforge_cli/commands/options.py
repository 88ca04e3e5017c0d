"""Options that several commands share, so that they read the same everywhere."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsJson",
    "DeviceChoice",
    "JobFile",
    "Namespace",
    "Output",
    "OutputFormat",
    "ServiceOutput",
    "Settings",
    "Yes",
    "chosen_output",
    "examples",
]


class DeviceChoice(StrEnum):
    """The devices that a person can ask for."""

    GPU = "gpu"
    CPU = "cpu"


class OutputFormat(StrEnum):
    """The forms in which an object is printed."""

    JSON = "json"
    YAML = "yaml"


class ServiceOutput(StrEnum):
    """The forms in which what a service told is printed."""

    WIDE = "wide"
    YAML = "yaml"
    JSON = "json"


JobFile = Annotated[
    Path,
    typer.Option("--file", "-f", metavar="FILE", help="The job file, YAML or JSON; - reads stdin."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Output = Annotated[
    ServiceOutput | None,
    typer.Option("--output", "-o", help="Print more columns, or the whole objects."),
]
Namespace = Annotated[
    str | None,
    typer.Option("--namespace", "-n", metavar="NAME", help="Where a job's name is looked for."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a value of the job file: --set config.training.epochs=3. May be repeated.",
    ),
]


def chosen_output(output: ServiceOutput | None, *, as_json: bool) -> ServiceOutput | None:
    """Return the form that ``--output`` and ``--json`` ask for together."""
    return ServiceOutput.JSON if as_json else output


def examples(*lines: str) -> str:
    """Return example commands as the end of a command's help, a line each."""
    unwrapped = (
        "\b"  # tells the formatter of the help to leave the lines of a paragraph as they are
    )
    return "\n".join([unwrapped, "Examples:", *(f"  {line}" for line in lines)])
