"""``values.schema.json``: Helm refuses a misspelt or mistyped value by it."""

from typing import Any, Final

from azuraforge_api.settings import Settings
from azuraforge_chart.values import Values

__all__ = ["values_schema"]


_SECRETS: Final = {"ADMIN_TOKEN", "DATABASE_PASSWORD", "DATABASE_URL", "LOKI_AUTHORIZATION"}


def values_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of the values."""
    schema = _closed(Values.model_json_schema(by_alias=True))
    # Helm hands these to every chart that is part of another one.
    schema["properties"]["global"] = {"type": "object", "description": "Values of a parent chart."}
    # A misspelt variable would be ignored by the service, and what is secret comes from secrets.
    names = {name.upper() for name in Settings.model_fields} - _SECRETS
    settings = schema["$defs"]["Api"]["properties"]["settings"]
    settings["propertyNames"] = {"enum": sorted(names)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _closed(schema: Any) -> Any:
    """Return a schema whose objects refuse what they do not know, across references too."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(part) for key, part in schema.items() if key not in {"title", "default"}}
    if found.get("additionalProperties") is False:
        del found["additionalProperties"]
        found["unevaluatedProperties"] = False
    # Helm merges a person's values into the defaults first: nothing is ever missing.
    return {key: part for key, part in found.items() if key != "required"}
