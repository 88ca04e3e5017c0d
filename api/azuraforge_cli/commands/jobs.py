"""``azuraforge jobs``: jobs of a service, to look at."""

from datetime import datetime
from typing import Annotated, Final

import typer

from azuraforge_cli.commands import job_changes
from azuraforge_cli.commands.options import AsJson, Namespace, Output, chosen_output, examples

__all__ = ["app"]

Job = Annotated[
    str, typer.Argument(metavar="JOB", help="A job's name (the newest one of it), or its uid.")
]
MOST: Final = 50

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Jobs of a service: create, follow, change, look at.\n\n"
    "`azuraforge run` and `azuraforge status` are about runs of this machine.",
)


@app.command(
    "list",
    epilog=examples(
        "azuraforge jobs list",
        "azuraforge jobs list --phase Failed --phase Cancelled -o wide",
        "azuraforge jobs list --label team=weather --watch",
        "azuraforge jobs list --json --limit 0 | jq -r '.items[].metadata.name'",
    ),
)
def list_jobs(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    phase: Annotated[
        list[str] | None,
        typer.Option("--phase", metavar="PHASE", help="Only in this phase. May be repeated."),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Only of this plugin.")
    ] = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Only those of this creator.")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only with this in the name.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", metavar="NAME=VALUE", help="Only with it. May be repeated."),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="TIME", help="Not created before, in UTC: 2026-01-31."),
    ] = None,
    sort: Annotated[
        str, typer.Option("--sort", metavar="ORDER", help="-created, created or name.")
    ] = "-created",
    namespace: Namespace = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")] = MOST,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Print a line at every change, until Ctrl-C.")
    ] = False,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first, also those whose objects are gone."""
    from datetime import UTC  # noqa: PLC0415 - beside its only use

    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast
    from azuraforge_client.resources.jobs import JobFilter  # noqa: PLC0415 - likewise

    phases: list[str] = [jobs.phase_named(word) for word in phase or []]
    wanted = JobFilter(phase=phases, label=label or [], sort=sort)
    if pipeline is not None:
        wanted["pipeline"] = pipeline
    if owner is not None:
        wanted["created_by"] = owner
    if text is not None:
        wanted["text"] = text
    if namespace is not None:
        wanted["namespace"] = namespace
    if since is not None:
        wanted["created_after"] = since.replace(tzinfo=since.tzinfo or UTC)
    jobs.list_jobs(wanted, limit, chosen_output(output, as_json=as_json), is_watched=watch)


@app.command(
    "get", epilog=examples("azuraforge jobs get weather", "azuraforge jobs get weather -o yaml")
)
def get_job(
    job: Job, namespace: Namespace = None, output: Output = None, as_json: AsJson = False
) -> None:
    """Show how a job stands, and why.

    -o yaml prints a TrainingJob with what the service knows beside it; as it stands,
    `azuraforge jobs create -f -` makes a job of it again.
    """
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast

    jobs.show_job(job, namespace, chosen_output(output, as_json=as_json))


@app.command(
    "follow",
    epilog=examples("azuraforge jobs follow weather", "azuraforge jobs follow weather --json"),
)
def follow_job(job: Job, namespace: Namespace = None, as_json: AsJson = False) -> None:
    """Follow a job to its end, as `azuraforge run` shows one of this machine.

    Exits with the code of the job: 0 when it has succeeded, else that of its last
    attempt; 75 when it was cancelled. Ctrl-C (130) leaves the job alone. A broken
    connection and a restarted service are survived.
    """
    from azuraforge_cli.service.connection import open_service  # noqa: PLC0415 - fast --help
    from azuraforge_cli.service.following import follow_job as follow  # noqa: PLC0415 - likewise

    with open_service() as client:
        code = follow(client, client.jobs.get(job, namespace=namespace), as_json=as_json)
    raise typer.Exit(code)


@app.command(
    "wait",
    epilog=examples(
        "azuraforge jobs wait weather",
        "azuraforge jobs wait weather --for Running --timeout 600",
    ),
)
def wait_for_job(
    job: Job,
    phase: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="PHASE", help="Until it is so. May be repeated."),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", min=0, metavar="SECONDS", help="Then give up.")
    ] = None,
    namespace: Namespace = None,
) -> None:
    """Wait for a job's end, or until it is in a phase.

    Exits with the code of the job, as `follow` does; 124 when the time is over, 73 when
    the job has ended without the phase.
    """
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast

    wanted = jobs.Waiting(job, tuple(phase or ()), timeout)
    raise typer.Exit(jobs.wait_for_job(wanted, namespace))


job_changes.add_to(app)
