"""A JSON schema as rows that a person can read: a field each, indented by depth.

Called by ``plugins show``; pure. Understands what pydantic writes: references, nullable fields,
lists, constants, choices and unions told apart by ``kind``.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["FieldRow", "list_fields"]

Schema = Mapping[str, Any]

_SCALARS: Final = {
    "integer": "integer",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "object": "object",
}
_BOUNDS: Final = (
    ("minimum", "≥"),
    ("exclusiveMinimum", ">"),
    ("maximum", "≤"),
    ("exclusiveMaximum", "<"),
)


@dataclass(frozen=True)
class FieldRow:
    """One field, or one variant of a union.

    Attributes:
        depth: 0 for a field of the config itself.
        name: the field's name, or ``kind: file`` for a variant.
        type: what it takes, in words.
        default: its default as JSON; ``required`` where it has none; empty where that lies deeper.
        description: what it is.
    """

    depth: int
    name: str
    type: str
    default: str
    description: str


def list_fields(schema: Schema) -> list[FieldRow]:
    """Return every field of an object's schema, parents before their parts."""
    return list(_Walk(schema).fields(schema, depth=0))


class _Walk:
    """One walk over a schema, which knows the definitions that references name."""

    def __init__(self, root: Schema) -> None:
        self._definitions: Schema = root.get("$defs", {})

    def fields(self, schema: Schema, depth: int) -> Iterator[FieldRow]:
        required = set(schema.get("required", ()))
        for name, field in schema.get("properties", {}).items():
            if "const" in self._resolve(field):
                continue  # the tag of a variant, which its own row names
            yield self._row(name, field, depth, is_required=name in required)
            yield from self._parts(field, depth + 1)

    def _row(self, name: str, field: Schema, depth: int, *, is_required: bool) -> FieldRow:
        objects = self._objects(field)
        default = "required" if is_required else _default(field, has_parts=bool(objects))
        description = field.get("description") or self._resolve(field).get("description", "")
        return FieldRow(depth, name, self._type(field), default, " ".join(description.split()))

    def _parts(self, field: Schema, depth: int) -> Iterator[FieldRow]:
        objects = self._objects(field)
        if len(objects) == 1:
            yield from self.fields(objects[0], depth)
            return
        for variant in objects:
            name = self._variant_name(variant)
            yield FieldRow(depth, name, "", "", " ".join(variant.get("description", "").split()))
            yield from self.fields(variant, depth + 1)

    def _objects(self, field: Schema) -> list[Schema]:
        """Return the objects that a field may hold, directly or in a list."""
        resolved = self._resolve(field)
        choices = resolved.get("anyOf") or resolved.get("oneOf")
        if choices:
            return [found for choice in choices for found in self._objects(choice)]
        if resolved.get("type") == "array":
            return self._objects(resolved.get("items", {}))
        return [resolved] if "properties" in resolved else []

    def _variant_name(self, variant: Schema) -> str:
        for name, field in variant["properties"].items():
            if "const" in field:
                return f"{name}: {field['const']}"
        return f"with {', '.join(variant['properties'])}"

    def _type(self, field: Schema) -> str:
        resolved = self._resolve(field)
        choices = resolved.get("anyOf") or resolved.get("oneOf")
        if choices:
            return " or ".join(dict.fromkeys(self._type(choice) for choice in choices))
        if "const" in resolved:
            return str(resolved["const"])
        if "enum" in resolved:
            return " | ".join(map(str, resolved["enum"]))
        if resolved.get("type") == "array":
            return self._list_type(resolved)
        name = _SCALARS.get(str(resolved.get("type")), "any")
        return f"{name}{_bounds(resolved)}"

    def _list_type(self, schema: Schema) -> str:
        fixed = schema.get("prefixItems")
        if fixed:
            return f"[{', '.join(self._type(item) for item in fixed)}]"
        return f"list of {self._type(schema.get('items', {}))}"

    def _resolve(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if reference is None:
            return schema
        definition: Schema = self._definitions[str(reference).rpartition("/")[2]]
        return definition


def _default(field: Schema, *, has_parts: bool) -> str:
    if "default" not in field:
        return ""
    default = field["default"]
    if has_parts and default not in (None, []):
        return f"kind: {default['kind']}" if "kind" in default else ""
    return json.dumps(default, ensure_ascii=False)


def _bounds(schema: Schema) -> str:
    found = [f"{sign} {schema[key]:g}" for key, sign in _BOUNDS if key in schema]
    return f" {', '.join(found)}" if found else ""
