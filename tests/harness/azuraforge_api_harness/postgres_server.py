"""A PostgreSQL server of the test run's own, in a temporary folder and behind a Unix socket."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

__all__ = ["PostgresServer", "find_programs"]

_USER = "nobody"
"""Whom the server runs as where the tests run as root, which it refuses."""

_RESTART_SECONDS: Final = 60.0
_CARELESS: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""A test's data need not outlive the machine."""


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, or None."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    Attributes:
        programs: folder of ``initdb`` and ``pg_ctl``.
        folder: holds its data and its socket.
    """

    programs: Path
    folder: Path

    @classmethod
    def start(
        cls, programs: Path, folder: Path, settings: Mapping[str, str] = _CARELESS
    ) -> "PostgresServer":
        """Create a cluster and start it, by default without durability; all else is real."""
        folder.mkdir(parents=True)
        if os.getuid() == 0:
            account = pwd.getpwnam(_USER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        server = cls(programs, folder)
        server._run("initdb", "--pgdata", "data", "--username", "azuraforge", "--auth", "trust",
                    "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")  # fmt: skip
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c max_connections=200"
        options += "".join(f" -c {name}={value}" for name, value in settings.items())
        server._run("pg_ctl", "--pgdata", "data", "--log", "server.log", "--options", options,
                    "--wait", "start")  # fmt: skip
        return server

    @property
    def process(self) -> int:
        """The id of the server's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def stop(self) -> None:
        """Stop the server at once."""
        self._run("pg_ctl", "--pgdata", "data", "--mode", "immediate", "--wait", "stop")

    def restart(self) -> None:
        """Kill the server as a power cut does, and start it again."""
        self._run("pg_ctl", "--pgdata", "data", "--mode", "immediate", "--log", "server.log",
                  "--wait", "restart")  # fmt: skip

    def kill(self) -> None:
        """Kill the server's first process with SIGKILL, and start the server again at once."""
        os.kill(self.process, signal.SIGKILL)
        give_up = time.monotonic() + _RESTART_SECONDS
        while True:  # its other processes notice within moments; until then nobody may start
            try:
                self._run("pg_ctl", "--pgdata", "data", "--log", "server.log", "--wait", "restart")
            except AssertionError:
                if time.monotonic() > give_up:
                    raise
            else:
                return

    def url(self, database: str) -> str:
        """Return the address of a database, as a person would set it."""
        return f"postgresql://azuraforge@/{database}?host={self.folder}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database and return its address."""
        asyncio.run(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        asyncio.run(self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(
            host=str(self.folder), user="azuraforge", database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={_USER}", "--clear-groups", *command]
        result = subprocess.run(  # noqa: S603 - our own command
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert result.returncode == 0, f"{program}: {result.stderr}"
