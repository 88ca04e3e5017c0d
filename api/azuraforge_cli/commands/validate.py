"""``azuraforge validate``: every problem of a job file, without running it."""

from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, DeviceChoice, JobFile, Settings, examples

__all__ = ["EXAMPLES", "validate"]

EXAMPLES: Final = examples(
    "azuraforge validate -f job.yaml",
    "azuraforge validate -f job.yaml --set config.training.epochs=3",
    "azuraforge validate -f job.yaml --json",
)


def validate(
    file: JobFile,
    settings: Settings = None,
    device: Annotated[
        DeviceChoice | None, typer.Option("--device", help="Check it for this device.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a job file without running it.

    Its own fields, and its config against the pipeline's. Prints every problem with its
    path, what was expected and the nearest valid name, and exits with 64. Reads no data
    and needs no GPU.
    """
    from azuraforge_cli.validation import validate_file  # noqa: PLC0415 - --help stays fast

    raise typer.Exit(validate_file(file, settings or (), device, as_json=as_json))
