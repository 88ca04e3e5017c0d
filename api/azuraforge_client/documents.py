"""The base of what the service answers: camelCase in JSON, tolerant of a newer service.

Called by the modules of ``resources``, whose models are this package's own, so that a program needs
nothing of the service's code.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = ["Document"]


class Document(BaseModel):
    """An answer. Fields that a newer service adds are kept, and never an error."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON values, also what only a newer service knows."""
        return self.model_dump(mode="json", by_alias=True)
