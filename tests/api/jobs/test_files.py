"""What a run leaves, by address: nothing beyond its folder, whatever lies in it."""

import os
from pathlib import Path

import pytest

from azuraforge_api_harness.jobs import stored_job
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def run(service: Service) -> Path:
    """Return the folder of a run with files of every kind in it."""
    uid = await stored_job(service)
    return _filled(service.settings.runs_folder / uid, service.settings.data_dir)


def _filled(folder: Path, outside: Path) -> Path:
    (folder / "report").mkdir(parents=True)
    (folder / "report" / "page.html").write_text("<script>alert(1)</script>")
    (folder / "numbers.bin").write_bytes(bytes(range(100)))
    secret = outside / "secret.txt"
    secret.write_text("the service's own")
    (folder / "link.txt").symlink_to(secret)
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_text("no text")
    (folder / "empty").touch()
    return folder


def _url(run: Path, path: str) -> str:
    return f"/api/v1/jobs/{run.name}/artifacts/{path}"


async def test_only_plain_files_are_listed(service: Service, run: Path) -> None:
    """Links, pipes and names that are no text are left out."""
    listed = (await service.viewer.get(f"/api/v1/jobs/{run.name}/artifacts")).json()
    assert listed == [
        {"path": "empty", "bytes": 0},
        {"path": "numbers.bin", "bytes": 100},
        {"path": "report/page.html", "bytes": 25},
    ]


@pytest.mark.parametrize(
    "path",
    [
        "%2e%2e/%2e%2e/secret.txt", "..%2f..%2fsecret.txt", "%2fetc/passwd", "/etc/passwd",
        "link.txt", "linked/secret.txt", "pipe", "report", "none", "a%00b", "report/",
        "x" * 300, "report//page.html", "./numbers.bin%2f..",
    ],
)  # fmt: skip
async def test_nothing_outside_the_run_is_shown(service: Service, run: Path, path: str) -> None:
    """Dots, absolute paths, links, pipes, folders and zero bytes find nothing."""
    answer = await service.viewer.get(_url(run, path))
    assert answer.status_code in {404, 422}
    assert "service's own" not in answer.text


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=10-19", 206, bytes(range(10, 20))),
        ("bytes=90-", 206, bytes(range(90, 100))),
        ("bytes=-5", 206, bytes(range(95, 100))),
        ("bytes=50-5000", 206, bytes(range(50, 100))),
        ("bytes=0-99", 200, bytes(range(100))),
        ("bytes=5-2", 200, bytes(range(100))),
        ("lines=1-2", 200, bytes(range(100))),
        ("bytes=1-2,5-6", 200, bytes(range(100))),
        ("bytes=" + "9" * 40 + "-", 200, bytes(range(100))),
    ],
)
async def test_ranges(
    service: Service, run: Path, wanted: str, status: int, content: bytes
) -> None:
    """One range is served; what is none is ignored, as the RFC says."""
    answer = await service.viewer.get(_url(run, "numbers.bin"), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers["content-length"] == str(len(content))


async def test_a_range_outside_the_file_is_told_its_size(service: Service, run: Path) -> None:
    """416 names how long the file is."""
    for name, size in (("numbers.bin", 100), ("empty", 0)):
        answer = await service.viewer.get(_url(run, name), headers={"Range": "bytes=100-"})
        assert (answer.status_code, answer.json()["code"]) == (416, "range-not-satisfiable")
        assert answer.headers["content-range"] == f"bytes */{size}"


async def test_a_stranger_s_page_is_text_here(service: Service, run: Path) -> None:
    """A script in a run's folder is never run on the service's origin."""
    answer = await service.viewer.get(_url(run, "report/page.html"))
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_logs_are_read_by_attempt(service: Service, run: Path) -> None:
    """All attempts one after the other, or one of them; as text or as JSON with numbers."""
    (run / "logs").mkdir()
    (run / "logs" / "0.log").write_bytes(b"one\ntwo\xff\nunfinished")
    (run / "logs" / "1.log").write_text("three\n")
    url = f"/api/v1/jobs/{run.name}/logs"
    assert (await service.viewer.get(url)).text == "one\ntwo\ufffd\nunfinished\nthree\n"
    assert (await service.viewer.get(url, params={"attempt": 1})).text == "three\n"
    assert (await service.viewer.get(url, params={"attempt": 5, "follow": True})).text == ""
    answer = await service.viewer.get(url, headers={"Accept": "application/x-ndjson"})
    assert answer.text.splitlines()[1] == '{"attempt": 0, "number": 2, "text": "two\ufffd"}'


@pytest.mark.parametrize("identity", ["1", "a.b", "²,³", "²。³", "1." + "9" * 20, "-1.0"])
async def test_an_event_identity_that_is_none_is_refused(service: Service, identity: str) -> None:
    """`Last-Event-ID` is ATTEMPT.SEQUENCE, or the caller is told so."""
    uid = await stored_job(service)
    headers = {"Last-Event-ID": identity.encode()}
    answer = await service.viewer.get(f"/api/v1/jobs/{uid}/events", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
