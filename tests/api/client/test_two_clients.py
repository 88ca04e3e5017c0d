"""The asynchronous client is the blocking one with ``await``, word for word."""

import inspect
import re
from pathlib import Path
from typing import Final

import azuraforge_client.async_client
import azuraforge_client.client
from azuraforge_client.operations import Iteration, Operation, Transfer
from azuraforge_client.resources.surface import AsyncResources, Resources

_CHANGES: Final = (
    (r"\A.*?\"\"\"\n\n", ""),  # each says of itself what it is
    (r"import time\n", ""),
    (r"import httpx\n", "import anyio\nimport anyio.to_thread\nimport httpx\n"),
    (r"import Iterator, Mapping", "import AsyncIterator, Mapping"),
    (r"import contextmanager", "import asynccontextmanager"),
    (r"\bClient\b", "AsyncClient"),
    (r"\bResources\b", "AsyncResources"),
    (r"BaseTransport", "AsyncBaseTransport"),
    (r"\bIterator\[", "AsyncIterator["),
    (r"IncomingFile, file_bytes, file_pieces", "IncomingFile, async_file_pieces, file_bytes"),
    (r"= file_pieces", "= async_file_pieces"),
    (r"@contextmanager\n    def", "@asynccontextmanager\n    async def"),
    (r"def __(enter|exit)__", r"async def __a\1__"),
    (r"    def (close|send|download|_pages|_follow|_try|_wait_after)\(", r"    async def \1("),
    (r"self\._http\.close\(\)", "await self._http.aclose()"),
    (r"(self\.(close|send|_try|_wait_after|_http\.send)\()", r"await \1"),
    (r"with self\._answer", "async with self._answer"),
    (r"for piece in answer\.iter_bytes", "async for piece in answer.aiter_bytes"),
    (r"outcome\.close\(\)", "await outcome.aclose()"),
    (r"answer\.read\(\)", "await answer.aread()"),
    (r"file\.write\(piece\)", "await anyio.to_thread.run_sync(file.write, piece)"),
    (r"file\.finish\(\)", "await anyio.to_thread.run_sync(file.finish)"),
    (r"time\.sleep", "await anyio.sleep"),
    (r"( +)yield from (.+)\n", r"\1for item in \2:\n\1    yield item\n"),
)


def as_async(text: str) -> str:
    """Return the blocking client's text as the asynchronous one's, but for its first words."""
    for pattern, replacement in _CHANGES:
        text = re.sub(pattern, replacement, text, flags=re.DOTALL if r"\A" in pattern else 0)
    return text


def test_the_two_clients_are_one_text() -> None:
    """Whoever changes one client changes the other: nothing but ``await`` is different."""
    blocking = Path(azuraforge_client.client.__file__).read_text("utf-8")
    found = Path(azuraforge_client.async_client.__file__).read_text("utf-8")
    head = _CHANGES[0][0]
    assert as_async(blocking) == re.sub(head, "", found, flags=re.DOTALL)


def test_the_two_clients_have_one_surface() -> None:
    """Every resource is an attribute of both, with the same operations of the same descriptions."""
    names = list(inspect.get_annotations(Resources.__init__))
    assert names == list(inspect.get_annotations(AsyncResources.__init__))
    surfaces = []
    for kind in (Resources, AsyncResources):
        resources = vars(kind(object()))  # type: ignore[arg-type]  # nothing is sent
        surfaces.append(
            {
                (name, method): operation.describe
                for name, resource in resources.items()
                for method in dir(type(resource))
                if isinstance(
                    operation := inspect.getattr_static(type(resource), method),
                    Operation | Iteration | Transfer,
                )
            }
        )
    assert surfaces[0] == surfaces[1]
    assert len(surfaces[0]) > 50


def test_every_operation_is_documented() -> None:
    """The reference's table has each resource with its operations and no other."""
    page = Path(__file__).parents[3] / "docs" / "reference" / "client.md"
    table = re.findall(r"^\| `(\w+)` \| (`.*`) \|$", page.read_text("utf-8"), re.MULTILINE)
    documented = {name: set(re.findall(r"`(\w+)`", cells)) for name, cells in table}
    resources = vars(Resources(object()))  # type: ignore[arg-type]  # nothing is sent
    kinds = (Operation, Iteration, Transfer)
    assert documented == {
        name: {m for m in dir(type(r)) if isinstance(inspect.getattr_static(type(r), m), kinds)}
        for name, r in resources.items()
    }
