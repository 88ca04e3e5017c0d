"""What ``azuraforge audit`` prints."""

import itertools
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from azuraforge_cli.commands.options import ServiceOutput
from azuraforge_cli.service.connection import open_service
from azuraforge_cli.service.printing import print_documents, print_rows, time_text
from azuraforge_client.resources.system import AuditEntry

__all__ = ["Wanted", "show_changes"]

_TITLES: Final = ("TIME (UTC)", "WHO", "METHOD", "PATH", "STATUS")
_WIDE_TITLES: Final = (*_TITLES, "ID", "REQUEST")


@dataclass(frozen=True)
class Wanted:
    """Which changes are shown.

    Attributes:
        principal: only by this one; None: by anybody.
        since: not before; None: since ever.
        text: only with this in the address; None: of anything.
        most: so many; 0: all.
    """

    principal: str | None
    since: datetime | None
    text: str | None
    most: int


def show_changes(wanted: Wanted, output: ServiceOutput | None) -> None:
    """Print changes, newest first."""
    with open_service() as client:
        told = client.system.changes(principal=wanted.principal)
        # The newest come first: what follows one that is too old is too old as well.
        recent = itertools.takewhile(
            lambda each: wanted.since is None or each.time >= wanted.since, told
        )
        shown = (each for each in recent if (wanted.text or "") in each.path)
        found = list(itertools.islice(shown, wanted.most or None))
    if output in {ServiceOutput.JSON, ServiceOutput.YAML}:
        print_documents((each.to_document() for each in found), output)
        return
    is_wide = output is ServiceOutput.WIDE
    rows = [_row(each, is_wide=is_wide) for each in found]
    print_rows(_WIDE_TITLES if is_wide else _TITLES, rows, nothing="There is no such change.")


def _row(entry: AuditEntry, *, is_wide: bool) -> list[str]:
    row = [
        time_text(entry.time),
        entry.principal or "-",
        entry.method,
        entry.path,
        str(entry.status),
    ]
    return [*row, str(entry.id), entry.request_id] if is_wide else row
