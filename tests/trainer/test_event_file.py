"""The event file: numbered without a gap, whole lines only, whatever was there before."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_contract.errors import StorageError
from azuraforge_contract.events import ModelSaved, decode_event
from azuraforge_trainer.event_file import EventFile


def _event(sequence: int) -> ModelSaved:
    return ModelSaved(
        run="u",
        attempt=0,
        sequence=sequence,
        time="2026-01-01T00:00:00Z",
        path="m",
        digest="d",
        bytes=1,
    )


def _append(path: Path, count: int) -> None:
    with EventFile(path) as file:
        for _ in range(count):
            file.append(_event(file.next_sequence))


@given(kept=st.integers(0, 3), cut=st.integers(0, 200), garbage=st.binary(max_size=30))
def test_numbering_goes_on_after_the_last_whole_line(
    tmp_path_factory: pytest.TempPathFactory, kept: int, cut: int, garbage: bytes
) -> None:
    """However a file was torn, opening it leaves whole events numbered from 0."""
    path = tmp_path_factory.mktemp("events") / "0.jsonl"
    _append(path, kept + 1)
    lines = path.read_bytes().splitlines(keepends=True)
    torn = lines[-1][: min(cut, len(lines[-1]) - 1)] + garbage.replace(b"\n", b"")
    path.write_bytes(b"".join(lines[:kept]) + torn)
    _append(path, 2)
    events = [decode_event(line) for line in path.read_bytes().splitlines()]
    assert [event.sequence for event in events] == list(range(kept + 2))


def test_zeros_that_a_crashed_machine_left_are_cut_off(tmp_path: Path) -> None:
    """A file system may leave a block of zeros, even with line ends between them."""
    path = tmp_path / "0.jsonl"
    _append(path, 2)
    path.write_bytes(path.read_bytes() + b"\0" * 10 + b"\n" + b"\0" * 10)
    _append(path, 1)
    events = [decode_event(line) for line in path.read_bytes().splitlines()]
    assert [event.sequence for event in events] == [0, 1, 2]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    """The message names the file; exit 74 follows from the class."""
    (tmp_path / "events").write_text("")
    with pytest.raises(StorageError, match="Cannot write events"):
        EventFile(tmp_path / "events" / "0.jsonl")
