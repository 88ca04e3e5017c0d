"""Puts unpacked files at their place together with the database's commit, or back again.

Files and rows cannot change in one step. So a journal says what is about to be moved before the
first move, and the database's transaction writes the same restore into the audit log: whoever
finds a journal knows from the audit log whether to finish or to undo.
"""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from azuraforge_api.backup.archive import DATASETS, RUNS
from azuraforge_api.settings import Settings
from azuraforge_contract.errors import StorageError

__all__ = ["Placement", "find_interrupted"]

_JOURNAL: Final = ".restore.json"
_STAGING: Final = ".restoring"
_ASIDE: Final = ".before-restore-"


@dataclass(frozen=True)
class Placement:
    """The files of one restore.

    Attributes:
        settings: the service's.
        identity: of this restore; 32 hexadecimal digits.
    """

    settings: Settings
    identity: str

    def staged(self, name: str) -> Path:
        """Return where a file of the archive waits: on the same disk as its place."""
        head, _, rest = name.partition("/")
        return self._root(head) / _STAGING / (rest if head in {RUNS, DATASETS} else name)

    def begin(self) -> None:
        """Remove what a restore that was killed while it unpacked has left."""
        for root in self._roots():
            shutil.rmtree(root / _STAGING, ignore_errors=True)
            root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def place(self) -> None:
        """Move everything to its place; what was there is set aside.

        Raises:
            OSError: it cannot be moved.
        """
        staged = {head: self._entries(head) for head in (RUNS, DATASETS)}
        present = [(RUNS, name) for name in self._present(RUNS)]
        present += [(DATASETS, n) for n in staged[DATASETS] if (self._root(DATASETS) / n).exists()]
        moved = [(head, name) for head, names in staged.items() for name in names]
        self._write_journal({"identity": self.identity, "aside": present, "placed": moved})
        for head, name in present:
            _move(self._root(head) / name, self._aside(head) / name)
        for head, name in moved:
            _move(self._root(head) / _STAGING / name, self._root(head) / name)

    def undo(self) -> None:
        """Bring everything back to where it was."""
        journal = self._journal()
        for head, name in journal.get("placed", ()):
            staged = self._root(head) / _STAGING / name
            if not staged.exists():
                _move(self._root(head) / name, staged)
        for head, name in journal.get("aside", ()):
            if (self._aside(head) / name).exists():
                _move(self._aside(head) / name, self._root(head) / name)
        for head in (RUNS, DATASETS):
            shutil.rmtree(self._aside(head), ignore_errors=True)
        self.finish()

    def finish(self) -> list[Path]:
        """Remove what is needed no more; return the folders of what was set aside."""
        self._journal_file.unlink(missing_ok=True)
        for root in self._roots():
            shutil.rmtree(root / _STAGING, ignore_errors=True)
        return [each for head in (RUNS, DATASETS) if (each := self._aside(head)).is_dir()]

    def clean(self) -> None:
        """Remove what was unpacked, unless a journal says that it is still needed."""
        if not self._journal_file.exists():
            self.finish()

    def find_files(self) -> Path | None:
        """Return a file of a service that is there already, of its runs or data sets."""
        for head in (RUNS, DATASETS):
            for name in self._present(head):
                return self._root(head) / name
        return None

    @property
    def _journal_file(self) -> Path:
        return self.settings.data_dir / _JOURNAL

    def _journal(self) -> dict[str, list[tuple[str, str]]]:
        try:
            found = json.loads(self._journal_file.read_bytes())
        except FileNotFoundError:
            return {}
        return found if found.get("identity") == self.identity else {}

    def _write_journal(self, content: dict[str, object]) -> None:
        temporary = self._journal_file.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._journal_file)

    def _root(self, head: str) -> Path:
        if head == RUNS:
            return self.settings.runs_folder
        return self.settings.datasets_folder if head == DATASETS else self.settings.data_dir

    def _roots(self) -> list[Path]:
        return [self.settings.data_dir, self._root(RUNS), self._root(DATASETS)]

    def _aside(self, head: str) -> Path:
        return self._root(head) / f"{_ASIDE}{self.identity}"

    def _entries(self, head: str) -> list[str]:
        """Return what is moved as one: a run, or a content of a data set."""
        staging = self._root(head) / _STAGING
        pattern = "*" if head == RUNS else "*/*"
        return sorted(str(path.relative_to(staging)) for path in staging.glob(pattern))

    def _present(self, head: str) -> list[str]:
        root = self._root(head)
        pattern = "*" if head == RUNS else "??/*"
        found = (path.relative_to(root) for path in root.glob(pattern) if path.is_dir())
        return sorted(str(each) for each in found if not str(each).startswith("."))


def find_interrupted(settings: Settings) -> str | None:
    """Return the identity of a restore that was cut off while files were moved.

    Raises:
        StorageError: its journal cannot be read.
    """
    journal = settings.data_dir / _JOURNAL
    try:
        return str(json.loads(journal.read_bytes())["identity"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{journal} cannot be read: {error}.",
            remedy="A restore was cut off. Restore the backup again into an empty folder.",
        ) from error


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source.rename(target)
