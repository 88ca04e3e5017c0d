"""The console that tables are printed on.

Called by every command that prints one. A pipe has no width, so that a table in a log or in a
``grep`` is not folded to the eighty columns of a terminal that is not there.
"""

import sys
from typing import Final

from rich.console import Console

__all__ = ["open_console"]

_WIDTH_OF_A_PIPE: Final = 160


def open_console() -> Console:
    """Return a console on stdout as wide as the terminal, or wide where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_PIPE)
