"""``manifest.json``: what an entry is made from and holds, with a checksum of every byte.

Written by the writer, read by whoever opens, lists or verifies an entry.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_core.cache.key import CacheKey, Json, canonical_json
from azuraforge_core.cache.layout import MANIFEST, digest_of

__all__ = ["ArrayFile", "CorruptManifestError", "Manifest", "read_manifest"]


class CorruptManifestError(Exception):
    """The manifest cannot be what a writer wrote."""


@dataclass(frozen=True)
class ArrayFile:
    """One array of an entry, as its ``.npy`` file was when it was published."""

    file: str
    size_bytes: int
    sha256: str
    shape: tuple[int, ...]
    dtype: str

    def as_document(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {
            "file": self.file,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
            "shape": list(self.shape),
            "dtype": self.dtype,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "ArrayFile":
        """Read it back."""
        return cls(
            file=str(document["file"]),
            size_bytes=int(document["bytes"]),
            sha256=str(document["sha256"]),
            shape=tuple(int(extent) for extent in document["shape"]),
            dtype=str(document["dtype"]),
        )


@dataclass(frozen=True)
class Manifest:
    """Everything known of an entry but its numbers."""

    key: CacheKey
    arrays: Mapping[str, ArrayFile]
    facts: Mapping[str, Json]
    created_at: dt.datetime
    fill_seconds: float
    publication: str
    """Token of the fill that made it: a refetched entry has the same key and another token."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all arrays together."""
        return sum(array.size_bytes for array in self.arrays.values())

    @property
    def content_digest(self) -> str:
        """SHA-256 over facts and arrays: equal for equal data, whenever it was fetched."""
        content = {name: array.sha256 for name, array in self.arrays.items()}
        text = canonical_json({"arrays": content, "facts": self.facts})
        return hashlib.sha256(text.encode()).hexdigest()

    def age_hours(self, now: dt.datetime) -> float:
        """Return how long ago the data were fetched."""
        return (now - self.created_at).total_seconds() / 3600

    def as_json(self) -> bytes:
        """Return the file's content, ending in a checksum over all the rest."""
        document: dict[str, Json] = {
            "formatVersion": FORMAT_VERSION,
            "digest": self.key.digest,
            "key": self.key.parameters,
            "arrays": {name: array.as_document() for name, array in self.arrays.items()},
            "facts": self.facts,
            "createdAt": self.created_at.isoformat(),
            "fillSeconds": round(self.fill_seconds, 3),
            "publication": self.publication,
        }
        document["checksum"] = _checksum(document)
        return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False).encode()


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of the entry in ``folder``.

    Raises:
        FileNotFoundError: there is none.
        OSError: the volume fails.
        CorruptManifestError: its bytes are not what a writer of this entry wrote.
        StorageError: a newer release wrote it.
    """
    content = (folder / MANIFEST).read_bytes()
    try:
        document = json.loads(content)
        found = document.pop("checksum")
        if found != _checksum(document):
            raise CorruptManifestError(f"{MANIFEST} does not match its own checksum")
        check_format_version(document["formatVersion"], file=MANIFEST)
        manifest = _from_document(document)
    except StorageError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorruptManifestError(f"{MANIFEST} cannot be read ({error!r})") from error
    if manifest.key.digest != digest_of(folder):
        raise CorruptManifestError(f"{MANIFEST} belongs to another entry")
    return manifest


def _checksum(document: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def _from_document(document: Mapping[str, Any]) -> Manifest:
    return Manifest(
        key=CacheKey.of(document["key"]),
        arrays={name: ArrayFile.from_document(array) for name, array in document["arrays"].items()},
        facts=document["facts"],
        created_at=dt.datetime.fromisoformat(document["createdAt"]),
        fill_seconds=float(document["fillSeconds"]),
        publication=str(document["publication"]),
    )
