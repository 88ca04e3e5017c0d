"""Checkpoints on the disk: whole or absent, self-checking, the last few kept.

One safetensors file each, named ``<index>-step-<step>.<digest>.safetensors``: the index orders
them, the digest (the first 16 digits of the file's SHA-256) shows a torn or rotten one. The fit
loop saves, `resume` reads.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pydantic
from safetensors import SafetensorError
from safetensors.numpy import load, save

from azuraforge_contract.errors import StorageError
from azuraforge_contract.format_version import FORMAT_VERSION
from azuraforge_contract.validation import StrictModel
from azuraforge_core.autograd.array import Array
from azuraforge_core.store.atomic import remove_leftovers, write_file
from azuraforge_core.training.facts import CheckpointFacts
from azuraforge_core.training.identity import RunIdentity
from azuraforge_core.training.progress import ProgressRecord

__all__ = ["Checkpoint", "CheckpointRecord", "CheckpointStore"]

_NAME = re.compile(r"(?P<index>\d{6,})-step-(?P<step>\d+)\.(?P<digest>[0-9a-f]{16})\.safetensors")
_METADATA_NAME = "azuraforge"
"""The only metadata entry: safetensors writes several in no fixed order."""


class CheckpointRecord(StrictModel):
    """What stands in a checkpoint beside its arrays."""

    format_version: int = FORMAT_VERSION
    identity: RunIdentity
    """What it belongs to."""
    progress: ProgressRecord
    """The position."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that was read and found whole.

    Attributes:
        facts: its file.
        record: position and identity.
        arrays: ``model/…``, ``best/…`` and ``optimizer/…``, on the host.
    """

    facts: CheckpointFacts
    record: CheckpointRecord
    arrays: Mapping[str, Array]

    def part(self, prefix: str) -> dict[str, Array]:
        """Return the arrays under ``<prefix>/``, without it."""
        start = f"{prefix}/"
        return {
            name.removeprefix(start): array
            for name, array in self.arrays.items()
            if name.startswith(start)
        }


class CheckpointStore:
    """The checkpoints of one run, written by one process at a time.

    Args:
        folder: where they are; made when the first one is saved.
        keep: number of latest checkpoints that stay.
    """

    def __init__(self, folder: Path, *, keep: int = 2) -> None:
        self.folder = folder
        self.keep = keep
        self._broken: set[Path] = set()

    def save(self, record: CheckpointRecord, arrays: Mapping[str, Array]) -> CheckpointFacts:
        """Write a checkpoint, then remove the ones no longer kept.

        Raises:
            StorageError: the volume is full, read-only or failing; older checkpoints stay.
        """
        content = save(dict(arrays), {_METADATA_NAME: record.model_dump_json()})
        digest = hashlib.sha256(content).hexdigest()
        self._make_folder()
        existing = self._files()
        index = _index(existing[0]) + 1 if existing else 0
        name = f"{index:06d}-step-{record.progress.step}.{digest[:16]}.safetensors"
        write_file(self.folder / name, content)
        whole = [path for path in existing if path not in self._broken]
        for outdated in {*whole[self.keep - 1 :], *self._broken}:
            outdated.unlink(missing_ok=True)
        self._broken.clear()
        return CheckpointFacts(name, record.progress.step, digest, len(content))

    def newest(self) -> tuple[Checkpoint | None, tuple[str, ...]]:
        """Return the newest whole checkpoint, and a sentence for each newer one that is broken."""
        notes: list[str] = []
        for path in self._files():
            try:
                return _read(path), tuple(notes)
            except _BrokenCheckpointError as trouble:
                self._broken.add(path)
                notes.append(f"Checkpoint {path.name} was left aside: {trouble}.")
        return None, tuple(notes)

    def _files(self) -> list[Path]:
        """Return the checkpoints' paths, newest first."""
        found = [path for path in self.folder.glob("*.safetensors") if _NAME.fullmatch(path.name)]
        return sorted(found, key=_index, reverse=True)

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"Cannot make the folder {self.folder}: {error.strerror}.",
                remedy="Check the run's volume.",
            ) from error
        remove_leftovers(self.folder)


class _BrokenCheckpointError(Exception):
    """The file is no whole checkpoint."""


def _index(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match["index"]) if match else -1


def _read(path: Path) -> Checkpoint:
    match = _NAME.fullmatch(path.name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _BrokenCheckpointError(f"it cannot be read ({error.strerror})") from error
    digest = hashlib.sha256(content).hexdigest()
    if match is None or not digest.startswith(match["digest"]):
        raise _BrokenCheckpointError("its content does not match the checksum in its name")
    try:
        record = CheckpointRecord.model_validate_json(_metadata(content))
        arrays = load(content)
    except (pydantic.ValidationError, SafetensorError, ValueError, KeyError) as error:
        raise _BrokenCheckpointError("it was written by another release") from error
    facts = CheckpointFacts(path.name, record.progress.step, digest, len(content))
    return Checkpoint(facts, record, arrays)


def _metadata(content: bytes) -> str:
    """Return our metadata entry; `safetensors.numpy.load` gives the arrays only."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    return str(header["__metadata__"][_METADATA_NAME])
