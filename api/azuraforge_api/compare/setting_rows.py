"""The settings of runs, path by path: which differ, and which are the same everywhere.

Pure; called by ``service``. Paths read as behind ``--set`` on the command line.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["ABSENT", "SettingRow", "divide_settings", "flatten"]


class _Absent:
    """Stands where a run has no such setting."""


ABSENT: Final = _Absent()
_FIRST: Final = ("pipeline", "config")
"""What people look for first."""


@dataclass(frozen=True)
class SettingRow:
    """One setting of several runs.

    Attributes:
        path: dotted, such as config.training.epochs.
        values: one for each run; ABSENT where it has none.
    """

    path: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether they are not all the same."""
        return len({_identity(value) for value in self.values}) > 1


def flatten(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the leaves of a document by dotted path; a list is a leaf, so is an empty object."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            found.update(flatten(value, f"{path}."))
        else:
            found[path] = value
    return found


def divide_settings(
    documents: Sequence[Mapping[str, Any]],
) -> tuple[list[SettingRow], list[SettingRow]]:
    """Return the settings that differ between documents, and those that do not."""
    flat = [flatten(document) for document in documents]
    paths = sorted({path for each in flat for path in each}, key=_place)
    rows = [SettingRow(path, tuple(each.get(path, ABSENT) for each in flat)) for path in paths]
    return [row for row in rows if row.differs], [row for row in rows if not row.differs]


def _place(path: str) -> tuple[int, str]:
    first = path.partition(".")[0]
    return (_FIRST.index(first) if first in _FIRST else len(_FIRST), path)


def _identity(value: Any) -> Hashable:
    """Return what equal JSON values have in common: 1 and 1.0 are equal, 1 and true are not."""
    if isinstance(value, Mapping):
        return ("object", frozenset((name, _identity(each)) for name, each in value.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple(_identity(each) for each in value))
    if isinstance(value, bool):
        return ("truth", value)
    return value if isinstance(value, Hashable) else repr(value)
