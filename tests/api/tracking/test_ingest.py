"""A run's folder is taken up whatever lies in it and whatever happens; nothing is lost."""

import json
import logging
import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from azuraforge_api.database.database import Database
from azuraforge_api.ingest import event_reader
from azuraforge_api.ingest.event_reader import Position, read_piece
from azuraforge_api.ingest.run_ingest import IngestReport, RunIngest
from azuraforge_api.tracking.service import read_events
from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio
PATH = "events/0.jsonl"


class Run:
    """A run's folder that a test writes, and what the store has of it."""

    def __init__(self, service: Service, uid: str, root: Path) -> None:
        self.service, self.uid, self.folder = service, uid, root / uid
        self.file = self.folder / PATH
        self.file.parent.mkdir(parents=True)
        self.ingest: RunIngest = service.app.state.ingest

    def write(self, *numbers: int, mode: str = "a", extra: str = "") -> None:
        """Write events, and something after them."""
        with self.file.open(mode, encoding="utf-8") as file:
            file.writelines(self.line(number) + "\n" for number in numbers)
            file.write(extra)

    def line(self, number: int) -> str:
        """Return an event."""
        event = {"type": "step", "run": self.uid, "attempt": 0, "sequence": number, "step": number,
                 "epoch": 1, "time": "2026-01-01T00:00:00Z", "loss": 0.5}  # fmt: skip
        return json.dumps(event)

    async def look(self) -> IngestReport:
        """Take up what is new."""
        return await self.ingest.look(self.uid, self.folder)

    async def stored(self) -> list[int]:
        """Return the numbers of the events that are stored."""
        async with self.service.database.read() as session:
            job = await self.service.job(session, self.uid)
            return [event.sequence for event in await read_events(session, job.id)]


@pytest.fixture
async def run(service: Service, tmp_path: Path) -> Run:
    """Return an empty run."""
    return Run(service, await stored_job(service), tmp_path / "written")


async def test_lines_that_are_no_events_are_left_out_and_remembered(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    """What follows them is stored; the log tells of the first, the report counts them all."""
    run.write(0, extra="garbage\n\0\0\0\n")
    run.write(1, extra='{"run": "another"}\n')
    with caplog.at_level(logging.WARNING, "azuraforge.api.ingest"):
        assert await run.look() == IngestReport(stored=2, refused=3)
        run.write(2, extra="more of it\n")
        assert await run.look() == IngestReport(stored=1, refused=4)
    assert len([record for record in caplog.records if "no event" in record.message]) == 1
    assert await run.stored() == [0, 1, 2]


async def test_a_line_that_is_being_written_waits(run: Run) -> None:
    """Half a line is neither stored nor refused until its end is there."""
    line = run.line(1) + "\n"
    run.write(0, extra=line[:20])
    assert await run.look() == IngestReport(stored=1, refused=0)
    run.write(extra=line[20:])
    assert await run.look() == IngestReport(stored=1, refused=0)
    assert await run.stored() == [0, 1]


async def test_a_file_that_was_cut_or_replaced_is_read_again(run: Run) -> None:
    """Shorter, grown again past where the last look ended, or another file: nothing is missed."""
    run.write(0, 1, 2)
    assert (await run.look()).stored == 3
    run.write(0, 1, 3, mode="w")
    os.truncate(run.file, len(run.line(0)) + 1)
    run.write(3)
    assert (await run.look()).stored == 1
    os.truncate(run.file, len(run.line(0)) + 1)
    run.write(10, 11, 12, 13)  # of other lengths: the old end is inside of a line now
    assert (await run.look()).stored == 4
    replaced = run.file.with_name("other")
    run.file.rename(replaced)
    run.write(20, 21, 22, 23, 24, 25, 26)
    assert (await run.look()).stored == 7
    assert await run.stored() == [0, 1, 2, 3, 10, 11, 12, 13, *range(20, 27)]


async def test_a_database_that_went_away_costs_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look fails and the next one finds all, what the database has forgotten as well."""
    run.write(0, 1)
    await run.look()
    async with run.service.database.write() as session:  # as after a failover to a late replica
        for table in ("event_batches", "attempts"):
            await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - two words of ours
    run.write(2)
    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", _away)
        with pytest.raises(OperationalError):
            await run.look()
    assert (await run.look()).stored == 3
    assert await run.stored() == [0, 1, 2]


def _away(_: Database) -> None:
    raise OperationalError("COMMIT", {}, ConnectionError("the server closed the connection"))


async def test_links_are_not_followed(run: Run, tmp_path: Path) -> None:
    """An event file that is a link to somewhere else is not read."""
    run.write(0)
    run.file.rename(tmp_path / "elsewhere.jsonl")
    run.file.symlink_to(tmp_path / "elsewhere.jsonl")
    assert await run.look() == IngestReport(stored=0, refused=0)


def test_a_line_without_end_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too long for an event is passed over, and what follows it is read."""
    monkeypatch.setattr(event_reader, "_PIECE_BYTES", 100)
    monkeypatch.setattr(event_reader, "_LONGEST_LINE", 1000)
    file = tmp_path / "0.jsonl"
    file.write_bytes(b"first\n" + b"x" * 5500 + b"\nlast\n" + b"y" * 200)
    position, lines = Position(), []
    while (piece := read_piece(tmp_path, "0.jsonl", position)) is not None:
        assert piece.after.offset > position.offset
        lines += piece.lines
        position = piece.after
    assert lines == [b"first", b"last"]
    assert position.offset == 6 + 5501 + 5
