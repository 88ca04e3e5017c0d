"""Events are sent while an attempt goes on; whatever the API does, the attempt goes its way."""

import datetime as dt
import ipaddress
import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from azuraforge_contract.environment import (
    ATTEMPT,
    CACHE_DIR,
    JOB_FILE,
    RUN_DIR,
    TRACKING_TOKEN_FILE,
    TRACKING_URL,
)
from azuraforge_contract.run_folder import RunFolder
from azuraforge_trainer.environment import read_environment
from azuraforge_trainer.tracking import backlog, poster
from azuraforge_trainer.tracking.backlog import Backlog
from azuraforge_trainer.tracking.post import EventPost, Outcome
from azuraforge_trainer.tracking.poster import EventPoster

DEADLINE_SECONDS = 60.0


class Api:
    """A server that takes events as the API does, and answers as it is told.

    Attributes:
        lines: what it has taken.
        requests: path and headers of every request.
        answers: status and headers of the next ones; 200 when they are used up.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.always: int | None = None
        self.url = ""
        self.server: ThreadingHTTPServer

    def take(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Take a request and return how it is answered."""
        self.requests.append((path, headers))
        status, extra = self.answers.pop(0) if self.answers else (self.always or 200, {})
        if status == 200:
            self.lines += body.decode().splitlines()
        return status, extra


@pytest.fixture
def api() -> Iterator[Api]:
    """Return a running server."""
    found = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = found.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's own name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.server = server
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


class Sending:
    """A poster on a file that the test writes."""

    def __init__(self, url: str, folder: Path) -> None:
        self.path, self.token = folder / "0.jsonl", folder / "token"
        self.token.write_text("first\n")
        self.poster = EventPoster(
            EventPost(url, self.token, "uid-1", 0), self.path, logging.getLogger("azuraforge.test")
        )

    def write(self, *numbers: int) -> list[str]:
        """Append lines and return them."""
        lines = [json.dumps({"sequence": number}) for number in numbers]
        with self.path.open("a") as file:
            file.writelines(line + "\n" for line in lines)
        return lines


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a poster look often, so that a test is short."""
    monkeypatch.setattr(poster, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(poster, "_LONGEST_PAUSE_SECONDS", 0.02)


def _until(holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.005)


def test_a_trainer_sends_what_it_writes(make_job: Callable[..., Any], api: Api) -> None:
    """Every line of the event file has arrived when the process ends, in order, with its token."""
    job = make_job()
    token = job.folder / "token"
    token.write_text("secret")
    job.variables = {TRACKING_URL: api.url, TRACKING_TOKEN_FILE: str(token)}
    code, log = job.finish()
    assert code == 0, log
    assert api.lines == job.run.events_file(0).read_text().splitlines()
    assert {path for path, _ in api.requests} == {"/api/v1/runs/uid-1/events?attempt=0"}
    assert {headers["Authorization"] for _, headers in api.requests} == {"Bearer secret"}
    assert {headers["Content-Type"] for _, headers in api.requests} == {"application/x-ndjson"}


@pytest.mark.parametrize("is_silent", [True, False])
def test_an_api_that_is_away_harms_no_attempt(
    make_job: Callable[..., Any], silent: str, is_silent: bool
) -> None:
    """The attempt succeeds as ever, and the log tells once that nobody is there."""
    job = make_job()
    job.variables = {TRACKING_URL: silent if is_silent else "http://127.0.0.1:9"}
    code, log = job.finish()
    assert code == 0, log
    assert job.events()[-1].type == "finished"
    told = [line["event"] for line in map(json.loads, log.splitlines())]
    assert told.count("tracking_away") == (0 if is_silent else 1), told


@pytest.mark.parametrize("url", ["azuraforge", "ftp://azuraforge", "http://azuraforge:x", ""])
def test_a_wrong_address_harms_no_attempt(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, where there is any; the attempt goes on."""
    environment = read_environment(
        {JOB_FILE: "job.json", ATTEMPT: "0", CACHE_DIR: "cache", RUN_DIR: str(tmp_path),
         TRACKING_URL: url}
    )  # fmt: skip
    logger = logging.getLogger("azuraforge.test")
    with poster.posting(environment, "uid-1", logger, lambda: DEADLINE_SECONDS):
        RunFolder(tmp_path).events.mkdir()
        RunFolder(tmp_path).events_file(0).write_text("{}\n")
    assert len(caplog.records) == (1 if url else 0)


@pytest.mark.usefixtures("hurried")
def test_a_backlog_is_sent_when_the_api_is_back(api: Api, tmp_path: Path) -> None:
    """Nothing is lost by refusals of any kind, and nothing is sent out of order."""
    api.answers = [(status, {}) for status in (503, 500, 401, 403, 404, 302, 502)]
    api.answers.append((429, {"Retry-After": "1"}))
    sending = Sending(api.url, tmp_path)
    lines = sending.write(*range(3))
    sending.poster.start()
    _until(lambda: len(api.requests) >= 4)
    lines += sending.write(*range(3, 2000))
    _until(lambda: len(api.lines) == 2000)
    lines += sending.write(2000)
    sending.poster.close(DEADLINE_SECONDS)
    assert api.lines == lines
    assert len(api.requests) == 8 + 5  # batches of at most 500


@pytest.mark.usefixtures("hurried")
def test_a_renewed_token_is_used_at_once(api: Api, tmp_path: Path) -> None:
    """The file is read for each post; one that is away for a moment is waited for."""
    sending = Sending(api.url, tmp_path)
    sending.token.unlink()
    sending.write(0)
    sending.poster.start()
    sending.token.write_text("first")
    _until(lambda: len(api.lines) == 1)
    sending.token.write_text("second")
    sending.write(1)
    sending.poster.close(DEADLINE_SECONDS)
    assert [each["Authorization"] for _, each in api.requests] == ["Bearer first", "Bearer second"]


@pytest.mark.usefixtures("hurried")
def test_an_api_that_knows_nothing_of_the_run_is_left_alone(
    api: Api, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After enough refusals in a row nothing is sent any more, and the log has two lines."""
    api.always = 404
    sending = Sending(api.url, tmp_path)
    sending.write(0)
    with caplog.at_level(logging.INFO, "azuraforge.test"):
        sending.poster.start()
        sending.poster._thread.join(DEADLINE_SECONDS)
    events = [record.__dict__["event"] for record in caplog.records]
    assert events == ["tracking_away", "tracking_given_up"]
    assert len(api.requests) == 12
    sending.poster.close(0)


@pytest.mark.usefixtures("hurried")
def test_what_cannot_be_read_is_passed_over(api: Api, tmp_path: Path) -> None:
    """A batch that is refused for what it is holds nothing up."""
    api.answers = [(422, {})]
    sending = Sending(api.url, tmp_path)
    sending.write(*range(500))
    rest = sending.write(500, 501)
    sending.poster.start()
    sending.poster.close(DEADLINE_SECONDS)
    assert api.lines == rest


@pytest.mark.usefixtures("hurried")
def test_a_busy_api_is_asked_again_at_the_end(api: Api, tmp_path: Path) -> None:
    """Who is asked to come again does so, as long as there is time; who finds nobody does not."""
    api.answers = [(429, {"Retry-After": "1"})] * 3
    sending = Sending(api.url, tmp_path)
    lines = sending.write(0)
    sending.poster._ending.set()
    sending.poster.start()
    sending.poster.close(DEADLINE_SECONDS)
    assert api.lines == lines
    api.always = 503
    away = Sending(api.url, tmp_path)
    away.poster._ending.set()
    away.poster.start()
    away.poster._thread.join(DEADLINE_SECONDS)
    assert len(api.requests) == 5


def test_a_server_that_does_not_answer_is_left_behind(silent: str, tmp_path: Path) -> None:
    """Closing does not wait for it."""
    sending = Sending(silent, tmp_path)
    sending.write(0)
    sending.poster.start()
    sending.poster.close(0.05)
    assert sending.poster._left.is_set()


def test_over_tls_the_server_has_to_prove_itself(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No token reaches one whose certificate nobody vouches for, or that is another's."""
    certificate = _serve_tls(api, tmp_path)
    answer = EventPost(api.url, None, "uid-1", 0).send(b"{}\n")
    assert answer.outcome is Outcome.LATER
    assert "certificate verify failed" in answer.detail
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert EventPost(api.url, None, "uid-1", 0).send(b"{}\n").outcome is Outcome.STORED
    other = api.url.replace("127.0.0.1", "localhost")
    answer = EventPost(other, None, "uid-1", 0).send(b"{}\n")
    assert "not valid for 'localhost'" in answer.detail
    assert len(api.requests) == 1


def _serve_tls(api: Api, folder: Path) -> Path:
    """Let a server speak TLS from now on; return its own certificate, for 127.0.0.1."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api")])
    now = dt.datetime.now(dt.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(address, critical=False)
        .sign(key, SHA256())
    )
    pem, secret = folder / "certificate.pem", folder / "key.pem"
    pem.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    api.server.socket = context.wrap_socket(api.server.socket, server_side=True)
    api.url = api.url.replace("http://", "https://")
    return pem


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no event does not fill the memory and holds nothing up."""
    monkeypatch.setattr(backlog, "_MOST_BYTES", 100)
    path = tmp_path / "0.jsonl"
    waiting = Backlog(path)
    assert waiting.next() is None
    path.write_bytes(b"first\n" + b"x" * 1234 + b"\nlast\nhalf")
    found = b""
    while (batch := waiting.next()) is not None:
        found += batch.content
        waiting.sent(batch)
    assert found == b"first\nlast\n"
