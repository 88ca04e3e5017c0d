"""Tables are fetched from where they are, and unreachable is told apart from wrong.

The Open-Meteo service itself cannot be reached where these tests run: a local HTTP server answers
in the format that https://open-meteo.com/en/docs/historical-weather-api documents.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import tenacity
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from azuraforge_contract.errors import DataError, JobFileError, SourceUnreachableError
from azuraforge_core.data.config import DatasetConfig
from azuraforge_core.data.source_config import ArchiveSource, UrlSource
from azuraforge_core.data.source_table import SourceTable
from azuraforge_core.data.sources.open_meteo import open_archive
from azuraforge_core.data.sources.url import open_url, without_secrets
from azuraforge_core.data.table_cache import table_cache_key

NO_WAIT = tenacity.wait_none()
TABLE = "date,y\n" + "".join(f"2013-01-{day:02d},{day % 5}\n" for day in range(1, 31))
VARIABLES = ("temperature_2m", "wind_speed_10m", "wind_direction_10m")

Answer = tuple[int, str]


class Server:
    """A local HTTP server that gives its answers in order, the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(*outer.answers[0])

            def do_GET(self) -> None:
                outer.requests.append(self.path)
                self._answer(
                    *(outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0])
                )

            def _answer(self, status: int, text: str) -> None:
                body = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def encrypt(self, folder: Path) -> None:
        """Speak TLS from now on, with a certificate that no authority has signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .sign(key, hashes.SHA256())
        )
        file = folder / "server.pem"
        file.write_bytes(
            certificate.public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(file)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True)

    def close(self) -> None:
        """Stop answering."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a running server."""
    server = Server()
    yield server
    server.close()


def archive(endpoint: str, **changes: Any) -> ArchiveSource:
    """Return a request for two days in Berlin."""
    document = {
        "kind": "open-meteo",
        "latitude": 52.52,
        "longitude": 13.41,
        "start": "2022-01-01",
        "end": "2022-01-02",
        "variables": list(VARIABLES),
        "endpoint": endpoint,
    }
    return ArchiveSource.model_validate(document | changes)


def documented_answer() -> dict[str, Any]:
    """Return an answer in the documented format, its last temperature not yet known."""
    times = [f"2022-01-0{1 + hour // 24}T{hour % 24:02d}:00" for hour in range(48)]
    return {
        "latitude": 52.5,
        "longitude": 13.4,
        "elevation": 38.0,
        "generationtime_ms": 2.2,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "hourly_units": {
            "time": "iso8601",
            "temperature_2m": "°C",
            "wind_speed_10m": "km/h",
            "wind_direction_10m": "°",
        },
        "hourly": {
            "time": times,
            "temperature_2m": [5.0 + hour % 24 / 4 for hour in range(47)] + [None],
            "wind_speed_10m": [10.0 + hour % 3 for hour in range(48)],
            "wind_direction_10m": [(hour * 10) % 360 for hour in range(48)],
        },
    }


def test_the_archive_is_read_as_documented(server: Server, fill: Any) -> None:
    """Variables become columns with their units, times are UTC, null is a missing cell."""
    server.answers = [(200, json.dumps(documented_answer()))]
    source = archive(server.url + "/v1/archive").model_dump(mode="json")
    table = fill(source=source, target_columns=["temperature_2m"], past_columns=["wind_10m_u"])
    query = parse_qs(urlsplit(server.requests[0]).query)
    assert query == {
        "latitude": ["52.52"],
        "longitude": ["13.41"],
        "start_date": ["2022-01-01"],
        "end_date": ["2022-01-02"],
        "hourly": [",".join(VARIABLES)],
        "timezone": ["UTC"],
    }
    assert table.facts.time_zone == "UTC"
    assert [(c.name, c.unit) for c in table.facts.columns[:2]] == [
        ("temperature_2m", "°C"),
        ("wind_10m_u", "km/h"),
    ]
    assert table.facts.quality.columns[0].missing == 1
    assert table.row("temperature_2m")[4] == 6.0


def test_a_refusal_is_passed_on(server: Server) -> None:
    """What the archive calls wrong is bad data, in the archive's own words, and not asked again."""
    server.answers = [
        (400, json.dumps({"error": True, "reason": "Cannot initialize WeatherVariable"}))
    ]
    with (
        pytest.raises(DataError, match="Cannot initialize WeatherVariable"),
        open_archive(archive(server.url), wait=NO_WAIT),
    ):
        pass
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_archive_is_asked_again(server: Server, status: int) -> None:
    """Too many requests and server errors pass; the second answer counts."""
    server.answers = [(status, "{}"), (200, json.dumps(documented_answer()))]
    with open_archive(archive(server.url), wait=NO_WAIT) as table:
        assert table.columns == ("time", *VARIABLES)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer", [(503, "down"), (429, '{"reason": "Minutely limit"}'), (200, "<")]
)
def test_an_archive_that_stays_busy_is_unreachable(server: Server, answer: Answer) -> None:
    """After its tries the job ends with the exit code that is worth another attempt."""
    server.answers = [answer]
    with (
        pytest.raises(SourceUnreachableError) as failure,
        open_archive(archive(server.url), wait=NO_WAIT),
    ):
        pass
    assert failure.value.exit_code == 69
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({}, "no hourly.time"),
        ([1], "no hourly.time"),
        ({"hourly": {"time": ["2022-01-01T00:00"]}}, "lacks 'temperature_2m'"),
        (
            {"hourly": {"time": ["2022-01-01T00:00"], **{name: [1, 2] for name in VARIABLES}}},
            "differ in length",
        ),
    ],
)
def test_an_answer_in_another_format_is_explained(
    server: Server, answer: object, sentence: str
) -> None:
    """An answer that is not as documented is bad data with a reason."""
    server.answers = [(200, json.dumps(answer))]
    with pytest.raises(DataError, match=sentence), open_archive(archive(server.url), wait=NO_WAIT):
        pass


def nobody_listens(open_source: Callable[[str], Any]) -> SourceUnreachableError:
    """Return the failure of a source whose server is not there."""
    server = Server()
    server.close()
    with pytest.raises(SourceUnreachableError) as failure, open_source(server.url):
        pass
    return failure.value


def test_an_absent_server_is_unreachable() -> None:
    """No answer at all ends with exit code 69, whichever the source."""
    failure = nobody_listens(lambda url: open_archive(archive(url), wait=NO_WAIT))
    assert failure.exit_code == 69
    failure = nobody_listens(lambda url: open_url(table_at(f"{url}/t.csv"), wait=NO_WAIT))
    assert failure.exit_code == 69


def table_at(url: str) -> UrlSource:
    """Return the source of a table at some URL."""
    return UrlSource(kind="url", url=url, time_column="date")


def rows_of(table: SourceTable) -> int:
    """Return how many rows an opened table yields."""
    return sum(frame.height for frame in table.read(["date", "y"]))


def test_a_url_is_read(server: Server) -> None:
    """A table behind http is read like a file."""
    server.answers = [(200, TABLE)]
    with open_url(table_at(f"{server.url}/load.csv"), wait=NO_WAIT) as table:
        assert rows_of(table) == 30


def test_a_local_url_is_read(tmp_path: Path) -> None:
    """Any file system that fsspec knows will do."""
    (tmp_path / "load.csv").write_text(TABLE)
    with open_url(table_at(f"file://{tmp_path}/load.csv"), wait=NO_WAIT) as table:
        assert rows_of(table) == 30


def test_a_server_in_trouble_is_asked_again(server: Server) -> None:
    """A server error passes; the next answer counts."""
    server.answers = [(503, ""), (503, ""), (200, TABLE)]
    with open_url(table_at(f"{server.url}/load.csv"), wait=NO_WAIT) as table:
        assert rows_of(table) == 30


def test_a_server_that_stays_in_trouble_is_unreachable(server: Server) -> None:
    """After its tries the job ends with exit code 69 and without the URL's secrets."""
    server.answers = [(500, "")]
    url = f"{server.url.replace('//', '//user:secret@')}/load.csv?token=secret"
    with pytest.raises(SourceUnreachableError) as failure, open_url(table_at(url), wait=NO_WAIT):
        pass
    assert "secret" not in str(failure.value)


def test_a_server_whose_certificate_nobody_vouches_for_is_unreachable(
    server: Server, tmp_path: Path
) -> None:
    """A private certificate authority is no mistake of the job file: another node may know it."""
    server.encrypt(tmp_path)
    url = f"{server.url.replace('http', 'https')}/load.csv"
    with (
        pytest.raises(SourceUnreachableError, match="certificate") as failure,
        open_url(table_at(url), wait=NO_WAIT),
    ):
        pass
    assert "fsspec" not in str(failure.value.remedy)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_table_that_is_not_there_is_bad_data(server: Server, status: int) -> None:
    """Asking again would not help, so it is not retried."""
    server.answers = [(status, "")]
    with pytest.raises(DataError), open_url(table_at(f"{server.url}/load.csv"), wait=NO_WAIT):
        pass


def test_an_unknown_kind_of_url_is_a_wrong_job_file() -> None:
    """A misspelt protocol is for the person who wrote it to correct."""
    with (
        pytest.raises(JobFileError, match="cannot be opened"),
        open_url(table_at("htp://example.com/x.csv"), wait=NO_WAIT),
    ):
        pass


def test_secrets_stay_out_of_names() -> None:
    """Neither passwords nor signed queries reach a report."""
    assert without_secrets("https://u:p@h.org/a.csv?sig=x#f") == "https://h.org/a.csv"


def test_the_cache_key_knows_content_and_not_place(tmp_path: Path) -> None:
    """Equal files are one entry wherever they lie; other content or cleaning is another."""

    def key(name: str, text: str, **dataset: Any) -> str:
        path = tmp_path / name
        path.write_text(text)
        source = {"kind": "file", "path": str(path), "time_column": "date"}
        config = DatasetConfig.model_validate({"source": source, **dataset})
        return json.dumps(table_cache_key(config), sort_keys=True)

    base = key("a.csv", TABLE)
    assert key("b.csv", TABLE) == base
    assert str(tmp_path) not in base
    assert key("a.csv", TABLE, split={"boundaries": [5, 10, 15]}, scaling="none") == base
    assert key("a.csv", TABLE, max_age_hours=3) == base
    for changed in (
        key("a.csv", TABLE + "2013-02-01,1\n"),
        key("a.csv", TABLE, missing={"max_gap": 7}),
        key("a.csv", TABLE, target_columns=["y"]),
        key("a.csv", TABLE, calendar_features=False),
    ):
        assert changed != base


def test_every_source_has_a_key(server: Server) -> None:
    """A URL's key holds no secret, an archive's is its request, the sample's its content."""
    url = DatasetConfig(source=table_at("https://u:p@h.org/a.csv?sig=x"))
    text = json.dumps(table_cache_key(url))
    assert "h.org/a.csv" in text
    assert "sig=x" not in text
    assert "u:p" not in text
    request = table_cache_key(DatasetConfig(source=archive(server.url)))["source"]
    assert request["start"] == "2022-01-01"
    assert "timeout_seconds" not in request
    sample = DatasetConfig.model_validate({"source": {"kind": "sample"}})
    assert len(table_cache_key(sample)["source"]["sha256"]) == 64


def test_the_sample_is_what_its_readme_says(fill: Any) -> None:
    """Three stations, hourly, UTC, real gaps counted, wind as a vector beside it."""
    facts = fill(source={"kind": "sample"}, target_columns=["temp", "wind_u"]).facts
    assert facts.quality.rows_read == 26_115
    assert [(s.series, s.rows) for s in facts.segments] == [
        ("EWR", 8730),
        ("JFK", 8730),
        ("LGA", 8730),
    ]
    assert (str(facts.step), facts.time_zone) == ("1 hour", "UTC")
    assert facts.quality.rows_missing == 75
    assert (facts.first_time, facts.last_time) == ("2013-01-01T06:00:00", "2013-12-30T23:00:00")
    assert [(c.name, c.unit) for c in facts.columns[:2]] == [("temp", "°F"), ("wind_u", "mph")]
