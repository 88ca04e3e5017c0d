"""How things of a service are named: NAME, or NAME@VERSION for a number, an alias or latest."""

from dataclasses import dataclass
from typing import Final, Self

__all__ = ["LATEST", "Reference", "is_reference"]

LATEST: Final = "latest"
_MARK: Final = "@"


@dataclass(frozen=True)
class Reference:
    """A data set or model, and which version of it.

    Attributes:
        name: of the thing.
        version: a number, an alias or latest; None: it was not said.
    """

    name: str
    version: str | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what was typed."""
        name, mark, version = text.partition(_MARK)
        return cls(name, version if mark else None)

    @property
    def version_or_latest(self) -> str:
        """The version, the newest where none was said."""
        return LATEST if self.version is None else self.version


def is_reference(text: str) -> bool:
    """Tell whether a text names a version of a service's, and not a file or folder here."""
    return _MARK in text and "/" not in text
