"""The name of a cache entry: the parameters that change its bytes, as canonical JSON, hashed.

Called by pipelines, which know those parameters, and by manifests, which repeat them.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

__all__ = ["CacheKey", "Json", "canonical_json"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON can say."""


@dataclass(frozen=True)
class CacheKey:
    """What an entry was made from, never who asked for it or when.

    Two keys with equal JSON are one entry: the order of names does not count, and ``1.0`` is ``1``.
    """

    canonical: str
    """The parameters as canonical JSON."""

    @classmethod
    def of(cls, parameters: Mapping[str, Json]) -> "CacheKey":
        """Name the entry that ``parameters`` describe.

        Raises:
            TypeError: something in it is not JSON.
            ValueError: a number in it is NaN or infinite.
        """
        return cls(canonical_json(parameters))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def parameters(self) -> dict[str, Json]:
        """The parameters, read back."""
        parameters: dict[str, Json] = json.loads(self.canonical)
        return parameters


def canonical_json(document: Json) -> str:
    """Return the one spelling of ``document``: names sorted, no spaces, whole floats as integers.

    Raises:
        TypeError: something in it is not JSON.
        ValueError: a number in it is NaN or infinite.
    """
    return json.dumps(
        _plain(document),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def _plain(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {_name(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"A name in a cache key must be text, got {name!r}.")
    return name
