"""Bodies that are a document of a person: JSON, or YAML as in a job file."""

from typing import Final

from fastapi import Request

from azuraforge_api.problems.problem import Problem
from azuraforge_contract.errors import JobFileError
from azuraforge_contract.yaml_loader import JsonValue, load_object

__all__ = ["read_document"]

_MEDIA_TYPES: Final = ("application/json", "application/yaml", "application/x-yaml", "text/yaml")

_REMEDY: Final = "Send one job file as YAML or JSON, such as examples/weather.yaml."


async def read_document(request: Request) -> dict[str, JsonValue]:
    """Return the one object in a request's body; its verdict equals kubectl's.

    Raises:
        Problem: the content type is another one, or the text holds no single object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _MEDIA_TYPES:
        raise Problem(
            "unsupported-media-type",
            f"The content type is {kind or 'not given'}.",
            remedy=f"Send {' or '.join(_MEDIA_TYPES[:2])}.",
        )
    try:
        return load_object(await request.body(), source="the body")
    except JobFileError as error:
        raise Problem("malformed-body", error.message, remedy=error.remedy or _REMEDY) from None
