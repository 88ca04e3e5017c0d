"""``azuraforge audit``: who changed what."""

from datetime import datetime
from typing import Annotated, Final

import typer

from azuraforge_cli.commands.options import AsJson, Output, chosen_output, examples

__all__ = ["EXAMPLES", "audit"]

EXAMPLES: Final = examples(
    "azuraforge audit",
    "azuraforge audit --principal nightly-ci --since 2026-01-31 -o wide",
    "azuraforge audit --text /models/weather",
    "azuraforge audit --json --limit 0 | jq -r '.items[] | select(.method == \"DELETE\") | .path'",
)


def audit(
    principal: Annotated[
        str | None, typer.Option("--principal", metavar="NAME", help="Only by this one.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--since", metavar="TIME", help="Not before, in UTC: 2026-01-31."),
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT", help="Only with this in the address.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="At most; 0: all.")] = 50,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Show who changed what in a service, the newest first. For admins.

    What was refused is no change, and what trainers report is none. -o wide adds the id
    under which the service's log tells more of the request.
    """
    from datetime import UTC  # noqa: PLC0415 - beside its only use

    from azuraforge_cli.service import audit as changes  # noqa: PLC0415 - --help stays fast

    start = None if since is None else since.replace(tzinfo=since.tzinfo or UTC)
    wanted = changes.Wanted(principal=principal, since=start, text=text, most=limit)
    changes.show_changes(wanted, chosen_output(output, as_json=as_json))
