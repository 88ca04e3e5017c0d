"""What every test may rely on: GPU tests that say why they are skipped, real data, hypothesis.

Pytest loads it for the whole suite. Fixtures that only one part needs live beside that part.
"""

import asyncio
import functools
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from azuraforge_core.gpu.preflight import require_gpu
from azuraforge_core.gpu.problems import GpuUnavailable

if TYPE_CHECKING:
    from azuraforge_api_harness.postgres_server import PostgresServer

hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "default")


# A shell starts background jobs with Ctrl-C ignored, and every process below inherits that; the
# tests that press it must not depend on how the suite was started.
signal.signal(signal.SIGINT, signal.default_int_handler)


@functools.cache
def _gpu_refusal() -> str | None:
    """Return why no GPU can be used, or None; asked only once a GPU test runs."""
    try:
        require_gpu()
    except GpuUnavailable as refusal:
        return str(refusal)
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked ``gpu`` where the preflight refuses the GPU, giving its reason."""
    if item.get_closest_marker("gpu") is not None and (reason := _gpu_refusal()) is not None:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Return the event loop that the service runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator["PostgresServer"]:
    """Return a PostgreSQL server of this process's own; its database at_head is a template."""
    # Only tests that ask for a server pay for these.
    from azuraforge_api.database.database import Database  # noqa: PLC0415
    from azuraforge_api.database.migrations import upgrade_schema  # noqa: PLC0415
    from azuraforge_api.settings import Settings  # noqa: PLC0415
    from azuraforge_api_harness.postgres_server import (  # noqa: PLC0415
        PostgresServer,
        find_programs,
    )

    async def migrate(url: str) -> None:
        database = Database(Settings(database_url=url).sqlalchemy_url)
        await upgrade_schema(database)
        await database.close()

    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # A socket's path has room for a hundred characters: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="azf-pg-") as parent:
        os.chmod(parent, 0o755)  # noqa: S103, PTH101 - the server's user goes through it
        server = PostgresServer.start(programs, Path(parent) / "server")
        asyncio.run(migrate(server.create_database("at_head")))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the public data sets, beside the checkout or where the variable says."""
    beside_checkout = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("AZURAFORGE_SHARED_DATA", beside_checkout))
    if not folder.is_dir():
        pytest.skip(f"the public data sets are not at {folder}; AZURAFORGE_SHARED_DATA names them")
    return folder
