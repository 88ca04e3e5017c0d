"""Turns descriptions of requests into methods of both clients, so that the two cannot differ.

A resource names its operations once::

    class JobOperations:
        get = Operation(get_job)

Through ``Client.jobs`` the method blocks and returns the result, through ``AsyncClient.jobs`` it
returns something to await. Type checkers see both with the parameters of ``get_job``.
"""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from azuraforge_client.calls import Call, Download, Follow, Listing

__all__ = ["AsyncResource", "Iteration", "Operation", "Resource", "Transfer"]

Asked = ParamSpec("Asked")
Result = TypeVar("Result")
Item = TypeVar("Item")


class Sender(Protocol):
    """What the blocking client does."""

    def send(self, call: Call[Result]) -> Result:
        """Send a request and return its result."""
        ...

    def iterate(self, wanted: Listing[Item] | Follow[Item]) -> Iterator[Item]:
        """Return the items of a list or a stream as they come."""
        ...

    def download(self, wanted: Download) -> Path:
        """Fetch a file."""
        ...


class AsyncSender(Protocol):
    """What the asynchronous client does."""

    async def send(self, call: Call[Result]) -> Result:
        """Send a request and return its result."""
        ...

    def iterate(self, wanted: Listing[Item] | Follow[Item]) -> AsyncIterator[Item]:
        """Return the items of a list or a stream as they come."""
        ...

    async def download(self, wanted: Download) -> Path:
        """Fetch a file."""
        ...


class Resource:
    """The base of a resource of the blocking client."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender


class AsyncResource:
    """The base of a resource of the asynchronous client."""

    def __init__(self, sender: AsyncSender) -> None:
        self.sender = sender


class Operation(Generic[Asked, Result]):
    """A method that sends one request.

    Args:
        describe: takes the method's arguments and returns the request.
    """

    def __init__(self, describe: Callable[Asked, Call[Result]]) -> None:
        self.describe = describe

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type) -> Callable[Asked, Result]: ...
    @overload
    def __get__(
        self, instance: AsyncResource, owner: type
    ) -> Callable[Asked, Awaitable[Result]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Return the method of a resource."""
        return self if instance is None else _method(self.describe, instance.sender.send)


class Iteration(Generic[Asked, Item]):
    """A method that returns an iterator over a list or a stream.

    Args:
        describe: takes the method's arguments and returns what is gone through.
    """

    def __init__(self, describe: Callable[Asked, Listing[Item] | Follow[Item]]) -> None:
        self.describe = describe

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type) -> Callable[Asked, Iterator[Item]]: ...
    @overload
    def __get__(
        self, instance: AsyncResource, owner: type
    ) -> Callable[Asked, AsyncIterator[Item]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Return the method of a resource."""
        return self if instance is None else _method(self.describe, instance.sender.iterate)


class Transfer(Generic[Asked]):
    """A method that fetches a file and returns where it lies.

    Args:
        describe: takes the method's arguments and returns what is fetched.
    """

    def __init__(self, describe: Callable[Asked, Download]) -> None:
        self.describe = describe

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: Resource, owner: type) -> Callable[Asked, Path]: ...
    @overload
    def __get__(self, instance: AsyncResource, owner: type) -> Callable[Asked, Awaitable[Path]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Return the method of a resource."""
        return self if instance is None else _method(self.describe, instance.sender.download)


def _method(describe: Callable[..., Any], carry_out: Callable[[Any], Any]) -> Callable[..., Any]:
    @functools.wraps(describe)
    def method(*arguments: Any, **named: Any) -> Any:
        return carry_out(describe(*arguments, **named))

    return method
