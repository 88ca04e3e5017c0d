"""``python -m azuraforge_chart.images_list``: every image that the chart's pods can need.

Called by ``make images-list``, for clusters whose nodes reach no public registry: what it prints is
what must be copied to one that they reach.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from azuraforge_chart.values import Images, Values
from azuraforge_chart.values_parts import Image

__all__ = ["images_of", "main", "read_values"]

_CHART: Final = Path(__file__).parents[1] / "azuraforge" / "Chart.yaml"


def images_of(values: Values) -> list[str]:
    """Return the full names of the images that a release with these values can start, sorted.

    The test's pod is among them, images of plugins of one's own are not: their ConfigMaps name
    them.
    """
    version = str(yaml.safe_load(_CHART.read_text(encoding="utf-8"))["appVersion"])
    return sorted({_full_name(image, values.images, version) for image in _used(values)})


def read_values(files: Sequence[Path]) -> Values:
    """Return the chart's values with files laid over them, as ``helm --values`` does it.

    Args:
        files: in order; a later one wins.

    Raises:
        pydantic.ValidationError: a value is unknown or of the wrong kind.
    """
    merged: dict[str, Any] = Values().model_dump(mode="json", by_alias=True)
    for file in files:
        merged = _laid_over(merged, yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    return Values.model_validate(merged)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the images, one in each line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="azuraforge_chart.images_list",
        description="Print every image that the chart with these values can use.",
    )
    parser.add_argument(
        "-f",
        "--values",
        type=Path,
        action="append",
        default=[],
        help="a file of values, as for helm install; may be given more than once",
    )
    try:
        values = read_values(parser.parse_args(arguments).values)
    except (OSError, ValidationError, yaml.YAMLError) as error:
        sys.stderr.write(f"The values cannot be read: {error}\n")
        return 2
    sys.stdout.writelines(f"{image}\n" for image in images_of(values))
    return 0


def _used(values: Values) -> list[Image]:
    ours = values.images
    has_service = values.api.enabled
    has_collector = values.logs.collector.mode == "bundled" and values.loki.mode != "disabled"
    choices: list[tuple[bool, Image]] = [
        (True, ours.operator),
        (has_service, ours.api),
        (values.plugins.bundled, ours.trainer_cpu),
        (values.plugins.bundled, ours.trainer_gpu),
        (has_service and values.postgresql.mode == "bundled", values.postgresql.image),
        (has_collector, values.logs.collector.image),
        (values.loki.mode == "bundled", values.loki.image),
        (values.prometheus.mode == "bundled", values.prometheus.image),
        (values.grafana.mode == "bundled", values.grafana.image),
    ]
    return [image for is_used, image in choices if is_used]


def _full_name(image: Image, images: Images, version: str) -> str:
    registry = f"{images.registry.removesuffix('/')}/" if images.registry else ""
    if image.digest:
        return f"{registry}{image.repository}@{image.digest}"
    return f"{registry}{image.repository}:{image.tag or images.tag or version}"


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping with another's values in place of its own; nested ones key by key."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _laid_over(old, value)
        else:
            merged[key] = value
    return merged


if __name__ == "__main__":
    sys.exit(main())
