"""``azuraforge tokens``, ``webhooks`` and ``audit``."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from azuraforge_api_harness.up_process import UpProcess
from azuraforge_client import ApiProblem, Client

Invoke = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[int]]]:
    """Return the address of a receiver, and the status that it answers, to be changed."""
    statuses = [200]

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses[0])
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", statuses
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_token_is_given_used_and_revoked(invoke: Invoke, up: UpProcess) -> None:
    """The secret alone is on standard output, works with its role, and ends with the token."""
    made = invoke("tokens", "create", "nightly", "--role", "viewer", "--expires", "30d")
    secret = made.stdout.strip()
    assert (made.returncode, secret.startswith("azf_"), len(secret.split())) == (0, True, 1)
    assert ("Shown once" in made.stderr, secret in made.stderr) == (True, False)
    with Client(up.url, secret) as client:
        assert client.system.myself().role == "viewer"
    listed = invoke("tokens", "list", "-o", "wide").stdout
    (line,) = [line for line in listed.splitlines() if " nightly " in line]
    assert "valid" in line
    assert secret not in listed
    unasked = invoke("tokens", "revoke", "nightly")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert "Revoked token" in invoke("tokens", "revoke", "nightly", "--yes").stdout
    with Client(up.url, secret) as client, pytest.raises(ApiProblem, match="revoked"):
        client.system.myself()
    found = json.loads(invoke("tokens", "list", "--json").stdout)["items"]
    assert [each["revokedAt"] is None for each in found if each["name"] == "nightly"] == [False]
    assert " nightly " not in invoke("tokens", "list", "--valid").stdout


def test_a_token_is_revoked_by_its_number_where_its_name_is_not_enough(invoke: Invoke) -> None:
    """Two programs of one name are told apart; whom nobody knows is told."""
    numbers = [
        json.loads(invoke("tokens", "create", "twin", "--json").stdout)["id"] for _ in range(2)
    ]
    unclear = invoke("tokens", "revoke", "twin", "--yes")
    assert (unclear.returncode, str(numbers[0]) in unclear.stderr) == (73, True)
    assert invoke("tokens", "revoke", str(numbers[0]), "--yes").returncode == 0
    assert invoke("tokens", "revoke", "twin", "--yes").returncode == 0
    assert invoke("tokens", "revoke", "twin", "--yes").returncode == 66
    assert invoke("tokens", "revoke", "987654", "--yes").returncode == 66


@pytest.mark.parametrize(
    "wrong", [("--role", "root"), ("--expires", "soon"), ("--expires", "2020-01-01")]
)
def test_a_token_that_cannot_be_is_told(wrong: tuple[str, str], invoke: Invoke) -> None:
    """A role that is none, a time that is none or over: exit code 64, and no token."""
    done = invoke("tokens", "create", "never", *wrong)
    assert (done.returncode, done.stdout) == (64, "")
    assert wrong[1] in done.stderr
    assert " never " not in invoke("tokens", "list", "--json").stdout.replace('"', " ")


def test_who_is_no_admin_is_told(
    invoke: Invoke, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tokens, webhooks and the audit log are for admins: exit code 77."""
    made = client.tokens.create("an-editor", role="editor")
    monkeypatch.setenv("AZURAFORGE_TOKEN", made.secret)
    for command in (("tokens", "list"), ("webhooks", "list"), ("audit",)):
        assert invoke(*command).returncode == 77


def test_a_webhook_is_made_tried_changed_and_deleted(
    invoke: Invoke, receiver: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test that arrives is told, one that does not ends with 69 and why; it is sent again."""
    url, statuses = receiver
    made = invoke("webhooks", "create", url, "--event", "failed")
    assert (made.returncode, made.stdout.startswith("azf_")) == (0, True), made.stderr
    (hook,) = [
        each
        for each in json.loads(invoke("webhooks", "list", "--json").stdout)["items"]
        if each["url"] == url
    ]
    number = str(hook["id"])
    assert url in invoke("webhooks", "list", "-o", "wide").stdout
    sent = invoke("webhooks", "test", number)
    assert (sent.returncode, "answered 200" in sent.stdout) == (0, True), sent.stderr
    statuses[:] = [410]  # the receiver is gone for good
    refused = invoke("webhooks", "test", number)
    assert (refused.returncode, "410" in refused.stderr) == (69, True), refused.stderr
    found = json.loads(invoke("webhooks", "deliveries", number, "--json").stdout)["items"]
    assert [each["event"] for each in found] == ["test", "test"]
    assert found[0]["id"] in invoke("webhooks", "deliveries", number, "-o", "wide").stdout
    statuses[:] = [200]
    again = invoke("webhooks", "redeliver", number, found[0]["id"])
    assert (again.returncode, "answered 200" in again.stdout) == (0, True), again.stderr
    shown = invoke("webhooks", "change", number, "--inactive", "--pipeline", "forecaster").stdout
    assert ("nothing is sent" in shown, "forecaster" in shown) == (True, True)
    assert invoke("webhooks", "test", number).returncode == 73
    monkeypatch.setattr(sys, "stdin", StringIO("a-secret-of-many-characters\n"))
    assert invoke("webhooks", "change", number, "--secret-file", "-", "--active").returncode == 0
    assert invoke("webhooks", "change", number).returncode == 64
    assert invoke("webhooks", "deliveries", number, "--state", "lost").returncode == 64
    assert invoke("webhooks", "delete", number).returncode == 2
    assert invoke("webhooks", "delete", number, "--yes").returncode == 0
    assert invoke("webhooks", "get", number).returncode == 66


def test_a_webhook_with_a_secret_of_ones_own_shows_none(
    invoke: Invoke, receiver: tuple[str, list[int]], tmp_path: Path
) -> None:
    """What the person knows already is not printed; a wrong address is told by its field."""
    (tmp_path / "secret.txt").write_text("a-secret-of-many-characters\n", encoding="ascii")
    made = invoke("webhooks", "create", receiver[0], "--secret-file", "secret.txt")
    assert (made.returncode, made.stdout) == (0, ""), made.stderr
    wrong = invoke("webhooks", "create", "ftp://example.com")
    assert (wrong.returncode, "url" in wrong.stderr) == (64, True)


def test_the_audit_log_tells_who_changed_what(invoke: Invoke) -> None:
    """Newest first, by name, time and address; nothing of what was only looked at."""
    invoke("tokens", "create", "audited")
    shown = invoke("audit", "--limit", "1", "-o", "wide").stdout.splitlines()
    assert len(shown) == 2
    assert shown[1].split()[4:7] == ["POST", "/api/v1/tokens", "201"]
    found = json.loads(invoke("audit", "--json", "--limit", "0").stdout)["items"]
    assert {each["method"] for each in found} <= {"POST", "PUT", "PATCH", "DELETE"}
    assert [each["id"] for each in found] == sorted((e["id"] for e in found), reverse=True)
    assert "/api/v1/tokens" in invoke("audit", "--text", "/tokens").stdout
    assert invoke("audit", "--text", "/nothing").stdout == ""
    assert invoke("audit", "--principal", "nobody").stdout == ""
    assert invoke("audit", "--since", "2100-01-01").stdout == ""
    assert invoke("audit", "--since", "2020-01-01").stdout != ""
