"""``azuraforge logs``: what the trainers of a service's job printed."""

from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, examples

__all__ = ["EXAMPLES", "logs"]

EXAMPLES: Final = examples(
    "azuraforge logs weather",
    "azuraforge logs -f weather",
    "azuraforge logs weather --attempt 0 --json",
    "azuraforge logs weather --raw | jq -r 'select(.event == \"step\") | .loss'",
)


def logs(
    job: Annotated[
        str, typer.Argument(metavar="JOB", help="A job's name (the newest one of it), or its uid.")
    ],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on to the job's end.")] = False,
    attempt: Annotated[
        int | None, typer.Option("--attempt", min=0, metavar="N", help="Only this one.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="The lines as they were printed, JSON most of them.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print what the trainers of a service's job printed, all attempts one after another.

    Of a line that is AzuraForge's own, time (UTC), level and message are shown; --raw shows
    all fields, --json each line with its attempt and number.

    A connection that breaks is taken up again without a line lost or doubled. The logs
    of `azuraforge run` lie in the run's folder.
    """
    from azuraforge_cli.service.connection import open_service  # noqa: PLC0415 - fast --help
    from azuraforge_cli.service.following import LogForm, print_logs  # noqa: PLC0415 - likewise

    form = LogForm.JSON if as_json else LogForm.RAW if raw else LogForm.READABLE

    with open_service() as client:
        code = print_logs(client, job, attempt, follow=follow, form=form)
    raise typer.Exit(code)
