"""``azuraforge jobs create`` and what else makes or changes a job."""

from typing import Annotated, Literal

import typer

from azuraforge_cli.commands.options import (
    AsJson,
    JobFile,
    Namespace,
    Output,
    ServiceOutput,
    Settings,
    Yes,
    chosen_output,
    examples,
)

__all__ = ["add_to"]

Job = Annotated[
    str, typer.Argument(metavar="JOB", help="A job's name (the newest one of it), or its uid.")
]
Follow = Annotated[
    bool, typer.Option("--follow", help="Follow it to its end, and exit with its code.")
]
NewName = Annotated[
    str | None, typer.Option("--name", metavar="NAME", help="Of the new one; else the next free.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to ``azuraforge jobs``."""
    app.command(
        "create",
        epilog=examples(
            "azuraforge jobs create -f job.yaml",
            "azuraforge jobs create -f job.yaml --set config.training.epochs=3 --follow",
            "azuraforge jobs create -f job.yaml -o json | jq -r .metadata.uid",
        ),
    )(create)
    app.command("suspend", epilog=examples("azuraforge jobs suspend weather"))(suspend)
    app.command("resume", epilog=examples("azuraforge jobs resume weather"))(resume)
    app.command("cancel", epilog=examples("azuraforge jobs cancel weather --yes"))(cancel)
    app.command(
        "retry",
        epilog=examples(
            "azuraforge jobs retry weather",
            "azuraforge jobs retry weather --set config.training.learning_rate=0.0003 --follow",
        ),
    )(retry)
    app.command(
        "clone",
        epilog=examples("azuraforge jobs clone weather --set config.model.kind=gru --follow"),
    )(clone)
    app.command("delete", epilog=examples("azuraforge jobs delete weather --yes"))(delete)


def create(
    file: JobFile,
    settings: Settings = None,
    follow: Follow = False,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Create a job from a job file.

    The service checks it, and tells every mistake with its path. Its source is a data
    set of the service (see `azuraforge datasets upload`), an address or a service:
    files of this machine are not there.
    """
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast

    form = chosen_output(output, as_json=as_json)
    raise typer.Exit(jobs.create_job(file, settings or (), form, follows=follow))


def suspend(job: Job, namespace: Namespace = None) -> None:
    """Stop a job at a checkpoint; `resume` lets it go on from there."""
    _change(job, "suspend", namespace)


def resume(job: Job, namespace: Namespace = None) -> None:
    """Let a suspended job go on from its checkpoint."""
    _change(job, "resume", namespace)


def cancel(job: Job, namespace: Namespace = None, yes: Yes = False) -> None:
    """End a job for good; there is no way back, but `retry` makes a new one."""
    from azuraforge_cli.service.printing import ask  # noqa: PLC0415 - --help stays fast

    ask(f"End {job} for good?", is_granted=yes)
    _change(job, "cancel", namespace)


def _change(
    job: str, change: Literal["suspend", "resume", "cancel"], namespace: str | None
) -> None:
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast

    jobs.change_job(job, change, namespace)


def retry(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    job: Job,
    name: NewName = None,
    settings: Settings = None,
    follow: Follow = False,
    namespace: Namespace = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Create a new job that goes on from the checkpoint of one that has ended."""
    form = chosen_output(output, as_json=as_json)
    _again(job, "retry", name, settings, follow, namespace, form)


def clone(  # noqa: PLR0913, PLR0917 - every option of a command is an argument
    job: Job,
    name: NewName = None,
    settings: Settings = None,
    follow: Follow = False,
    namespace: Namespace = None,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Create a new job like another one, with changes, that starts from the beginning."""
    form = chosen_output(output, as_json=as_json)
    _again(job, "clone", name, settings, follow, namespace, form)


def _again(  # noqa: PLR0913, PLR0917 - the options of two commands
    job: str,
    how: Literal["retry", "clone"],
    name: str | None,
    settings: list[str] | None,
    follow: bool,
    namespace: str | None,
    form: ServiceOutput | None,
) -> None:
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast

    wanted = jobs.Again(job, how, name, tuple(settings or ()), follow)
    raise typer.Exit(jobs.create_again(wanted, namespace, form))


def delete(job: Job, namespace: Namespace = None, yes: Yes = False) -> None:
    """Delete a job's object, processes and pods; its history and its model stay."""
    from azuraforge_cli.service import jobs  # noqa: PLC0415 - --help stays fast
    from azuraforge_cli.service.printing import ask  # noqa: PLC0415 - likewise

    ask(f"Delete {job}?", is_granted=yes)
    jobs.delete_job(job, namespace)
