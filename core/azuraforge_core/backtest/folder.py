"""A backtest's folder: what was asked, each finished fold, and the files for people.

Every file is whole or absent, and a fold counts as finished once its JSON file is there, so that a
backtest that was stopped or killed goes on behind its last finished fold.

::

    backtest.json      what was asked
    folds/2.json       a finished fold
    folds/2.npz        the error of each of its windows
    folds/2/           checkpoints of the fold at work
    result.json        all folds together
    folds.csv          the table
    backtest.html      the report
"""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pydantic

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_core.backtest.plan import BacktestPlan
from azuraforge_core.backtest.results import BacktestResult, FoldResult
from azuraforge_core.store.atomic import write_file

__all__ = ["BacktestFolder", "WindowLosses"]

_NO_REFIT: Final = "model"
_LOCK: Final = ".lock"
_WITHOUT_LOCKS: Final = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}


@dataclass(frozen=True)
class WindowLosses:
    """The scaled mean squared error of each test window of a fold.

    Attributes:
        steps: int64 ``(window,)``, the step of time at which each begins.
        model: float64 ``(window,)``.
        ridge: float64 ``(window,)``.
    """

    steps: npt.NDArray[np.int64]
    model: npt.NDArray[np.float64]
    ridge: npt.NDArray[np.float64]


@dataclass(frozen=True)
class BacktestFolder:
    """The folder of one backtest.

    Attributes:
        root: where it is.
    """

    root: Path

    @property
    def plan_file(self) -> Path:
        """What was asked."""
        return self.root / "backtest.json"

    @property
    def result_file(self) -> Path:
        """All folds together."""
        return self.root / "result.json"

    @property
    def table_file(self) -> Path:
        """The folds as a table."""
        return self.root / "folds.csv"

    @property
    def page(self) -> Path:
        """The report."""
        return self.root / "backtest.html"

    def work(self, number: int, *, refit: bool) -> Path:
        """Return where the model of a fold keeps its checkpoints; without refitting all share."""
        return self.root / "folds" / (str(number) if refit else _NO_REFIT)

    def claim(self, plan: BacktestPlan) -> None:
        """Make the folder, or see that it is this backtest's.

        Raises:
            JobFileError: it holds something else.
            StorageError: it cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            is_empty = not any(self.root.iterdir())
        except (FileExistsError, NotADirectoryError):
            raise JobFileError(
                f"{self.root} is a file.", remedy="Name a folder with --out."
            ) from None
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be created: {error.strerror}.",
                remedy="Check the permissions and the disk, or name another folder with --out.",
            ) from error
        if is_empty:
            write_file(self.plan_file, _encode(plan))
            return
        changed = plan.differences(self._stored_plan())
        if changed:
            raise JobFileError(
                f"{self.root} holds a backtest that differs in {' and '.join(changed)}.",
                remedy="Name another folder with --out.",
            )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out of the folder while a block runs; the kernel ends it with us.

        Raises:
            JobFileError: another process is at work here.
            StorageError: the folder cannot be written.
        """
        try:
            descriptor = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(
                f"{self.root} cannot be written: {error.strerror}.",
                remedy="Check the folder's permissions, or name another one with --out.",
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise JobFileError(
                f"Another process works on {self.root}.",
                remedy="Wait for it or stop it, or name another folder with --out.",
            ) from None
        except OSError as error:  # a file system without locks: nobody keeps two commands apart
            if error.errno not in _WITHOUT_LOCKS:
                os.close(descriptor)
                raise
        try:
            yield
        finally:
            os.close(descriptor)

    def holds(self, plan: BacktestPlan) -> bool:
        """Return whether this very backtest was begun here."""
        try:
            return not plan.differences(self._stored_plan())
        except (JobFileError, StorageError):
            return False

    def finished(self, folds: int) -> Iterator[FoldResult]:
        """Yield the finished folds in order."""
        for number in range(1, folds + 1):
            result = self.read_fold(number)
            if result is not None:
                yield result

    def read_fold(self, number: int) -> FoldResult | None:
        """Return a finished fold, or None.

        Raises:
            StorageError: its file is damaged.
        """
        path = self._fold_file(number)
        if not path.exists():
            return None
        try:
            return FoldResult.model_validate_json(path.read_bytes())
        except (OSError, pydantic.ValidationError) as error:
            raise _damaged(path) from error

    def write_fold(self, result: FoldResult, losses: WindowLosses) -> None:
        """Keep a finished fold.

        Raises:
            StorageError: the volume is full, read-only or failing.
        """
        packed = BytesIO()
        np.savez_compressed(packed, steps=losses.steps, model=losses.model, ridge=losses.ridge)
        path = self._fold_file(result.number)
        path.parent.mkdir(exist_ok=True)
        write_file(path.with_suffix(".npz"), packed.getvalue())
        write_file(path, _encode(result))

    def read_losses(self, number: int) -> WindowLosses:
        """Return the window errors of a finished fold.

        Raises:
            StorageError: the file is damaged.
        """
        path = self._fold_file(number).with_suffix(".npz")
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return WindowLosses(arrays["steps"], arrays["model"], arrays["ridge"])
        except (OSError, ValueError, KeyError) as error:
            raise _damaged(path) from error

    def write_result(self, result: BacktestResult) -> None:
        """Write what all folds say together.

        Raises:
            StorageError: the volume is full, read-only or failing.
        """
        write_file(self.result_file, _encode(result))

    def clear_work(self, number: int, *, refit: bool) -> None:
        """Remove the checkpoints of a fold that is finished."""
        shutil.rmtree(self.work(number, refit=refit), ignore_errors=True)

    def _fold_file(self, number: int) -> Path:
        return self.root / "folds" / f"{number}.json"

    def _stored_plan(self) -> BacktestPlan:
        if not self.plan_file.exists():
            raise JobFileError(
                f"{self.root} is not empty and holds no backtest.",
                remedy="Name a folder that does not exist yet with --out.",
            )
        try:
            return BacktestPlan.model_validate_json(self.plan_file.read_bytes())
        except (OSError, pydantic.ValidationError) as error:
            raise _damaged(self.plan_file) from error


def _encode(model: pydantic.BaseModel) -> bytes:
    return model.model_dump_json(indent=1, by_alias=True).encode()


def _damaged(path: Path) -> StorageError:
    return StorageError(
        f"{path} is damaged, or was written by another release.",
        remedy="Name another folder with --out.",
    )
