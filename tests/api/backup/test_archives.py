"""What is no whole backup changes nothing, and an interrupted restore leaves nothing half."""

import asyncio
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from azuraforge_api.backup import unpacking
from azuraforge_api.backup.archive import HEADER, MANIFEST, is_content
from azuraforge_api.database.database import Database
from azuraforge_api.datasets.tables import DatasetRow, DatasetVersionRow
from azuraforge_api.jobs.feed import JobFeed
from azuraforge_api.jobs.mirror import JobMirror
from azuraforge_api.settings import Settings
from azuraforge_api_harness.jobs import job_document
from azuraforge_cli.backup import back_up
from azuraforge_cli.restore import restore
from azuraforge_contract.dataset_folder import dataset_file
from azuraforge_contract.errors import AzuraForgeError, JobFileError, StorageError
from azuraforge_contract.training_job import parse_training_job

UID = "6f1c1c52-9d4c-4d0e-8d7f-0a8d3c4f5b6a"
DIGEST = "ab" * 32
Members = list[tuple[tarfile.TarInfo, bytes]]
CHANGED = "Nothing was changed"

KILLED = """
import os, signal, sys
from pathlib import Path
from azuraforge_api.backup.placing import Placement
from azuraforge_api.backup.restoring import Restore
from azuraforge_cli.restore import restore

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

when = sys.argv[3]
if when == "placed":
    inner = Placement.place
    Placement.place = lambda self: (inner(self), killed())
elif when == "committed":
    Placement.finish = killed
else:
    inner = Restore._load
    Restore._load = lambda self, *rest: (inner(self, *rest), killed())
restore(Path(sys.argv[1]), Path(sys.argv[2]), force="--force" in sys.argv, as_json=True)
"""


def _service(data: Path, at_head: Path, name: str) -> Path:
    """Make a service's folder with a job, its run and a data set."""
    data.mkdir(parents=True)
    shutil.copy(at_head, data / "azuraforge.db")
    settings = Settings(data_dir=data)
    run = settings.runs_folder / UID
    (run / "checkpoints").mkdir(parents=True)
    (run / "job.json").write_text(name)
    (run / "checkpoints" / "last").write_bytes(os.urandom(50_000))
    table = dataset_file(settings.datasets_folder, DIGEST)
    table.parent.mkdir(parents=True)
    table.write_text(f"table of {name}")
    asyncio.run(_store(settings, name))
    return data


async def _store(settings: Settings, name: str) -> None:
    database = Database(settings.sqlalchemy_url)
    job = parse_training_job(job_document(name))
    metadata = job.metadata.model_copy(update={"uid": UID})
    await JobMirror(database, JobFeed()).record(job.model_copy(update={"metadata": metadata}))
    now = datetime.now(UTC)
    async with database.write() as session:
        session.add(DatasetRow(id=1, name="load", created_by="ada", created_at=now))
        await session.flush()
        session.add(
            DatasetVersionRow(
                dataset_id=1, number=1, digest=DIGEST, bytes=5, file_name="a.csv", options={},
                preview={}, created_by="ada", created_at=now,
            )
        )  # fmt: skip
    await database.close()


def _back_up(data: Path, archive: Path, *, force: bool = False) -> Path:
    back_up(archive, data, runs=True, force=force, as_json=True)
    return archive


def _restore(archive: Path, data: Path, *, force: bool = False) -> None:
    restore(archive, data, force=force, as_json=True)


def _content(data: Path) -> dict[str, bytes]:
    """Return the files of a service but its database's, which are told by `_job_name`."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and not path.name.startswith(("azuraforge.db", ".service"))
    }


def _job_names(data: Path) -> list[str]:
    import sqlite3  # noqa: PLC0415 - beside the service's own way

    connection = sqlite3.connect(data / "azuraforge.db")
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'jobs'").fetchall()
        return [n for (n,) in connection.execute("SELECT name FROM jobs")] if tables else []
    finally:
        connection.close()


@pytest.fixture
def data(tmp_path: Path, sqlite_at_head: Path) -> Path:
    """Return the folder of a service that has something."""
    return _service(tmp_path / "service", sqlite_at_head, "first")


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    """Return its backup."""
    return _back_up(data, tmp_path / "backup.tar.gz")


def _members(archive: Path) -> Members:
    with tarfile.open(archive) as tar:
        found = []
        for member in tar:
            stream = tar.extractfile(member)
            found.append((member, stream.read() if stream else b""))
    return found


def _write(path: Path, members: Members) -> None:
    with tarfile.open(path, "w:gz") as tar:
        for member, content in members:
            if member.isreg():
                member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def _changed_document(members: Members, name: str, **changes: Any) -> Members:
    return [
        (m, json.dumps({**json.loads(content), **changes}).encode() if m.name == name else content)
        for m, content in members
    ]


def _with_member(members: Members, name: str, kind: bytes = tarfile.REGTYPE) -> Members:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "../../../../etc/passwd"
    return [*members[:-1], (member, b"evil"), members[-1]]


def _flipped(members: Members) -> Members:
    return [(m, content[:-1] + b"!" if m.name.endswith("/data") else content)
            for m, content in members]  # fmt: skip


TAMPERED: dict[str, tuple[Callable[[Members], Members], str]] = {
    "another file's bytes": (_flipped, "data is not what it was"),
    "a file less": (lambda m: [e for e in m if not e[0].name.endswith("/data")], "differ in"),
    "no end": (lambda m: m[:-1], "is cut off"),
    "no beginning": (lambda m: m[1:], "is no backup of AzuraForge"),
    "nothing": (lambda _: [], "is no backup of AzuraForge"),
    "a newer form": (lambda m: _changed_document(m, HEADER, formatVersion=2), "formatVersion 2"),
    "a newer schema": (
        lambda m: _changed_document(m, HEADER, schemaRevision="f" * 12),
        "schema ff",
    ),
    "another kind": (lambda m: _changed_document(m, HEADER, kind="Other"), "kind"),
    "other counts": (lambda m: _changed_document(m, MANIFEST, rows={"jobs": 9}), "1 rows of jobs"),
    "a way up": (lambda m: _with_member(m, "runs/../../evil"), "which no backup has"),
    "a way out": (lambda m: _with_member(m, "/etc/evil"), "which no backup has"),
    "a link": (lambda m: _with_member(m, f"runs/{UID}/x", tarfile.SYMTYPE), "which no backup has"),
    "a hard link": (lambda m: _with_member(m, f"runs/{UID}/x", tarfile.LNKTYPE), "no backup has"),
    "a device": (lambda m: _with_member(m, f"runs/{UID}/x", tarfile.CHRTYPE), "no backup has"),
    "a file twice": (lambda m: _with_member(m, f"runs/{UID}/job.json"), "which no backup has"),
    "a database": (lambda m: _with_member(m, "azuraforge.db"), "which no backup has"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_is_no_whole_backup_changes_nothing(what: str, archive: Path, tmp_path: Path) -> None:
    """Each has a sentence that says what is wrong and that nothing was changed."""
    change, sentence = TAMPERED[what]
    tampered, target = tmp_path / "tampered.tar.gz", tmp_path / "target"
    _write(tampered, change(_members(archive)))
    with pytest.raises(StorageError, match=r"\S") as refusal:
        _restore(tampered, target)
    assert sentence in refusal.value.message
    assert CHANGED in refusal.value.remedy
    assert (_content(target), _job_names(target)) == ({}, [])


@pytest.mark.parametrize("part", [0.0, 0.001, 0.5, 0.95])
def test_an_archive_that_was_cut_off_is_told(part: float, archive: Path, tmp_path: Path) -> None:
    """However much of it is there; then nothing of it is in the way of the whole one."""
    content = archive.read_bytes()
    cut, target = tmp_path / "cut.tar.gz", tmp_path / "target"
    cut.write_bytes(content[: int(part * len(content))])
    with pytest.raises(StorageError, match=r"cut\.tar\.gz is") as refusal:
        _restore(cut, target)
    assert CHANGED in refusal.value.remedy
    assert (_content(target), _job_names(target)) == ({}, [])
    if part == 0.5:
        _restore(archive, target)
        assert _job_names(target) == ["first"]


def test_no_bit_of_an_archive_can_turn_unnoticed(archive: Path, tmp_path: Path) -> None:
    """Wherever a byte is another one, the archive is refused, or it was of no meaning."""
    content, target = archive.read_bytes(), tmp_path / "target"
    for place in range(20, len(content), len(content) // 12):
        damaged = tmp_path / "damaged.tar.gz"
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        with pytest.raises(StorageError):
            unpacking.unpack_archive(damaged, lambda name: target / name, lambda _: None)
        shutil.rmtree(target, ignore_errors=True)


def test_a_service_that_is_not_empty_is_left_alone(
    data: Path, archive: Path, tmp_path: Path, sqlite_at_head: Path
) -> None:
    """Rows, or files alone, are in the way; `--force` replaces, and sets the old files aside."""
    other = _service(tmp_path / "other", sqlite_at_head, "second")
    before = _content(other)
    with pytest.raises(JobFileError, match="is not empty") as refusal:
        _restore(archive, other)
    assert "--force" in refusal.value.remedy
    assert (_content(other), _job_names(other)) == (before, ["second"])
    shutil.rmtree(other / "runs")
    shutil.rmtree(other / "datasets")
    with pytest.raises(JobFileError, match=r"1 row of \w+ is there"):
        _restore(archive, other)
    third = _service(tmp_path / "third", sqlite_at_head, "third")
    _restore(archive, third, force=True)
    assert _job_names(third) == ["first"]
    content = _content(third)
    kept = {name: c for name, c in content.items() if ".before-restore-" not in name}
    assert kept == _content(data)
    aside = {name.split("/", 2)[2]: c for name, c in content.items() if name not in kept}
    assert aside[f"{UID}/job.json"] == b"third"
    _restore(archive, third, force=True)  # what was set aside is in nobody's way


@pytest.mark.parametrize(
    ("when", "force"), [("loaded", False), ("placed", True), ("committed", True)]
)
def test_killed_at_any_moment_it_happened_wholly_or_not_at_all(
    when: str, force: bool, archive: Path, tmp_path: Path, sqlite_at_head: Path
) -> None:
    """Whoever comes next, finishes it or takes it back; then all can be restored again."""
    target = tmp_path / "target"
    if force:
        _service(target, sqlite_at_head, "second")
    before = _content(target), ["second"] if force else []
    arguments = [str(archive), str(target), when, *(["--force"] if force else [])]
    command = [sys.executable, "-c", KILLED, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, timeout=120)  # noqa: S603 - our own
    assert done.returncode == -signal.SIGKILL, done.stderr
    with pytest.raises(AzuraForgeError):  # a file that is none: only the looking after is wanted
        _restore(Path(__file__), target, force=True)
    if when == "committed":
        assert _job_names(target) == ["first"]
        assert (target / "runs" / UID / "job.json").read_text() == "first"
    else:
        assert (_content(target), _job_names(target)) == before
    _restore(archive, target, force=force or when == "committed")
    assert _job_names(target) == ["first"]
    assert not list(target.rglob(".restor*"))


def test_a_full_disk_is_told_and_leaves_nothing(
    data: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither half a backup nor half a service."""
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def no_space(_: int) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(StorageError, match="No space left on device") as refusal:
            _back_up(data, tmp_path / "second.tar.gz")
    assert "Make room" in refusal.value.remedy
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "service"]
    target = tmp_path / "target"
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(StorageError, match="No space left on device"):
            _restore(archive, target)
    assert (_content(target), _job_names(target)) == ({}, [])


def test_ctrl_c_leaves_nothing_half(
    data: Path, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who has thought better of it finds everything as it was."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _back_up(data, archive, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar.gz", "service"]
    target = tmp_path / "target"
    with monkeypatch.context() as patch:
        patch.setattr("azuraforge_api.backup.restoring._set_sequences", interrupt)
        with pytest.raises(KeyboardInterrupt):
            _restore(archive, target)
    assert (_content(target), _job_names(target)) == ({}, [])
    _restore(archive, target)  # the backup that was to be replaced is whole
    assert _job_names(target) == ["first"]


def test_where_a_backup_goes_is_looked_at_first(data: Path, tmp_path: Path) -> None:
    """No service, a file in the way, no folder: told before anything is read."""
    with pytest.raises(JobFileError, match="There is no service in"):
        _back_up(tmp_path / "nothing", tmp_path / "backup.tar.gz")
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(JobFileError, match="is there already") as refusal:
        _back_up(data, taken)
    assert "--force" in refusal.value.remedy
    assert taken.read_text() == "mine"
    _back_up(data, taken, force=True)
    with pytest.raises(StorageError, match="cannot be written"):
        _back_up(data, tmp_path / "no" / "folder" / "backup.tar.gz")
    folder = tmp_path / "folder"
    folder.mkdir()
    _back_up(data, folder)
    (found,) = folder.iterdir()
    assert found.name.startswith("azuraforge-20")
    with pytest.raises(JobFileError, match="There is no file"):
        _restore(tmp_path / "nothing", tmp_path / "target")


def test_names_that_lead_out_of_a_backup_are_none() -> None:
    """Only names below the three folders, and no dots that go up."""
    assert is_content(f"runs/{UID}/model/model.json")
    assert is_content(f"datasets/ab/{DIGEST}/data")
    for name in (
        "runs/../x", f"runs/{UID}/../x", f"runs/{UID}/./x", f"runs/{UID}//x", f"runs/{UID}/",
        "runs/.hidden/x", "tables/../jobs.jsonl", "tables/jobs.jsonl/x", "datasets/ab/x/data",
        "/runs/a/b", "azuraforge.db", f"runs/{UID}/a\x00b", "", f"runs/{UID}/{'a' * 256}",
    ):  # fmt: skip
        assert not is_content(name), name
