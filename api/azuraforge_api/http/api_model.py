"""The base of what the API sends and takes: camelCase names in JSON, documented fields."""

from typing import Final

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = ["PLAIN", "ApiModel", "ApiRequest"]

PLAIN: Final = r"^[^\x00]*$"
"""Pattern of a text that is looked for or kept in the database, which keeps no NUL."""


class ApiModel(BaseModel):
    """An answer."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
        serialize_by_alias=True,
    )


class ApiRequest(BaseModel):
    """What a caller sends; a field that is not known is refused, never ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )
