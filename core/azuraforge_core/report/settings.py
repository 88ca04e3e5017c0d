"""The configuration as a list of fields, each beside the value it has when nobody says anything.

Called by pipelines to fill ``ReportFacts.settings``.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from azuraforge_core.report.facts import Setting

__all__ = ["list_settings"]

_PLAIN_WORD: Final = re.compile(r"[A-Za-z][\w./-]*( [\w./-]+)*")
_WORDS_OF_YAML: Final = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def list_settings(config: BaseModel) -> tuple[Setting, ...]:
    """Return every field of a validated configuration in the order of its models.

    A nested model is compared with the default that its parent gives it, and with its own fields'
    defaults where the parent gives none or one of another kind (``source: {kind: file}``).
    """
    return tuple(_settings(config, prefix="", defaults=None))


def _settings(config: BaseModel, *, prefix: str, defaults: BaseModel | None) -> Iterator[Setting]:
    for name, field in type(config).model_fields.items():
        path = f"{prefix}{field.alias or name}"
        value = getattr(config, name)
        default = getattr(defaults, name) if defaults is not None else _default(field)
        if isinstance(value, BaseModel):
            same = default if type(default) is type(value) else None
            yield from _settings(value, prefix=f"{path}.", defaults=same)
            continue
        written = None if default is PydanticUndefined else _written(default)
        yield Setting(path, _written(value), written, " ".join((field.description or "").split()))


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True, validated_data={})


def _written(value: Any) -> str:
    """Return a value as a job file writes it on one line."""
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(item) for item in value) + "]"
    if isinstance(value, str) and _PLAIN_WORD.fullmatch(value):
        return json.dumps(value) if value.lower() in _WORDS_OF_YAML else value
    return json.dumps(value, default=str, ensure_ascii=False)
