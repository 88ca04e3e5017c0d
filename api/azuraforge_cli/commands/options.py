"""Options that several commands share, so that they read the same everywhere."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

__all__ = [
    "AsJson",
    "DeviceChoice",
    "JobFile",
    "Namespace",
    "Out",
    "Output",
    "OutputFormat",
    "ServiceOutput",
    "Settings",
    "Yes",
    "chosen_output",
    "examples",
]

_SLASHES: Final = ("/", os.sep)


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


def _target(named: str | Path) -> Path:
    """Return where a file is put; a slash at the end asks for a folder, which is made."""
    path = Path(named)
    if str(named).endswith(_SLASHES):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise typer.BadParameter(f"the folder cannot be made: {error.strerror}") from error
    return path


JobFile = Annotated[
    Path,
    typer.Option("--file", "-f", metavar="FILE", help="The job file, YAML or JSON; - reads stdin."),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="PATH",
        parser=_target,
        help="A file, or the folder it is put in; with / at its end, the folder is made.",
    ),
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
