"""The strict base of every model a person writes to, and its errors in words.

Used by the job file, by every pipeline's config and by the API: one place turns pydantic's errors
into a path, what was got, what was expected and the nearest valid name.
"""

import difflib
import json
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema

from azuraforge_contract.literal_types import without_coercion
from azuraforge_contract.patterns import describe_pattern

__all__ = ["Problem", "StrictModel", "explain", "explain_details", "nearest", "summarize"]

_SHOWN_CHARACTERS: Final = 80
_NUMBER_WANTED: Final = frozenset({"int_type", "float_type", "int_parsing", "float_parsing"})
_NUMBER: Final = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")


class StrictModel(BaseModel):
    """A frozen model that takes what its JSON schema takes, and nothing more.

    Unknown fields are refused, so that a misspelt one is never ignored; a number in quotes is text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return pydantic's own schema, without the guesses at numbers and truth values."""
        return without_coercion(handler(source))


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a document."""

    path: str
    """Where, as a person would write it: ``spec.config.training.epochs``."""
    message: str
    """What was expected and what was got, one sentence without the path."""
    remedy: str = ""
    """What to do about it, one sentence; empty where the message says it all."""

    def __str__(self) -> str:
        """Return one line: path, message, remedy."""
        return f"{self.path}: {self.message} {self.remedy}".strip()


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like ``name``, or None when none is near."""
    spelt = {candidate.lower().replace("-", "_"): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower().replace("-", "_"), spelt, n=1, cutoff=0.6)
    return spelt[close[0]] if close else None


def summarize(problems: Iterable[Problem]) -> str:
    """Return all problems as one text, a line each."""
    return "\n".join(str(problem) for problem in problems)


def explain(error: ValidationError, model: type[BaseModel], *, prefix: str = "") -> list[Problem]:
    """Return every error of a validation as a problem a person understands.

    Args:
        error: what pydantic raised while validating a document against ``model``.
        model: the model that the document was validated against; its fields are the valid names.
        prefix: the path of the document within the file, such as ``spec.config``.
    """
    return explain_details(error.errors(include_url=False), model, prefix=prefix)


def explain_details(
    details: Iterable[Mapping[str, Any]], model: type[BaseModel], *, prefix: str = ""
) -> list[Problem]:
    """Return errors that something else has collected as problems; see `explain`."""
    return [_problem(detail, model, prefix) for detail in details]


def _problem(detail: Mapping[str, Any], model: type[BaseModel], prefix: str) -> Problem:
    location, known = _locate(detail["loc"], model)
    path = ".".join([*([prefix] if prefix else []), location]) if location else prefix
    match detail["type"]:
        case "extra_forbidden":
            return _unknown_field(path, known)
        case "missing":
            return Problem(path, "is required but missing.", "Add it.")
        case "union_tag_not_found" | "union_tag_invalid":
            return _wrong_tag(path, detail)
        case "value_error" | "assertion_error":
            return Problem(path or prefix or "document", str(detail["ctx"]["error"]))
        case kind:
            got = _shown(detail["input"])
            return Problem(
                path, f"{_expected(detail)}, got {got}.", _quoting_remedy(kind, detail["input"])
            )


def _expected(detail: Mapping[str, Any]) -> str:
    match detail["type"]:
        case "model_type" | "model_attributes_type" | "dict_type":
            return "should hold names and values"
        case "string_pattern_mismatch":
            return f"should be {describe_pattern(detail['ctx']['pattern'])}"
        case _:
            message: str = detail["msg"]
            return message[0].lower() + message[1:]


def _quoting_remedy(kind: str, got: object) -> str:
    if kind == "string_type":
        return "Put it in quotes."
    is_quoted_number = isinstance(got, str) and _NUMBER.fullmatch(got.strip()) is not None
    is_quoted_truth = kind == "bool_type" and got in ("true", "false")
    if is_quoted_truth or (kind in _NUMBER_WANTED and is_quoted_number):
        return "Remove the quotes."
    return ""


def _unknown_field(path: str, known: list[str]) -> Problem:
    name = path.rpartition(".")[2]
    near = nearest(name, known)
    remedy = (
        f"Did you mean {near!r}?" if near else f"Valid fields here: {', '.join(sorted(known))}."
    )
    return Problem(path, "is not a known field.", remedy)


def _wrong_tag(path: str, detail: Mapping[str, Any]) -> Problem:
    context = detail.get("ctx", {})
    field = str(context.get("discriminator", "kind")).strip("'")
    expected = str(context.get("expected_tags", ""))
    where = f"{path}.{field}" if path else field
    if "tag" not in context:
        return Problem(where, "is required but missing.", "Say which kind it is.")
    got = str(context["tag"])
    near = nearest(got, [tag.strip(" '") for tag in expected.split(",")])
    hint = f" Did you mean {near!r}?" if near else ""
    return Problem(where, f"should be one of {expected}, got {got!r}.{hint}")


def _locate(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[str, list[str]]:
    """Return the dotted path without pydantic's own marks, and the names valid at its end."""
    parts: list[str] = []
    known: list[str] = []
    here: list[type[BaseModel]] = [model]
    for step in location:
        if isinstance(step, int):
            parts[-1:] = [f"{parts[-1] if parts else ''}[{step}]"]
            continue
        tagged = [choice for choice in here if _tag(choice) == step]
        if len(here) > 1 and tagged:
            here = tagged
            continue
        fields = _fields(here)
        if here:
            known = sorted(fields)
            parts.append(step)
        here = _models(fields.get(step))
    return ".".join(parts), known


def _fields(models: list[type[BaseModel]]) -> dict[str, object]:
    """Return name as written in the file → annotation, over all models possible at a place."""
    return {
        field.alias or name: field.annotation
        for model in models
        for name, field in model.model_fields.items()
    }


def _models(annotation: object) -> list[type[BaseModel]]:
    """Return every model that an annotation admits, seen through unions and containers."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in typing.get_args(annotation) for found in _models(part)]


def _tag(model: type[BaseModel]) -> object:
    """Return the literal value of a model's ``kind``, by which a tagged union chooses it."""
    kind = model.model_fields.get("kind")
    return (
        typing.get_args(kind.annotation)[0] if kind and typing.get_args(kind.annotation) else None
    )


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
