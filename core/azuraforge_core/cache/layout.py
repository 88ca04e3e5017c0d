"""Where everything lies beneath the cache's root. Whoever needs a path takes it from here.

::

    <root>/<digest[:2]>/<digest>/       a published entry
        manifest.json                   what it is, with a checksum of every array
        <array>.npy                     plain NumPy files whose data start on a page
        last_used                       empty; its modification time is the last use
        verified.json                   which bytes a process has checked, and when
    <root>/leases/<digest>.<generation> who fills it now
    <root>/filling/<digest>.<token>/    an entry in the making
    <root>/filling/<digest>.<token>.old an entry while a fresher one takes its place
    <root>/retired/<digest>.<token>/    replaced, kept for those who have it mapped
    <root>/quarantine/<digest>.<token>/ found corrupt, kept for a person to look at
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "LAST_USED",
    "MANIFEST",
    "QUARANTINE_REASON",
    "VERIFIED",
    "CacheLayout",
    "digest_of",
    "make_folder",
    "share_with_group",
]

MANIFEST = "manifest.json"
LAST_USED = "last_used"
VERIFIED = "verified.json"
QUARANTINE_REASON = "reason.txt"

_SHELF = re.compile(r"[0-9a-f]{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CacheLayout:
    """The paths of one cache; nothing is read or created here but by :meth:`children`."""

    root: Path

    @property
    def leases(self) -> Path:
        """Folder of the lease files."""
        return self.root / "leases"

    @property
    def filling(self) -> Path:
        """Folder of the entries in the making."""
        return self.root / "filling"

    @property
    def retired(self) -> Path:
        """Folder of the replaced entries."""
        return self.root / "retired"

    @property
    def quarantine(self) -> Path:
        """Folder of the corrupt entries."""
        return self.root / "quarantine"

    def entry(self, digest: str) -> Path:
        """Return the folder in which the entry is, or would be, published."""
        return self.root / digest[:2] / digest

    def published(self) -> Iterator[Path]:
        """Yield the folders of all published entries, in order of their digests."""
        for shelf in self.children(self.root):
            if _SHELF.fullmatch(shelf.name):
                yield from (path for path in self.children(shelf) if digest_of(path))

    @staticmethod
    def children(folder: Path) -> list[Path]:
        """Return what lies in ``folder``, sorted by name; nothing when it is not there."""
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []


def digest_of(path: Path) -> str:
    """Return the digest that the name of ``path`` starts with, or an empty text."""
    head = path.name.partition(".")[0]
    return head if _DIGEST.fullmatch(head) else ""


def make_folder(path: Path) -> None:
    """Create ``path`` with its parents, usable by every pod of the volume's group."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        share_with_group(folder)


def share_with_group(path: Path) -> None:
    """Give the group the owner's rights: pods of different users share a volume by fsGroup."""
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod(mode | (mode & stat.S_IRWXU) >> 3)
