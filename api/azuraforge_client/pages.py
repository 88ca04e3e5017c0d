"""Lists in pages, and the queries that ask for them."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import httpx
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from azuraforge_client.calls import Call, Listing, Route, parsed_as

__all__ = ["in_camel_case", "listing"]

Item = TypeVar("Item")


class _Page(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None = None


def listing(
    route: Route, kind: type[Item], query: Mapping[str, Any], **parts: str
) -> Listing[Item]:
    """Return a list whose items are of a model.

    Args:
        route: the operation.
        kind: model of an item.
        query: which items, names as in Python.
        parts: of the address.
    """
    parse = parsed_as(_Page[kind])  # type: ignore[valid-type]  # a model made at run time

    def parse_page(response: httpx.Response) -> tuple[list[Item], str | None]:
        page = parse(response)
        return page.items, page.next

    return Listing(Call(route, route.address(**parts), parse_page, query=in_camel_case(query)))


def in_camel_case(named: Mapping[str, Any]) -> dict[str, Any]:
    """Return names as the service spells them, without what is None."""
    return {to_camel(name): value for name, value in named.items() if value is not None}
