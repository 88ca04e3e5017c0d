"""The options that say how a table is read, as the client takes them."""

from azuraforge_client.resources.datasets import Reading

__all__ = ["reading_of"]


def reading_of(
    time_column: str | None,
    delimiter: str | None,
    decimal: str | None,
    encoding: str | None,
    day_first: bool | None,
) -> Reading:
    """Return what was said; what was not is detected."""
    reading = Reading()
    if time_column is not None:
        reading["time_column"] = time_column
    if delimiter is not None:
        reading["delimiter"] = delimiter
    if decimal is not None:
        reading["decimal"] = decimal
    if encoding is not None:
        reading["encoding"] = encoding
    if day_first is not None:
        reading["day_first"] = day_first
    return reading
