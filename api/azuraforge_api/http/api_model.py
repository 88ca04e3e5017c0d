"""The base of what the API sends and takes: camelCase names in JSON, documented fields."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = ["PLAIN", "ApiModel", "ApiRequest", "JsonObject", "Moment"]

PLAIN: Final = r"^[^\x00]*$"
"""Pattern of a text that is looked for or kept in the database, which keeps no NUL."""
_DEEPEST: Final = 64
_NUMBER: Final = re.compile(r"[-+]?[0-9]*[.]?[0-9]*([eE][-+]?[0-9]+)?")


def _find_unstorable(value: Any, path: str, depth: int = 0) -> str | None:
    """Return where and why a value is none that JSON has, or that no database keeps."""
    if depth > _DEEPEST:
        return f"{path[:40]}…: is nested deeper than {_DEEPEST} levels; make it flatter"
    pairs: list[tuple[Any, str]] = []
    if isinstance(value, Mapping):
        pairs += ((name, f"{path}.{name!r}, the name") for name in value)
        pairs += ((each, f"{path}.{name}") for name, each in value.items())
    elif isinstance(value, list):
        pairs += ((each, f"{path}[{number}]") for number, each in enumerate(value))
    else:
        reason = _unstorable(value)
        return f"{path.removeprefix('.')}: {reason}" if reason else None
    found = (_find_unstorable(each, where, depth + 1) for each, where in pairs)
    return next((each for each in found if each), None)


def _unstorable(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no number in JSON; expected a finite one, or null where it is missing"
    if isinstance(value, str):
        if "\0" in value:
            return "holds the character NUL, which no text has; leave it out"
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            return "holds half a surrogate pair, which is no character; write the whole pair"
    return ""


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    found = _find_unstorable(value, "")
    if found:
        raise ValueError(found)
    return value


def _written_time(value: Any) -> Any:
    is_count = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    if not is_count and not isinstance(value, int | float):
        return value
    raise ValueError(f"should be a time with its zone such as 2024-05-31T12:00:00Z, got {value!r}.")


JsonObject = Annotated[dict[str, Any], AfterValidator(_storable)]
"""An object of any content that JSON has and a database keeps."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written_time)]
"""A time as people write it, never a count of seconds."""


class ApiModel(BaseModel):
    """An answer."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        serialize_by_alias=True,
    )


class ApiRequest(BaseModel):
    """What a caller sends; a field that is not known is refused, never ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )
