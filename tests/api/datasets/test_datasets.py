"""Data sets: uploaded, looked at, pinned by jobs, deleted; and files that are none."""

import gzip
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from azuraforge_api.settings import Settings
from azuraforge_api_harness.jobs import job_document, stored_job
from azuraforge_api_harness.service import Service

pytestmark = pytest.mark.anyio

URL = "/api/v1/datasets"
CSV = {"Content-Type": "text/csv"}


def table(days: int = 10, *, without: tuple[int, ...] = (), scale: float = 1.0) -> bytes:
    """Return an hourly table, without some of its hours."""
    lines = [
        f"2024-01-{1 + hour // 24:02d} {hour % 24:02d}:00,{scale * (100 + hour % 24)},note {hour}"
        for hour in range(24 * days)
        if hour not in without
    ]
    return "\n".join(["when,load (MW),remark", *lines, ""]).encode()


async def upload(
    service: Service, content: bytes, name: str = "load", **query: Any
) -> httpx.Response:
    """Upload a CSV file."""
    url = f"{URL}/{name}/versions"
    return await service.editor.post(url, content=content, headers=CSV, params=query)


def files_of(settings: Settings) -> list[Path]:
    """Return every file in the folder of data sets."""
    return [path for path in settings.datasets_folder.rglob("*") if path.is_file()]


async def test_the_same_bytes_are_the_same_version(service: Service) -> None:
    """Content decides: a second upload makes nothing, other bytes make the next version."""
    first = await upload(service, table(), fileName="load.csv")
    assert first.status_code == 201
    version = first.json()
    assert (version["version"], version["rows"], version["form"]) == (1, 240, "csv")
    assert version["digest"] == hashlib.sha256(table()).hexdigest()
    assert version["source"] == {
        "kind": "dataset", "name": "load", "version": 1, "time_column": "when",
    }  # fmt: skip
    again = await upload(service, table())
    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert (await upload(service, table(11))).json()["version"] == 2
    listed = (await service.viewer.get(f"{URL}/load/versions")).json()["items"]
    assert [each["version"] for each in listed] == [2, 1]
    shown = (await service.viewer.get(f"{URL}/load")).json()
    assert (shown["versions"], shown["latest"]["version"]) == (2, 2)


async def test_the_preview_says_what_training_will_say(service: Service) -> None:
    """Types, roles, gaps and the first rows; a missing hour is told with its time."""
    await upload(service, table(without=(30, 31)))
    seen = (await service.viewer.get(f"{URL}/load/versions/latest/preview")).json()
    assert [(each["name"], each["kind"], each["use"]) for each in seen["columns"]] == [
        ("when", "time", "time"), ("load (MW)", "number", "target"), ("remark", "text", "none"),
    ]  # fmt: skip
    assert seen["columns"][1]["unit"] == "MW"
    assert seen["span"]["step"] == "1 hour"
    assert seen["quality"]["gaps"] == [{"series": "", "start": "2024-01-02T06:00:00", "rows": 2}]
    assert seen["firstRows"][0] == ["2024-01-01 00:00", "100.0", "note 0"]
    assert seen["refusal"] is None


async def test_a_preview_can_read_a_file_in_another_way(service: Service) -> None:
    """A German export is understood once its marks are named, and told apart before."""
    content = table().replace(b",", b";").replace(b".0;", b",5;")
    await upload(service, content)
    url = f"{URL}/load/versions/1/preview"
    before = (await service.viewer.get(url)).json()
    assert before["columns"][1]["kind"] == "text"
    after = (await service.viewer.get(url, params={"decimal": ","})).json()
    assert (after["columns"][1]["kind"], after["columns"][1]["minimum"]) == ("number", 100.5)


async def test_a_table_of_several_series_is_recognized(service: Service) -> None:
    """The column that makes times unique is taken for the series."""
    rows = [f"2024-01-01 {h:02d}:00,{s},{h}.5" for s in ("north", "south") for h in range(24)]
    await upload(service, "\n".join(["date,site,value", *rows, ""]).encode())
    seen = (await service.viewer.get(f"{URL}/load/versions/1/preview")).json()
    assert seen["dataset"] == {"series_column": "site"}
    assert seen["span"]["series"] == 2


async def test_parquet_is_taken(service: Service, tmp_path: Path) -> None:
    """A typed table keeps its types."""
    frame = pl.read_csv(table(), try_parse_dates=True)
    frame.write_parquet(tmp_path / "t.parquet")
    answer = await service.editor.post(
        f"{URL}/load/versions",
        content=(tmp_path / "t.parquet").read_bytes(),
        headers={"Content-Type": "application/vnd.apache.parquet"},
    )
    assert (answer.status_code, answer.json()["form"]) == (201, "parquet")
    seen = (await service.viewer.get(f"{URL}/load/versions/1/preview")).json()
    assert (seen["timeColumn"], seen["rows"]) == ("when", 240)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"when,load\n", "no rows"),
        (b"PK\x03\x04" + b"\0" * 100, "zip"),
        (gzip.compress(table())[:-40], "damaged"),
        (b"when,load\n2024-01-01,1,2\n", "row 1 has 3 cells"),
        (b"PAR1" + b"\0" * 100, "Parquet"),
    ],
)
async def test_what_is_no_table_is_refused_and_leaves_nothing(
    service: Service, content: bytes, words: str
) -> None:
    """The sentence says what is wrong; neither a row nor a file stays."""
    answer = await upload(service, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "data-error")
    assert words in answer.json()["detail"]
    assert files_of(service.settings) == []
    assert (await service.viewer.get(f"{URL}/load")).status_code == 404


async def test_a_truncated_upload_leaves_nothing(service: Service) -> None:
    """A caller that goes away in the middle leaves neither a file nor a version."""
    messages: Iterator[dict[str, Any]] = iter(
        [
            {"type": "http.request", "body": table()[:1000], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = {**service.editor.headers, "content-type": "text/csv", "content-length": "9999"}
    scope = {
        "type": "http", "method": "POST", "path": f"{URL}/load/versions", "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "http_version": "1.1", "scheme": "http", "server": ("testserver", 80), "asgi": {},
    }  # fmt: skip
    await service.app(scope, receive, send)
    assert sent[0]["status"] == 400
    assert files_of(service.settings) == []


class TestLimits:
    """A service with little room."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Return settings that take little."""
        little = {"maximum_upload_bytes": 100_000, "dataset_quota_bytes": 12_000}
        return settings.model_copy(update=little)

    async def test_a_file_beyond_the_limit_is_refused(self, service: Service) -> None:
        """Whether its length is declared or found out as it comes."""
        assert (await upload(service, b"x" * 100_001)).json()["code"] == "too-large"

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(11):
                yield b"x" * 10_000

        url = f"{URL}/load/versions"
        answer = await service.editor.post(url, content=pieces(), headers=CSV)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert files_of(service.settings) == []

    async def test_bombs_are_refused_unopened(self, service: Service, tmp_path: Path) -> None:
        """A small file that unpacks to a large one is as large as what it unpacks to."""
        bomb = gzip.compress(b"when,load\n" + b"2024-01-01,1\n" * 100_000)
        assert len(bomb) < 10_000
        answer = await upload(service, bomb)
        assert (answer.status_code, answer.json()["code"]) == (422, "data-error")
        assert "unpacks to more" in answer.json()["detail"]
        pl.select(when=pl.repeat(1, 1_000_000), load=pl.repeat(1.0, 1_000_000)).write_parquet(
            tmp_path / "bomb.parquet"
        )
        assert (tmp_path / "bomb.parquet").stat().st_size < 100_000
        answer = await upload(service, (tmp_path / "bomb.parquet").read_bytes())
        assert "more than the service takes" in answer.json()["detail"]
        assert files_of(service.settings) == []

    async def test_the_quota_counts_each_content_once(self, service: Service) -> None:
        """A second name for the same bytes needs no room; room is there again after a deletion."""
        assert (await upload(service, table())).status_code == 201
        assert (await upload(service, table(), name="twin")).status_code == 201
        answer = await upload(service, table(scale=2.0))
        assert (answer.status_code, answer.json()["code"]) == (507, "quota-exceeded")
        assert (await service.editor.delete(f"{URL}/load")).status_code == 204
        assert len(files_of(service.settings)) == 1  # the twin's
        assert (await service.editor.delete(f"{URL}/twin")).status_code == 204
        assert files_of(service.settings) == []
        answer = await upload(service, table(scale=2.0))
        assert (answer.status_code, answer.json()["version"]) == (201, 2)


async def test_a_job_names_version_and_digest(service: Service) -> None:
    """What a job trains on stands in it for ever, whatever the name means later."""
    uploaded = (await upload(service, table())).json()
    document = job_document(suspend=True)
    document["spec"]["config"] = {  # type: ignore[index,call-overload]  # it is a document
        "dataset": {"source": {"kind": "dataset", "name": "load"}},
        "window": {"lookback": 24, "horizon": 6}, "model": {"kind": "dlinear"},
    }  # fmt: skip
    job = (await service.editor.post("/api/v1/jobs", json=document)).json()
    source = job["spec"]["config"]["dataset"]["source"]
    assert source == {
        "kind": "dataset", "name": "load", "version": 1,
        "digest": uploaded["digest"], "time_column": "when",
    }  # fmt: skip
    answer = await service.editor.delete(f"{URL}/load/versions/1")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    await service.editor.patch(f"/api/v1/jobs/{job['metadata']['uid']}", json={"cancel": True})
    assert (await service.editor.delete(f"{URL}/load/versions/1")).status_code == 204
    answer = await service.editor.post(f"/api/v1/jobs/{job['metadata']['uid']}/clone")
    assert answer.json()["errors"] == [
        {
            "path": "spec.config.dataset.source.name",
            "message": "there is no data set 'load' version 1. Upload it, or name another one.",
        }
    ]


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "file", "path": "/etc/passwd", "time_column": "t"},
        {"kind": "url", "url": "file:///etc/passwd", "time_column": "t"},
        {"kind": "url", "url": "zip://a.csv::/etc/secrets.zip", "time_column": "t"},
        {"kind": "url", "url": "https://x/a.zip::file:///etc/passwd", "time_column": "t"},
    ],
)
async def test_a_job_by_rest_reads_no_file_of_the_machine(
    service: Service, source: dict[str, str]
) -> None:
    """Neither a path nor a URL that means one is taken."""
    document = job_document(config={"dataset": {"source": source}})
    answer = await service.editor.post("/api/v1/jobs", json=document)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-job")
    assert all("dataset.source" in each["path"] for each in answer.json()["errors"])


async def test_downloads_give_the_bytes_back(service: Service) -> None:
    """Whole, or the range that was asked for."""
    await upload(service, table(), fileName="my load.csv")
    url = f"{URL}/load/versions/latest/content"
    answer = await service.viewer.get(url)
    assert answer.content == table()
    named = answer.headers["content-disposition"]
    assert named == "attachment; filename=\"my_load.csv\"; filename*=UTF-8''my%20load.csv"
    part = await service.viewer.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, table()[5:10])


async def test_pages_of_the_list_are_the_whole_list(service: Service) -> None:
    """By name, each once, whatever the size of a page."""
    names = [f"set-{letter}" for letter in "dacb"]
    for number, name in enumerate(names):
        await upload(service, table(scale=1.0 + number), name=name)
    found, page = [], None
    while True:
        query: dict[str, Any] = {"limit": 3, "text": "SET"} | ({"page": page} if page else {})
        answer = (await service.viewer.get(URL, params=query)).json()
        found += [each["name"] for each in answer["items"]]
        if not (page := answer["next"]):
            break
    assert found == sorted(names)


async def test_viewers_only_look(service: Service) -> None:
    """Uploading and deleting need an editor; content types are what they say."""
    url = f"{URL}/load/versions"
    assert (await service.viewer.post(url, content=table(), headers=CSV)).status_code == 403
    assert (await service.viewer.delete(f"{URL}/load")).status_code == 403
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await service.editor.post(url, content=b"--x", headers=form)).status_code == 415
    await stored_job(service)  # a job that names no data set hinders nobody
    await upload(service, table())
    assert (await service.editor.delete(f"{URL}/load")).status_code == 204
    assert (await service.editor.delete(f"{URL}/load")).status_code == 404
