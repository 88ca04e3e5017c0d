"""Names that stand for a setting with its defaults: ``loss: mae`` for ``loss: {kind: mae}``."""

__all__ = ["from_name"]


def from_name(value: object) -> object:
    """Return ``{"kind": value}`` for a text, anything else unchanged."""
    return {"kind": value} if isinstance(value, str) else value
