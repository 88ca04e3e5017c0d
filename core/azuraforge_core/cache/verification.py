"""How a damaged entry is found: every file against the checksum in its manifest.

Called when an entry is opened and by ``azuraforge cache verify``. All bytes are read (about
1.5 GiB/s a core) at the first opening in a process, unless ``verified.json`` says that somebody did
it within the last hour *and* inode, size, modification and change time of every file are what they
were then. No program can write to a file and set its change time back, so whatever writes,
truncates or replaces a file is found at the next opening; a disk that decays silently is found by
the first opening after that hour. A hundred jobs of a sweep read the bytes once.
"""

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_core.cache.layout import VERIFIED, share_with_group
from azuraforge_core.cache.manifest import Manifest
from azuraforge_core.store.atomic import write_file

__all__ = ["Verifier", "file_states", "find_damage", "sha256_of", "write_verified"]

_CHUNK_BYTES = 1 << 22

FileStates: TypeAlias = dict[str, list[int]]
"""Inode, size, modification and change time (ns) of each file."""


@dataclass
class Verifier:
    """What this process knows to be whole; one for each :class:`SharedCache`."""

    trust_seconds: float = 3600.0
    _whole: set[tuple[str, str]] = field(default_factory=set)

    def damage(self, folder: Path, manifest: Manifest) -> str:
        """Return what is wrong with the entry, or an empty text; reads all bytes if it must.

        Raises:
            OSError: a file is not there or the volume fails.
        """
        states = file_states(folder, manifest)
        known = (manifest.publication, json.dumps(states, sort_keys=True))
        if known in self._whole:
            return ""
        if not _is_trusted(folder, states, self.trust_seconds):
            wrong = find_damage(folder, manifest)
            if wrong:
                return wrong
            write_verified(folder, states)
        self._whole.add(known)
        return ""


def find_damage(folder: Path, manifest: Manifest) -> str:
    """Read all bytes; return what is wrong, or an empty text.

    Raises:
        OSError: a file is not there or the volume fails.
    """
    wrong = _wrong_size(file_states(folder, manifest), manifest)
    if wrong:
        return wrong
    for array in manifest.arrays.values():
        if sha256_of(folder / array.file) != array.sha256:
            return f"the bytes of {array.file} do not match their checksum"
    return ""


def file_states(folder: Path, manifest: Manifest) -> FileStates:
    """Return what the file system says of each array's file."""
    states = {}
    for array in manifest.arrays.values():
        status = (folder / array.file).stat()
        states[array.file] = [
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        ]
    return states


def write_verified(folder: Path, states: FileStates) -> None:
    """Tell other processes that these bytes were read and found whole; skipped if not writable."""
    document = {"formatVersion": FORMAT_VERSION, "files": states}
    with contextlib.suppress(OSError, StorageError):  # without a marker the next opener reads all
        write_file(folder / VERIFIED, json.dumps(document).encode())
        share_with_group(folder / VERIFIED)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, without mapping it."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        buffer = bytearray(_CHUNK_BYTES)
        view = memoryview(buffer)
        while read := file.readinto(buffer):
            digest.update(view[:read])
    return digest.hexdigest()


def _wrong_size(states: FileStates, manifest: Manifest) -> str:
    for array in manifest.arrays.values():
        size = states[array.file][1]
        if size != array.size_bytes:
            return f"{array.file} has {size} bytes instead of {array.size_bytes}"
    return ""


def _is_trusted(folder: Path, states: FileStates, trust_seconds: float) -> bool:
    marker = folder / VERIFIED
    try:
        # a server's clock may be a little ahead of this machine's
        age_seconds = abs(time.time() - marker.stat().st_mtime)
        document = json.loads(marker.read_bytes())
        return age_seconds < trust_seconds and bool(document["files"] == states)
    except (OSError, ValueError, KeyError, TypeError):
        return False
