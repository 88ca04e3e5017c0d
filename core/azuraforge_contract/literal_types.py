"""Numbers and truth values taken literally, as JSON schema and the API server take them.

pydantic would read ``"5"`` as a number and ``"yes"`` as true, which the API server refuses. Its
``strict`` mode would refuse lists for tuples and texts for paths as well. So strictness is set on
the leaves alone.
"""

from typing import Any, Final

from pydantic_core import CoreSchema, core_schema

__all__ = ["without_coercion"]

_LITERAL_TYPES: Final = frozenset({"bool", "float", "int"})
_BELOW: Final = ("schema", "items_schema", "keys_schema", "values_schema")
"""Where a schema holds another one."""
_LISTED: Final = ("choices", "items_schema")
"""Where it holds several; a choice may be a pair with its label."""


def without_coercion(schema: CoreSchema) -> CoreSchema:
    """Return a model's schema whose numbers and truth values take no other type.

    A whole number written as ``3.0`` is still an integer, as in JSON schema. Models inside are left
    as they are: each is made strict by itself.
    """
    found: Any = _rewritten(schema, is_outermost=True)
    return found  # type: ignore[no-any-return]


def _rewritten(schema: Any, *, is_outermost: bool = False) -> Any:
    kind = schema["type"]
    if kind in _LITERAL_TYPES:
        return _literal(schema)
    if kind == "model" and not is_outermost:
        return schema
    changed = dict(schema)
    if kind == "model-fields":
        changed["fields"] = {
            name: {**field, "schema": _rewritten(field["schema"])}
            for name, field in schema["fields"].items()
        }
        return changed
    is_model_still_to_come = is_outermost and kind != "model"
    for key in _BELOW:
        if isinstance(schema.get(key), dict):
            changed[key] = _rewritten(schema[key], is_outermost=is_model_still_to_come)
    for key in _LISTED:
        if isinstance(schema.get(key), list):
            changed[key] = [_rewritten_choice(choice) for choice in schema[key]]
    return changed


def _rewritten_choice(choice: Any) -> Any:
    if isinstance(choice, tuple):
        return (_rewritten(choice[0]), *choice[1:])
    return _rewritten(choice)


def _literal(schema: Any) -> Any:
    strict = {**schema, "strict": True}
    if schema["type"] != "int" or schema.get("strict"):
        return strict
    return core_schema.no_info_before_validator_function(_whole, strict)


def _whole(value: object) -> object:
    """Return a float without a fraction as an integer."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
