"""Following an event file while it is written."""

from pathlib import Path

from azuraforge_contract.events import Finished, ModelSaved
from azuraforge_local.event_tail import EventTail


def _line(sequence: int) -> str:
    event = Finished(
        run="u", attempt=0, sequence=sequence, time="2026-01-01T00:00:00Z", metrics={}, seconds=1.0
    )
    return event.encode()


def test_each_whole_line_is_read_once(tmp_path: Path) -> None:
    """A torn last line waits until it is whole, and nothing is read twice."""
    path = tmp_path / "0.jsonl"
    tail = EventTail(path)
    assert tail.read() == []
    first, second = _line(0), _line(1)
    path.write_text(f"{first}\n{second[:20]}", encoding="utf-8")
    assert [seen.line for seen in tail.read()] == [first]
    assert tail.read() == []
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{second[20:]}\n")
    assert [seen.event.sequence for seen in tail.read()] == [1]


def test_a_line_of_a_newer_release_is_passed_over(tmp_path: Path) -> None:
    """Readers ignore what they do not know, and go on."""
    path = tmp_path / "0.jsonl"
    known = ModelSaved(
        run="u", attempt=0, sequence=2, time="2026-01-01T00:00:00Z", path="m", digest="d", bytes=1
    ).encode()
    path.write_text(f'{{"type": "dreamt", "sequence": 0}}\nnot json\n{known}\n', encoding="utf-8")
    assert [seen.line for seen in EventTail(path).read()] == [known]
