"""``azuraforge doctor``: whether this machine can train."""

from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, DeviceChoice, examples

__all__ = ["EXAMPLES", "doctor"]

EXAMPLES: Final = examples(
    "azuraforge doctor                 for jobs on the GPU, which is the default of job files",
    "azuraforge doctor --device cpu    for machines that train on the CPU",
    "azuraforge doctor --json",
)


def doctor(
    gpu: Annotated[
        bool, typer.Option("--gpu", help="Check for the GPU; the same as --device gpu.")
    ] = False,
    device: Annotated[
        DeviceChoice | None,
        typer.Option("--device", help="What jobs here train on. Default: gpu, as in job files."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check whether this machine can train.

    Says what was found, and what to do about it.

    Exits with 78 when the GPU is wanted and cannot be used.
    """
    from azuraforge_cli.doctor import run_doctor  # noqa: PLC0415 - --help stays fast

    wanted = DeviceChoice.GPU if gpu or device is None else device
    raise typer.Exit(run_doctor(wanted.value, as_json=as_json))
