"""One loader for job files, whose verdict equals kubectl's.

PyYAML reads ``1e-3`` as text and ``2020-01-01`` as a date; kubectl does neither. The scalar rules
here are those of sigs.k8s.io/yaml 1.6 (kubectl 1.34), checked value by value in its test's table,
with YAML 1.1 booleans (``on`` and ``yes`` are true there, so they are here).
"""

import math
import re
from collections.abc import Iterator
from typing import Final

import yaml

from azuraforge_contract.errors import JobFileError

__all__ = ["JsonValue", "load_documents", "load_object"]

JsonValue = None | bool | int | float | str | list["JsonValue"] | dict[str, "JsonValue"]

MAXIMUM_BYTES: Final = 1024 * 1024
"""Kubernetes refuses larger objects, so we do too."""
MAXIMUM_NODES: Final = 100_000
"""Aliases may multiply a small file without bound; no job file is near this size."""

_PLAIN: Final = "tag:azuraforge.io,2026:plain"
_STRING: Final = "tag:yaml.org,2002:str"
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{
        spelling: truth
        for truth, words in (
            (True, ("y", "yes", "true", "on")),
            (False, ("n", "no", "false", "off")),
        )
        for word in words
        for spelling in (word, word.capitalize(), word.upper())
    },
}
_NOT_JSON: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_INTEGER: Final = re.compile(
    r"[-+]?(?:(?P<hex>0[xX][0-9a-fA-F]+)|(?P<binary>0[bB][01]+)|(?P<octal>0[oO]?[0-7]+)|(?P<decimal>0|[1-9][0-9]*))"
)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LARGEST_WRITTEN_AS_INTEGER: Final = 1e21
"""Go writes floats below this without an exponent, so that 1e3 arrives as the integer 1000."""


class _Loader(yaml.BaseLoader):
    """Leaves every plain scalar marked as such, so that our own rules resolve it."""

    def resolve(self, kind: type[yaml.Node], value: object, implicit: object) -> str:  # noqa: ARG002 - PyYAML's signature
        if kind is yaml.ScalarNode and isinstance(implicit, tuple) and implicit[0]:
            return _PLAIN
        return _STRING if kind is yaml.ScalarNode else ""


def load_object(text: str | bytes, *, source: str = "the job file") -> dict[str, JsonValue]:
    """Return the one object in a YAML or JSON text.

    Raises:
        JobFileError: the text is not YAML, holds no object or more than one, or is too large.
    """
    documents = [found for found in load_documents(text, source=source) if found is not None]
    if len(documents) != 1:
        raise JobFileError(
            f"{source} should hold exactly one object, got {len(documents)}.",
            remedy="Give each TrainingJob a file of its own.",
        )
    document = documents[0]
    if not isinstance(document, dict):
        raise JobFileError(
            f"{source} should hold an object with apiVersion, kind, metadata and spec, "
            f"got {_kind_of(document)}.",
            remedy="Start from examples/weather.yaml.",
        )
    return document


def load_documents(text: str | bytes, *, source: str = "the job file") -> list[JsonValue]:
    """Return the documents of a YAML text as JSON values, read as kubectl reads them.

    Raises:
        JobFileError: the text is not UTF-8 or not YAML, has a key twice, or is too large.
    """
    decoded = _decode(text, source)
    try:
        nodes = list(yaml.compose_all(decoded, Loader=_Loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "an unknown place"
        raise JobFileError(
            f"{source} is not valid YAML at {where}: {error.problem}.",
            remedy="Check indentation (spaces, no tabs), colons and quotes there.",
        ) from None
    except yaml.YAMLError as error:
        raise JobFileError(f"{source} is not valid YAML: {error}.") from None
    except RecursionError:
        raise JobFileError(f"{source} is nested too deeply to be a job file.") from None
    return [_Converter(source).convert(node) for node in nodes]


def _decode(text: str | bytes, source: str) -> str:
    if len(text) > MAXIMUM_BYTES:
        raise JobFileError(
            f"{source} has {len(text)} bytes; Kubernetes accepts {MAXIMUM_BYTES}.",
            remedy="Name data by its source instead of writing it into the job.",
        )
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JobFileError(
            f"{source} is not UTF-8 text (byte {error.start} is {text[error.start]:#04x}).",
            remedy="Give a YAML or JSON file saved as UTF-8.",
        ) from None


class _Converter:
    """Turns composed nodes into JSON values, counting them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0

    def convert(self, node: yaml.Node) -> JsonValue:
        self._nodes += 1
        if self._nodes > MAXIMUM_NODES:
            raise self._error(node, f"has more than {MAXIMUM_NODES} values (aliases counted)")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.convert(item) for item in node.value]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        raise self._error(node, "this is no JSON value")

    def _scalar(self, node: yaml.ScalarNode) -> JsonValue:
        if node.tag == _STRING:
            return _join_surrogates(str(node.value))
        if _NOT_JSON.fullmatch(node.value) and node.tag == _PLAIN:
            raise self._error(node, f"{node.value} has no form in JSON; write a finite number")
        return resolve_plain(str(node.value))

    def _mapping(self, node: yaml.MappingNode) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        merged: dict[str, JsonValue] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged |= dict(self._merged(value_node))
                continue
            key = self._key(key_node)
            if key in found:
                raise self._error(key_node, f"the key {key!r} stands twice in one mapping")
            found[key] = self.convert(value_node)
        return {**merged, **found}

    def _merged(self, node: yaml.Node) -> Iterator[tuple[str, JsonValue]]:
        parts = reversed(node.value) if isinstance(node, yaml.SequenceNode) else (node,)
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                raise self._error(part, "'<<' merges mappings only")
            value = self.convert(part)
            yield from value.items() if isinstance(value, dict) else ()

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(node, "a key must be text")
        value = self._scalar(node)
        match value:
            case None:
                raise self._error(node, "a key must be text, got null")
            case bool():
                return "true" if value else "false"
            case _:
                return str(value)

    def _error(self, node: yaml.Node, what: str) -> JobFileError:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        return JobFileError(f"{self._source}, line {line}, column {column}: {what}.")


def _join_surrogates(text: str) -> str:
    r"""Return text whose pairs such as ``\ud83d\ude00``, legal in JSON, are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def resolve_plain(text: str) -> JsonValue:
    """Return what kubectl makes of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        return _integer(digits)
    if not _FLOAT.fullmatch(digits):
        return text
    number = float(digits)
    if math.isinf(number):
        return text
    return (
        int(number) if number.is_integer() and abs(number) < _LARGEST_WRITTEN_AS_INTEGER else number
    )


def _integer(digits: str) -> int | float:
    sign = -1 if digits[0] == "-" else 1
    body = digits.lstrip("+-").lower()
    if len(body) > 1 and body[0] == "0" and body[1].isdigit():
        body = f"0o{body[1:]}"
    number = sign * int(body, 0)
    return number if -(2**63) <= number < 2**64 else float(number)


def _kind_of(value: JsonValue) -> str:
    names = {list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")
