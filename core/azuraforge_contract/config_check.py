"""A job's config against its plugin's JSON schema, with every problem in words.

Called by the operator and the API, which know plugins by their descriptors alone. The plugin's own
model checks the config once more in the trainer; what a schema can say is said
here, before a pod exists, in the same words: path, what was expected, what was got, nearest name.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from azuraforge_contract.patterns import describe_pattern
from azuraforge_contract.validation import Problem, nearest

__all__ = ["ConfigCheck"]

_SHOWN_CHARACTERS = 80
SchemaViolation = Any
"""A ``jsonschema.ValidationError``, whose fields are typed as perhaps unset, which they never are
in an error that a validator gives."""


_PHRASES: Final = {
    "type": "should be {}",
    "const": "should be {}",
    "enum": "should be one of {}",
    "minimum": "should be at least {}",
    "maximum": "should be at most {}",
    "exclusiveMinimum": "should be greater than {}",
    "exclusiveMaximum": "should be less than {}",
    "minLength": "should have at least {} characters",
    "maxLength": "should have at most {} characters",
    "minItems": "should have at least {} entries",
    "maxItems": "should have at most {} entries",
    "pattern": "should be {}",
    "multipleOf": "should be a multiple of {}",
}


class ConfigCheck:
    """Checks configs of one plugin.

    Args:
        schema: the plugin's JSON schema, draft 2020-12.

    Raises:
        jsonschema.SchemaError: it is none.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        import jsonschema  # noqa: PLC0415 - trainers and the command line have no need of it

        jsonschema.Draft202012Validator.check_schema(schema)
        self._validator = jsonschema.Draft202012Validator(schema)

    def find_problems(self, config: Mapping[str, Any]) -> list[Problem]:
        """Return every problem of a config, in the order of its paths."""
        errors = self._validator.iter_errors(config)
        found = {str(problem): problem for error in errors for problem in self._explain(error)}
        return sorted(found.values(), key=lambda problem: problem.path)

    def _explain(self, error: SchemaViolation) -> Iterator[Problem]:
        path = _path(error)
        match error.validator:
            case "additionalProperties":
                yield from self._unknown_fields(error, path)
            case "required":
                for name in error.validator_value:
                    if name not in error.instance:
                        yield Problem(f"{path}.{name}", "is required but missing.", "Add it.")
            case "oneOf" | "anyOf":
                yield from self._explain_choice(error, path)
            case _:
                yield Problem(path, f"{_expectation(error)}, got {_shown(error.instance)}.")

    def _unknown_fields(self, error: SchemaViolation, path: str) -> Iterator[Problem]:
        known = sorted(error.schema.get("properties", {}))
        for name in sorted(set(error.instance) - set(known)):
            near = nearest(name, known)
            remedy = (
                f"Did you mean {near!r}?" if near else f"Valid fields here: {', '.join(known)}."
            )
            yield Problem(f"{path}.{name}", "is not a known field.", remedy)

    def _explain_choice(self, error: SchemaViolation, path: str) -> Iterator[Problem]:
        """Explain a union by the one of its members that was meant."""
        tag = error.schema.get("discriminator")
        if tag is not None and isinstance(error.instance, dict):
            yield from self._explain_tagged(error, path, tag)
            return
        members = [
            index
            for index, member in enumerate(error.validator_value)
            if member.get("type") != "null"
        ]
        if len(members) == 1:
            yield from self._explain_member(error, members[0])
            return
        expected = " or ".join(filter(None, (m.get("type") for m in error.validator_value)))
        words = f"should be {expected}" if expected else "fits none of the forms it may have"
        yield Problem(path, f"{words}, got {_shown(error.instance)}.")

    def _explain_tagged(
        self, error: SchemaViolation, path: str, tag: Mapping[str, Any]
    ) -> Iterator[Problem]:
        name, mapping = tag["propertyName"], tag.get("mapping", {})
        where = f"{path}.{name}"
        expected = ", ".join(repr(kind) for kind in sorted(mapping))
        if name not in error.instance:
            yield Problem(where, "is required but missing.", f"Say which kind it is: {expected}.")
            return
        kind = error.instance[name]
        references = [member.get("$ref") for member in error.validator_value]
        if not isinstance(kind, str) or mapping.get(kind) not in references:
            near = nearest(str(kind), mapping)
            hint = f"Did you mean {near!r}?" if near else ""
            yield Problem(where, f"should be one of {expected}, got {_shown(kind)}.", hint)
            return
        yield from self._explain_member(error, references.index(mapping[kind]))

    def _explain_member(self, error: SchemaViolation, index: int) -> Iterator[Problem]:
        for inner in error.context:
            if inner.schema_path and inner.schema_path[0] == index:
                yield from self._explain(inner)


def _path(error: SchemaViolation) -> str:
    path = "spec.config"
    for step in error.absolute_path:
        path += f"[{step}]" if isinstance(step, int) else f".{step}"
    return path


def _expectation(error: SchemaViolation) -> str:
    phrase = _PHRASES.get(str(error.validator))
    if phrase is None:
        return str(error.message)
    value = error.validator_value
    if error.validator == "pattern":
        value = describe_pattern(value)
    if error.validator == "enum":
        value = ", ".join(repr(choice) for choice in value)
    if error.validator == "type" and isinstance(value, list):
        value = " or ".join(value)
    return phrase.format(value)


def _shown(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
