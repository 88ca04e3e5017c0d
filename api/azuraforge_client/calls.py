"""What a request is, as data: made by ``resources``, carried out by the two clients alike.

Nothing here sends. A description says method, address, content and how an answer is read; how often
it is tried, and whether that blocks, is the clients' part.
"""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from azuraforge_client.errors import UnexpectedAnswerError

__all__ = [
    "API",
    "Call",
    "Download",
    "Follow",
    "Listing",
    "Progress",
    "Route",
    "nothing",
    "parsed_as",
    "text",
]

Result = TypeVar("Result")
Item = TypeVar("Item")
Progress = Callable[[int, int | None], None]
"""Called with the bytes done so far and the bytes in all, None where that is not known."""
API: Final = "/api/v1"


@dataclass(frozen=True)
class Route:
    """One operation of the service.

    Attributes:
        method: of HTTP.
        path: as in OpenAPI, such as /api/v1/jobs/{job}.
        is_repeatable: whether doing it twice is doing it once; reading always is.
    """

    method: str
    path: str
    is_repeatable: bool = False

    def address(self, **parts: str | int) -> str:
        """Return the path with its parts written in, safely quoted.

        Raises:
            ValueError: a part is empty, which would be another address.
        """
        empty = [name for name, value in parts.items() if value == ""]
        if empty:
            raise ValueError(f"{empty[0]} must not be empty")
        return self.path.format(**{name: _quoted(name, value) for name, value in parts.items()})


def _quoted(name: str, value: str | int) -> str:
    # Dots are quoted where they are all there is, lest a URL library takes them for "here" or "up".
    parts = str(value).split("/") if name == "path" else [str(value)]
    return "/".join(
        part.replace(".", "%2E") if part in {".", ".."} else quote(part, safe="") for part in parts
    )


@dataclass(frozen=True)
class Call(Generic[Result]):
    """One request, and how its answer is read.

    Attributes:
        route: the operation.
        address: its path with everything written in.
        parse: reads a successful answer.
        query: None is left out; several values are repeated.
        json: the body, or None.
        content: the body as text or bytes, or None.
        file: the body as a file, which is streamed; or None.
        headers: further ones.
        progress: told of a file's way.
    """

    route: Route
    address: str
    parse: Callable[[httpx.Response], Result]
    query: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    content: str | bytes | None = None
    file: Path | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    progress: Progress | None = None

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again when nobody knows what became of it."""
        return self.route.method == "GET" or self.route.is_repeatable

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """The query as it is sent."""
        return tuple(
            (name, _word(each))
            for name, value in self.query.items()
            if value is not None
            for each in _all(value)
        )


@dataclass(frozen=True)
class Listing(Generic[Item]):
    """A list in pages.

    Attributes:
        call: asks for the first page and reads ``{items, next}``.
    """

    call: Call[tuple[list[Item], str | None]]

    def page(self, token: str) -> Call[tuple[list[Item], str | None]]:
        """Return the request for a further page."""
        query = {**self.call.query, "page": token}
        return Call(self.call.route, self.call.address, self.call.parse, query=query)


class Follow(Generic[Item]):
    """A stream that goes on until its subject has ended; made anew for each following.

    Subclasses know how to read it, and where to go on after it broke off.
    """

    quiet_seconds: ClassVar[float] = 30.0
    """After so long without a byte the connection is taken for dead."""

    def call(self) -> Call[None]:
        """Return the request that goes on after what was read."""
        raise NotImplementedError

    def take(self, line: str) -> Iterable[Item]:
        """Return what a line completes."""
        raise NotImplementedError

    def take_all(self, lines: Iterable[str]) -> list[Item]:
        """Return what some lines complete."""
        return [item for line in lines for item in self.take(line)]

    def has_ended(self) -> bool:
        """Tell whether the subject has ended; asked when the service closed the stream in order."""
        raise NotImplementedError


@dataclass(frozen=True)
class Download:
    """A file to fetch.

    Attributes:
        call: asks for it.
        to: the file to write, or the folder to write it in under the service's name for it.
        progress: told of its way.
        is_resumable: whether a part of it can be asked for.
    """

    call: Call[None]
    to: Path
    progress: Progress | None = None
    is_resumable: bool = True


def parsed_as(kind: Any) -> Callable[[httpx.Response], Any]:
    """Return a reader of JSON answers of a type."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def parse(response: httpx.Response) -> Any:
        try:
            return adapter.validate_json(response.content)
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
            raise UnexpectedAnswerError(
                f"The answer of {response.request.method} {response.request.url.path} is not "
                f"understood{f' at {where}' if where else ''}.",
                remedy="Check the address; client and service may be of different releases.",
            ) from None

    return parse


def nothing(_: httpx.Response) -> None:
    """Read an answer without content."""


def text(response: httpx.Response) -> str:
    """Read an answer as text."""
    return response.text


def _all(value: Any) -> Iterable[Any]:
    is_several = isinstance(value, Iterable) and not isinstance(value, str)
    return value if is_several else (value,)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, enum.Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, datetime) else str(value)
