"""The termination message while an attempt goes on, at its end, and when it is killed."""

import os
from pathlib import Path

import pytest

from azuraforge_contract.status import CheckpointStatus
from azuraforge_contract.termination import TerminationMessage
from azuraforge_trainer.last_word import LastWord
from azuraforge_trainer.memory_use import memory_in_use


def read(path: Path) -> TerminationMessage:
    """Return the message in a file, which must be one."""
    found = TerminationMessage.decode(path.read_text(encoding="utf-8"))
    assert found is not None
    return found


def test_an_interim_message_tells_what_is_known(tmp_path: Path) -> None:
    """Whoever finds the process dead knows its checkpoint and how much memory it held."""
    word = LastWord(tmp_path / "log", checkpoint=CheckpointStatus(step=7), resumed_from_step=3)
    word.keep()
    found = read(tmp_path / "log")
    assert found.is_interim
    assert (found.checkpoint, found.resumed_from_step) == (CheckpointStatus(step=7), 3)
    assert found.memory_bytes is None or found.memory_bytes > 1024**2


def test_the_last_word_stays(tmp_path: Path) -> None:
    """What is told after the end, such as by the reporter, does not take it back."""
    word = LastWord(tmp_path / "log")
    word.write("Stalled", "Nothing was finished.")
    word.keep()
    assert read(tmp_path / "log").reason == "Stalled"


def test_a_shorter_message_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    """The file holds one message, whatever stood there."""
    word = LastWord(tmp_path / "log")
    word.write("BadData", "x" * 2000)
    word.write("BadData", "short")
    assert read(tmp_path / "log").message == "short"


def test_a_kill_in_between_leaves_a_whole_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the one write stands the old message, after it the new one, cut to length or not."""
    path = tmp_path / "log"
    LastWord(path).write("BadData", "x" * 2000)
    for step in ("ftruncate", "pwrite"):
        with monkeypatch.context() as dying:
            dying.setattr(os, step, _die)
            LastWord(path).write("BadData", step)
        assert read(path).message == "ftruncate"


def _die(*_: object) -> int:
    raise OSError


def test_a_file_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    """The exit code alone still tells the executor enough."""
    LastWord(tmp_path / "absent" / "log").keep()
    LastWord(None).write("BadData", "nobody reads it")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VmRSS:\t  900 kB\nRssAnon:\t  500 kB\nRssFile:\t 300 kB\nRssShmem:\t 100 kB\n", 614400),
        ("VmRSS: 900 kB\n", None),
        (None, None),
    ],
)
def test_memory_is_counted_without_pages_of_files(
    tmp_path: Path, text: str | None, expected: int | None
) -> None:
    """As the kernel does before it kills; other systems tell nothing."""
    path = tmp_path / "status"
    if text is not None:
        path.write_text(text, encoding="ascii")
    assert memory_in_use(path) == expected
