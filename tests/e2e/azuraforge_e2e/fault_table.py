"""The table of faults: what a person saw, how it ended, and what was lost or doubled.

`make e2e-full` leaves it in ``build/e2e/platform-faults.md``; the tests print their rows as well.
"""

import sys
from dataclasses import astuple, dataclass
from typing import Final

from azuraforge_e2e.programs import REPOSITORY

__all__ = ["Fault", "tell"]

_TABLE: Final = REPOSITORY / "build" / "e2e" / "platform-faults.md"
_HEADING: Final = (
    "| fault | what a person sees | recovery | lost, doubled |\n| --- | --- | --- | --- |\n"
)


@dataclass(frozen=True)
class Fault:
    """One row.

    Attributes:
        name: what went wrong.
        seen: in the service's or the cluster's own words.
        recovery: what brought it back.
        damage: what was compared, and what was missing or twice.
    """

    name: str
    seen: str
    recovery: str
    damage: str

    def __str__(self) -> str:
        """Return the row as Markdown."""
        cells = (" ".join(str(cell).split()).replace("|", "\\|") for cell in astuple(self))
        return f"| {' | '.join(cells)} |\n"


def tell(fault: Fault) -> None:
    """Print a row, and put it in the place of the one that an earlier session has left."""
    sys.stdout.write(str(fault))
    _TABLE.parent.mkdir(parents=True, exist_ok=True)
    lines = _TABLE.read_text("utf-8").splitlines(keepends=True) if _TABLE.exists() else [_HEADING]
    kept = [line for line in lines if not line.startswith(f"| {fault.name} |")]
    _TABLE.write_text("".join([*kept, str(fault)]), encoding="utf-8")
