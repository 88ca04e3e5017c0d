"""What a config means: every field that it leaves out at the default of its pipeline's schema.

Pure; called by ``service``, so that a field that is left out and one that says the default are no
difference between runs.
"""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["with_defaults"]

_DEEPEST: Final = 32
"""A schema may name itself; no config that anybody wrote is as deep."""
Schema = Mapping[str, Any]


def with_defaults(schema: Schema, config: Any) -> Any:
    """Return a config with defaults filled in.

    Args:
        schema: JSON schema, draft 2020-12, as pydantic writes it.
        config: valid or not; where it does not fit the schema it stays as it is.
    """
    return _filled(schema, schema, config, 0)


def _filled(root: Schema, schema: Schema, value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    schema = _resolved(root, schema)
    members = schema.get("oneOf") or schema.get("anyOf")
    if members:
        value, chosen = _chosen(root, members, value)
        return value if chosen is None else _filled(root, chosen, value, depth + 1)
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_filled(root, schema["items"], each, depth + 1) for each in value]
    properties = schema.get("properties")
    if not isinstance(value, Mapping) or not isinstance(properties, Mapping):
        return value
    return _filled_object(root, properties, value, depth)


def _filled_object(root: Schema, properties: Schema, value: Mapping[str, Any], depth: int) -> Any:
    result = dict(value)
    for name, field in properties.items():
        if name in value:
            result[name] = _filled(root, field, value[name], depth + 1)
        elif "default" in field:
            result[name] = _filled(root, field, field["default"], depth + 1)
        elif "const" in field:
            result[name] = field["const"]
    return result


def _resolved(root: Schema, schema: Schema) -> Schema:
    """Follow references; what does not lead anywhere is a schema that says nothing."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        name = reference.rpartition("/")[2]
        schema = root.get("$defs", {}).get(name, {})
    return {}


def _chosen(root: Schema, members: Any, value: Any) -> tuple[Any, Schema | None]:
    """Return a value in its long form, and the member of a union that describes it.

    A word may stand for the form that is tagged with it: ``adamw`` for ``{kind: adamw}``.
    """
    objects = [each for each in (_resolved(root, m) for m in members) if "properties" in each]
    if isinstance(value, str):
        for member in objects:
            for name, field in member["properties"].items():
                if field.get("const") == value:
                    return {name: value}, member
        return value, None
    if isinstance(value, Mapping):
        fitting = [member for member in objects if _fits(member, value)]
        return value, fitting[0] if fitting else None
    return value, None


def _fits(member: Schema, value: Mapping[str, Any]) -> bool:
    """Whether tags agree and every field is known."""
    properties = member["properties"]
    tags = {name: field["const"] for name, field in properties.items() if "const" in field}
    agree = all(value.get(name, tag) == tag for name, tag in tags.items())
    return agree and set(value) <= set(properties)
