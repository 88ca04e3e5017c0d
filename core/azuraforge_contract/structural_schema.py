"""A pydantic model as a structural schema, the dialect of JSON schema that a CRD speaks.

Structural schemas have no references, no ``anyOf`` with null and no ``additionalProperties:
false``: references are inlined, null becomes ``nullable``, and an object without known fields keeps
what it is given. Only what AzuraForge's models use is translated; anything else is an error here
rather than a surprise at ``kubectl apply``.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from azuraforge_contract.patterns import QUANTITY_PATTERN, describe_pattern

__all__ = ["structural_schema"]

Schema = dict[str, Any]

_KEPT: Final[tuple[str, ...]] = (
    "description",
    "type",
    "enum",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "default",
)


def structural_schema(model: type[BaseModel]) -> Schema:
    """Return the structural schema of a model, under the names of the file.

    Raises:
        ValueError: the model uses something that has no structural form.
    """
    schema = model.model_json_schema(by_alias=True, mode="validation")
    return _Translation(schema.get("$defs", {})).translate(schema)


class _Translation:
    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions

    def translate(self, schema: Schema) -> Schema:
        """Return one schema and all below it."""
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            own_words = {key: value for key, value in schema.items() if key != "$ref"}
            return self.translate({**self._definitions[name], **own_words})
        if "anyOf" in schema:
            return self._nullable(schema)
        if schema.get("pattern") == QUANTITY_PATTERN:
            return self._quantity(schema)
        return self._plain(schema)

    def _plain(self, schema: Schema) -> Schema:
        found: Schema = {key: schema[key] for key in _KEPT if key in schema}
        if "pattern" in schema:
            found["x-kubernetes-validations"] = [_rule(schema["pattern"], "self.matches({})")]
        match schema.get("type"):
            case "integer":
                found["format"] = "int64"
            case "array":
                found["items"] = self.translate(self._items(schema))
            case "object" | None:
                found |= self._object(schema)
        if isinstance(found.get("default"), dict):
            found["default"] = {}  # the fields' own defaults fill it
        return found

    def _nullable(self, schema: Schema) -> Schema:
        choices = [choice for choice in schema["anyOf"] if choice.get("type") != "null"]
        if len(choices) != 1 or len(schema["anyOf"]) != len(choices) + 1:
            raise ValueError(f"a union of several types has no structural form: {schema}")
        own_words = {
            key: value
            for key, value in schema.items()
            if key in {"description", "default"} and value is not None
        }
        return {**self.translate({**choices[0], **own_words}), "nullable": True}

    @staticmethod
    def _quantity(schema: Schema) -> Schema:
        return {
            **{key: schema[key] for key in ("description", "maxLength") if key in schema},
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "minimum": 0,  # of an integer
            "x-kubernetes-int-or-string": True,
            "x-kubernetes-validations": [
                _rule(QUANTITY_PATTERN, "type(self) == int || self.matches({})")
            ],
        }

    @staticmethod
    def _items(schema: Schema) -> Schema:
        items = schema.get("items")
        if not isinstance(items, dict):
            raise ValueError(  # noqa: TRY004 - the schema is wrong, not the type of an argument
                f"a list without one type of items has no structural form: {schema}"
            )
        return items

    def _object(self, schema: Schema) -> Schema:
        values = schema.get("additionalProperties")
        properties = {
            name: self.translate(property_)
            for name, property_ in schema.get("properties", {}).items()
        }
        found: Schema = {"type": "object"}
        if properties:
            found["properties"] = properties
        if isinstance(values, dict) and values:
            found["additionalProperties"] = self.translate(values)
        elif values in (True, {}) or not properties:
            found["x-kubernetes-preserve-unknown-fields"] = True
        if required := schema.get("required"):
            found["required"] = sorted(required)
        return found


def _rule(pattern: str, cel: str) -> Schema:
    """Return a pattern as a rule, which says it in words; the schema's own shows it as it is."""
    words = f"should be {describe_pattern(pattern)}"
    return {
        "rule": cel.format(f"r'{pattern}'"),
        "message": f"{words}.",
        "messageExpression": f"{json.dumps(f'{words}, got ')} + self + '.'",
    }
