"""The lease files of one entry: who they belong to, and what they look like to an asker.

Called by ``lease``, whose docstring has the protocol.
"""

import json
import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from azuraforge_core.process_identity import ProcessIdentity

__all__ = ["Holder", "LeaseFiles", "Sighting"]


@dataclass(frozen=True)
class Holder:
    """Who a lease file says it belongs to."""

    token: str
    host: str = ""
    identity: ProcessIdentity | None = None

    @classmethod
    def this_process(cls) -> "Holder":
        """Name this process, with a token that no other claim has."""
        return cls(secrets.token_hex(8), socket.gethostname(), ProcessIdentity.of_this_process())

    @classmethod
    def from_bytes(cls, content: bytes) -> "Holder":
        """Read a lease file; one that is empty or torn has a holder without a name."""
        try:
            document = json.loads(content)
            identity = ProcessIdentity.from_document(document.get("process"))
            return cls(str(document["token"]), str(document["host"]), identity)
        except (ValueError, KeyError, AttributeError):
            return cls("")

    def as_bytes(self) -> bytes:
        """Return the lease file's content."""
        process = self.identity.as_document() if self.identity else None
        return json.dumps({"token": self.token, "host": self.host, "process": process}).encode()


@dataclass(frozen=True)
class Sighting:
    """One look at the newest lease file; two equal ones mean that it did not change."""

    generation: int
    inode: int
    modified_ns: int
    content: bytes


@dataclass
class LeaseFiles:
    """The lease files of one digest."""

    folder: Path
    digest: str

    def path(self, generation: int) -> Path:
        """Return the lease file of one generation."""
        return self.folder / f"{self.digest}.{generation}"

    def generations(self) -> list[int]:
        """Return the generations that have a file, oldest first."""
        pattern = re.compile(re.escape(self.digest) + r"\.(\d+)")
        matches = (pattern.fullmatch(name) for name in os.listdir(self.folder))  # noqa: PTH208 -- names suffice
        return sorted(int(match[1]) for match in matches if match)

    def newest(self) -> Sighting | None:
        """Look at the newest lease by opening it: that makes an NFS client ask the server."""
        for generation in reversed(self.generations()):
            try:
                with self.path(generation).open("rb") as file:
                    status = os.fstat(file.fileno())
                    return Sighting(generation, status.st_ino, status.st_mtime_ns, file.read())
            except FileNotFoundError:
                continue
        return None
