"""Entity tags: a change that was decided on an older state is refused instead of overwriting."""

from typing import Annotated

from fastapi import Header, Response

from azuraforge_api.problems.problem import Problem

__all__ = ["IfMatch", "check_if_match", "set_entity_tag"]

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="`ETag` of the state that the change was decided on; none: whatever is there.",
    ),
]


def set_entity_tag(response: Response, version: int) -> None:
    """Tell the version of what is answered."""
    response.headers["ETag"] = f'"{version}"'


def check_if_match(wanted: str | None, version: int) -> None:
    """Refuse a change that was decided on another version.

    Raises:
        Problem: it was.
    """
    if wanted is None or wanted.strip() == "*":
        return
    tags = {tag.strip().removeprefix("W/").strip('"') for tag in wanted.split(",")}
    if str(version) not in tags:
        raise Problem(
            "stale",
            f"If-Match is {wanted}, the present version is {version}.",
            remedy="Read it again and decide anew.",
        )
