"""What the client does when the network, a proxy or the service fails: against a real socket."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azuraforge_client import (
    ApiProblem,
    AsyncClient,
    Client,
    RetryPolicy,
    UnexpectedAnswerError,
    UnreachableError,
)
from azuraforge_client.streams import EventReader, LineReader
from azuraforge_contract.errors import StorageError

QUICK = RetryPolicy(tries=3, first_delay_seconds=0.001, patience_seconds=5)
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"status": "ok"}'
STAMP = b"Last-Modified: Sun, 22 Nov 2026 10:00:00 GMT\r\n"


class Script:
    """A server that answers each connection with the next of some bytes, then closes it."""

    def __init__(self, *answers: bytes) -> None:
        self.heads: list[str] = []
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(65_536)
                self.heads.append(head.decode("latin-1"))
                connection.sendall(answer)
        self._listener.close()

    def end(self) -> None:
        """Wait until everything was answered."""
        self._thread.join(10)
        self._listener.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Script]]:
    """Return a function that starts a server; each ends with the test."""
    started: list[Script] = []

    def start(*answers: bytes) -> Script:
        started.append(Script(*answers))
        return started[-1]

    yield start
    for script in started:
        script.end()


def _json(content: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content)


def _problem(code: str, status: bytes) -> bytes:
    return _json(b'{"code": "%s", "detail": "No."}' % code.encode(), status)


def test_reading_is_tried_again(scripted: Callable[..., Script]) -> None:
    """A cut connection, a busy and an unavailable service are asked again, and then answer."""
    script = scripted(b"", _problem("unavailable", b"503 Away"), OK)
    with Client(script.url, retries=QUICK) as client:
        assert client.system.health().status == "ok"
    assert len(script.heads) == 3
    assert "user-agent: azuraforge-client/" in script.heads[0].lower()


def test_writing_is_tried_again_only_where_it_was_not_done(scripted: Callable[..., Script]) -> None:
    """Nobody makes two jobs because an answer was lost; a refusal with 429 is no doing."""
    script = scripted(b"")
    with Client(script.url, retries=QUICK) as client, pytest.raises(UnreachableError):
        client.jobs.create({})
    script = scripted(_json(b'{"code": "too-many-requests", "detail": "Wait."}', b"429 Busy"), OK)
    with Client(script.url, retries=QUICK) as client, pytest.raises(UnexpectedAnswerError):
        client.jobs.create({})  # the second answer is no job, but it was asked for
    assert len(script.heads) == 2


def test_what_the_service_asks_for_is_waited_for_or_told() -> None:
    """`Retry-After` lengthens a pause; one that is too long is told at once."""
    policy = RetryPolicy(first_delay_seconds=0.1, longest_delay_seconds=30)
    request = httpx.Request("GET", "http://localhost")

    def pause(after: str, failed: int = 1) -> float | None:
        answer = httpx.Response(429, headers={"Retry-After": after}, request=request)
        return policy.delay_seconds(failed, answer, is_repeatable=False)

    assert pause("7") == 7.0
    assert pause("3600") is None
    assert 0 < (pause("no number") or 0) <= 0.1
    assert pause("Sun, 22 Nov 2020 10:00:00 GMT") is not None
    assert pause("1", failed=policy.tries) is None


def test_an_answer_of_a_stranger_is_told_as_such(scripted: Callable[..., Script]) -> None:
    """A proxy's page, a redirect and another program's JSON are no answers of a service."""
    page = _json(b"<html>Sign in</html>", b"403 Forbidden")
    moved = b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\nContent-Length: 0\r\n\r\n"
    script = scripted(page, moved, _json(b'{"items": 3}'))
    with Client(script.url, retries=QUICK) as client:
        with pytest.raises(UnexpectedAnswerError, match="not AzuraForge"):
            client.system.version()
        with pytest.raises(UnexpectedAnswerError, match="https://elsewhere/"):
            client.system.version()
        with pytest.raises(UnexpectedAnswerError, match="items"):
            list(client.jobs.list())


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://host", "http://", "http://h/?a=1"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    """What cannot be an address fails before anything is sent."""
    with pytest.raises(UnreachableError, match="no address"):
        Client(url)


@pytest.mark.parametrize("behind", ["", "/", "/api/v1", "/api/v1/"])
def test_the_path_of_the_api_may_stand_in_the_address(
    behind: str, scripted: Callable[..., Script]
) -> None:
    """An address that was copied from an operation's is the service's too."""
    script = scripted(_json(b'{"version": "1.0"}'))
    with Client(f"{script.url}{behind}", retries=QUICK) as client:
        assert client.system.version().version == "1.0"


def test_a_newer_service_is_understood(scripted: Callable[..., Script]) -> None:
    """Fields that this release does not know are kept and do no harm."""
    script = scripted(_json(b'{"status": "ok", "moonPhase": {"now": "full"}}'))
    with Client(script.url, retries=QUICK) as client:
        health = client.system.health()
    assert health.to_document() == {"status": "ok", "moonPhase": {"now": "full"}}


def _part(content: bytes, *, start: int, cut: int, stamp: bytes = STAMP) -> bytes:
    """Return an answer that promises the content from ``start`` on and breaks off at ``cut``."""
    status = b"206 Partial\r\nContent-Range: bytes %d-%d/%d" if start else b"200 OK"
    if start:
        status %= (start, len(content) - 1, len(content))
    length = b"Content-Length: %d\r\n" % (len(content) - start)
    return b"HTTP/1.1 %s\r\n%s%s\r\n%s" % (status, length, stamp, content[start:cut])


def test_a_download_goes_on_where_it_broke_off(
    scripted: Callable[..., Script], tmp_path: Path
) -> None:
    """What came is not fetched again, and the file is there only when it is whole."""
    content = bytes(range(256)) * 40
    script = scripted(
        _part(content, start=0, cut=3000),
        _part(content, start=3000, cut=7000),
        _part(content, start=7000, cut=len(content)),
    )
    told: list[tuple[int, int | None]] = []
    with Client(script.url, retries=QUICK) as client:
        target = tmp_path / "model.bin"
        path = client.models.download_file(
            "m", 1, "a/b", target, progress=lambda *done: told.append(done)
        )
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]
    assert "/files/a/b " in script.heads[0]
    assert "range: bytes=7000-" in script.heads[2].lower()
    assert told[-1] == (len(content), len(content))


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    scripted: Callable[..., Script], tmp_path: Path
) -> None:
    """Two contents are never mixed in one file."""
    old, new = b"o" * 5000, b"n" * 5000
    changed = STAMP.replace(b"10:00", b"11:00")
    script = scripted(
        _part(old, start=0, cut=2000),
        _part(new, start=2000, cut=5000, stamp=changed),
        _part(new, start=0, cut=5000, stamp=changed),
    )
    with Client(script.url, retries=QUICK) as client:
        path = client.datasets.download("load", tmp_path / "file")
    assert path.read_bytes() == new


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (b'attachment; filename="plain.csv"', "plain.csv"),
        (b"attachment; filename=\"Gr__e.csv\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.csv", "Größe.csv"),
        (b'attachment; filename="../../up"', ".._.._up"),
        (b"attachment; filename*=UTF-8''%2Fetc%2Fpasswd%00", "_etc_passwd_"),
        (b'attachment; filename=".."', "download"),
        (b"attachment", "download"),
        (b"", "download"),
        (b"; filename*=no-such-encoding''%ff; =; \"", "download"),
    ],
)
def test_a_download_into_a_folder_has_the_name_that_the_service_gives(
    scripted: Callable[..., Script], tmp_path: Path, header: bytes, name: str
) -> None:
    """In whatever alphabet, but never outside of the folder."""
    head = b"Content-Disposition: %s\r\n%s" % (header, STAMP)
    script = scripted(_part(b"content", start=0, cut=7, stamp=head))
    with Client(script.url, retries=QUICK) as client:
        path = client.datasets.download("load", tmp_path)
    assert path == tmp_path / name
    assert path.read_bytes() == b"content"


def test_a_download_that_fails_leaves_nothing(
    scripted: Callable[..., Script], tmp_path: Path
) -> None:
    """Neither a half file nor a trace of one; an earlier file of that name stays."""
    target = tmp_path / "file"
    target.write_bytes(b"before")
    script = scripted(_problem("not-found", b"404 Nothing"))
    with Client(script.url, retries=QUICK) as client, pytest.raises(ApiProblem):
        client.datasets.download("load", target)
    script = scripted(_part(b"x" * 100, start=0, cut=50))

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with Client(script.url, retries=QUICK) as client, pytest.raises(KeyboardInterrupt):
        client.datasets.download("load", target, progress=interrupt)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]
    with Client(script.url, retries=QUICK) as client, pytest.raises(StorageError):
        client.datasets.download("load", tmp_path / "missing" / "file")


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n"
)


def _chunks(text: str, *, is_ended: bool) -> bytes:
    content = text.encode()
    return CHUNKED + b"%x\r\n%s\r\n%s" % (len(content), content, b"0\r\n\r\n" if is_ended else b"")


def test_events_go_on_after_a_broken_connection(scripted: Callable[..., Script]) -> None:
    """Every event once: the second connection asks for what follows the last event of the first."""
    running = 'event: status\ndata: {"phase": "Running"}\n\n'
    one, two = (f'event: run\nid: 0.{n}\ndata: {{"n": {n}}}\n\n' for n in (1, 2))
    end = running.replace("Running", "Succeeded")
    script = scripted(
        _chunks(running + one + two[:-4], is_ended=False),
        b"",
        _chunks(two + running + end, is_ended=True),
    )
    with Client(script.url, retries=QUICK) as client:
        events = list(client.jobs.events("night"))
    assert [event.identity or event.data["phase"] for event in events] == [
        "Running", "0.1", "0.2", "Succeeded",
    ]  # fmt: skip
    assert "last-event-id" not in script.heads[0].lower()
    assert "last-event-id: 0.1" in script.heads[2].lower()


def test_the_events_of_a_deleted_job_end(scripted: Callable[..., Script]) -> None:
    """A stream that ends without news in an unfinished phase is not asked for for ever."""
    answer = _chunks('event: status\ndata: {"phase": "Running"}\n\n', is_ended=True)
    script = scripted(answer, answer)
    with Client(script.url, retries=QUICK) as client:
        assert len(list(client.jobs.events("night"))) == 1


def test_a_service_that_stays_away_is_given_up(scripted: Callable[..., Script]) -> None:
    """Following ends with an error when nobody has answered for as long as one has patience."""
    script = scripted(_chunks('event: status\ndata: {"phase": "Running"}\n\n', is_ended=False))
    impatient = RetryPolicy(tries=1, first_delay_seconds=0.001, patience_seconds=0.05)
    with Client(script.url, retries=impatient) as client, pytest.raises(UnreachableError):
        list(client.jobs.events("night"))


def test_lines_of_a_log_come_once(scripted: Callable[..., Script]) -> None:
    """A log that broke off is read anew, and what was read is passed over."""
    lines = [f'{{"attempt": 0, "number": {n}, "text": "line {n}"}}\n' for n in (1, 2, 3)]
    script = scripted(
        _chunks("".join(lines[:2]), is_ended=False), _chunks("".join(lines), is_ended=True)
    )
    with Client(script.url, retries=QUICK) as client:
        found = [line.text for line in client.jobs.logs("night", follow=True)]
    assert found == ["line 1", "line 2", "line 3"]


@pytest.mark.anyio
async def test_the_awaited_client_does_the_same(
    scripted: Callable[..., Script], tmp_path: Path
) -> None:
    """Retries, following and downloads are those of the blocking client."""
    content = b"z" * 5000
    script = scripted(
        b"",
        OK,
        _part(content, start=0, cut=100),
        _part(content, start=100, cut=5000),
        _chunks('event: status\ndata: {"phase": "Failed"}\n\n', is_ended=True),
    )
    async with AsyncClient(script.url, retries=QUICK) as client:
        assert (await client.system.health()).status == "ok"
        path = await client.datasets.download("load", tmp_path / "file")
        events = [event async for event in client.jobs.events("night")]
    assert path.stat().st_size == len(content)
    assert [event.data for event in events] == [{"phase": "Failed"}]


@given(
    st.lists(st.text(st.characters(exclude_characters="\n\r", codec="utf-8")), max_size=8),
    st.data(),
)
def test_lines_are_the_same_however_they_are_cut(lines: list[str], data: st.DataObject) -> None:
    """A line is found whole, whatever characters it has and wherever its bytes are torn apart."""
    content = "".join(f"{line}\n" for line in lines).encode()
    cut = data.draw(st.integers(0, len(content)))
    reader = LineReader()
    assert [*reader.feed(content[:cut]), *reader.feed(content[cut:])] == lines


def test_an_event_is_what_the_standard_says() -> None:
    """Several lines of data are one text; comments and unknown fields are no events."""
    reader = EventReader()
    text = ": here\n\nretry: 3\n\nid: 7\nevent: run\ndata: a\ndata:b\n\n"
    (event,) = [event for line in text.split("\n") if (event := reader.take(line))]
    assert (event.kind, event.data, event.identity) == ("run", "a\nb", "7")
