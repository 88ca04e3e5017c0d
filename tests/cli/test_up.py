"""The service as a person has it: started, greeted, stopped, killed, started again."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from azuraforge_api_harness.running import end_trainers

TOKEN = "a-token-of-this-test-and-no-other-one"  # noqa: S105 - of a service that lives for seconds


class Up:
    """``azuraforge up`` as a process of its own."""

    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "azuraforge_cli", "up", "--port", "0", "--data", str(data)]
        environment = os.environ | {"AZURAFORGE_ADMIN_TOKEN": TOKEN}
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        self.greeting = [self.process.stdout.readline() for _ in range(3)]
        address = re.search(r"http://\S+(?=;)", self.greeting[0])
        assert address is not None, self.greeting
        self.client = httpx.Client(
            base_url=address[0], headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60
        )

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """End it and return its exit code and last words."""
        self.client.close()
        self.process.send_signal(how)
        words, _ = self.process.communicate(timeout=60)
        return self.process.returncode, words


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Return the folder of a service whose trainers end with the test."""
    yield tmp_path / "data"
    end_trainers(tmp_path / "data" / "runs")


@contextlib.contextmanager
def up(data: Path) -> Iterator[Up]:
    """Run the service, and leave no process behind."""
    service = Up(data)
    try:
        yield service
    finally:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
        service.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_request_to_stop_ends_it_in_order(data: Path, how: signal.Signals) -> None:
    """Ctrl-C and a supervisor's SIGTERM alike: exit code 0, a last word, nothing left locked."""
    with up(data) as service:
        assert service.client.get("/readyz").status_code == 200
        assert oct(data.stat().st_mode)[-3:] == "700"
        code, words = service.end(how)
    assert (code, "Stopped." in words) == (0, True), words
    log = [json.loads(line) for line in (data / "service.log").read_text().splitlines()]
    assert not [line for line in log if line.get("level") == "error"]


def test_its_link_logs_in_once(data: Path) -> None:
    """The greeting's link is a session for the first who opens it."""
    with up(data) as service:
        link = re.search(r"http\S+/login#\S+", "".join(service.greeting))
        assert link is not None
        address, _, code = link[0].partition("/login#")
        with httpx.Client(base_url=address, headers={"Origin": address}) as browser:
            assert browser.post("/api/v1/session", json={"code": code}).status_code == 204
            assert browser.get("/api/v1/session").json()["role"] == "admin"
            assert browser.post("/api/v1/session", json={"code": code}).status_code == 401


def test_its_link_opens_in_a_browser(data: Path) -> None:
    """Whoever clicks the link is logged in and led to what there is."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        pytest.skip("Chromium is missing, so the link was not opened: apt-get install chromium")
    with up(data) as service, sync_playwright() as playwright:
        link = re.search(r"http\S+/login#\S+", "".join(service.greeting))
        assert link is not None
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(link[0])
        expect(page.get_by_role("status")).to_contain_text("You are logged in")
        page.get_by_role("link", name="jobs").click()
        expect(page.locator("body")).to_contain_text('"items":[]')
        page.goto(link[0])
        expect(page.get_by_role("status")).to_contain_text("used")
        browser.close()


def test_its_link_gives_the_command_line_a_token(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`azuraforge login LINK` makes a token of its own, keeps it, and ends the link's session."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with up(data) as service:
        link = re.search(r"http\S+/login#\S+", "".join(service.greeting))
        assert link is not None
        code, out, _ = _typed("login", link[0])
        assert (code, "admin" in out) == (0, True)
        code, out, _ = _typed("tokens", "list", "--json")
        newest = json.loads(out)["items"][0]
        assert (code, newest["role"], " at " in newest["name"]) == (0, "admin", True)
        code, _, told = _typed("login", link[0])
        assert (code, "link" in told) == (77, True)
        assert _typed("jobs", "list")[0] == 0


def _typed(*arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "azuraforge_cli", *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def _refused(*arguments: str, **environment: str) -> tuple[int, str]:
    result = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "azuraforge_cli", "up", *arguments],
        env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in result.stderr
    return result.returncode, result.stderr


def test_what_it_cannot_have_is_told_in_a_sentence(data: Path, tmp_path: Path) -> None:
    """A taken port, a taken folder, one that cannot be, a setting that is none."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, words = _refused("--port", str(taken.getsockname()[1]), "--data", str(data))
    assert (code, "--port" in words) == (64, True)
    (tmp_path / "file").touch()
    code, words = _refused("--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert (code, "cannot be written" in words) == (74, True)
    code, words = _refused("--port", "0", "--data", str(data), AZURAFORGE_ADMIN_TOKEN=TOKEN[:5])
    assert (code, "AZURAFORGE_ADMIN_TOKEN" in words, TOKEN[:5] in words) == (64, True, False)
    with up(data):
        code, words = _refused("--port", "0", "--data", str(data))
    assert (code, "served by another" in words) == (64, True)
