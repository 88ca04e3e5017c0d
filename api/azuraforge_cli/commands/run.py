"""``azuraforge run``: train from a job file on this machine."""

from pathlib import Path
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import DeviceChoice, Settings, examples

__all__ = ["EXAMPLES", "run"]

EXAMPLES: Final = examples(
    "azuraforge run -f examples/weather.yaml",
    "azuraforge run -f job.yaml --set config.training.epochs=3 --out runs/short",
    "azuraforge run -f job.yaml --device cpu",
    "azuraforge run --resume --out runs/short",
)


def run(
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            "-f",
            metavar="FILE",
            help="The job file, YAML or JSON; - reads stdin. May be left out with --resume.",
        ),
    ] = None,
    settings: Settings = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="The run's folder; must not exist yet. Default: runs/NAME-1, runs/NAME-2, …",
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the run in --out, or with the latest unfinished run of this job.",
        ),
    ] = False,
    device: Annotated[
        DeviceChoice | None,
        typer.Option("--device", help="Train on this device instead of the job file's."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each event and the final status as a JSON line.")
    ] = False,
) -> None:
    """Train from a job file on this machine.

    Writes the model and a report, and shows the losses, the rate and what is left.

    The job's retries, deadlines and status are those of the cluster; an attempt is one
    local process, whose output goes to logs/ in the run's folder. Relative paths in the
    job file are relative to the job file. Data is cached in AZURAFORGE_CACHE_DIR
    (default: ~/.cache/azuraforge) for all runs.

    Ctrl-C saves a checkpoint and exits with 75; --resume goes on from it and ends with
    the same model, bit by bit. A second Ctrl-C kills at once and exits with 130.
    """
    from azuraforge_cli.run import RunRequest, run_job  # noqa: PLC0415 - --help stays fast

    request = RunRequest(
        file=file,
        settings=tuple(settings or ()),
        out=out,
        resume=resume,
        device=device.value if device else None,
    )
    raise typer.Exit(run_job(request, as_json=as_json))
