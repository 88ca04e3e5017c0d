"""Whatever is killed while jobs tell events: each event is stored once, each model registered once.

A small version of ``make kill-test``, which keeps its figures in ``benchmarks/results``.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from azuraforge_api_harness.kill_campaign import KillCampaign
from azuraforge_api_harness.postgres_server import PostgresServer, find_programs

pytestmark = pytest.mark.slow
JOBS = 2


@pytest.fixture
def durable_postgres() -> Iterator[PostgresServer]:
    """Return a server that keeps what it has promised."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="azf-pg-") as parent:
        Path(parent).chmod(0o755)
        server = PostgresServer.start(programs, Path(parent) / "server", {"fsync": "off"})
        yield server
        server.stop()


def test_a_service_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """SIGKILL at random moments, of a service at work and of one that is just starting."""
    found = KillCampaign(tmp_path, "service", 2, JOBS, pause_seconds=0.5).run()
    assert found.is_right(JOBS), found.summary()
    assert found.posts_taken > 0


def test_a_database_that_is_killed_loses_and_doubles_nothing(
    tmp_path: Path, durable_postgres: PostgresServer
) -> None:
    """PostgreSQL ends in the middle of whatever it does; the service takes up the rest later."""
    found = KillCampaign(
        tmp_path, "database", 3, JOBS, server=durable_postgres, pause_seconds=0.5
    ).run()
    assert found.is_right(JOBS), found.summary()
    assert found.posts_taken > 0
