"""Every generated file of the chart, with its text."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from azuraforge_chart.custom_resource_template import custom_resource_template
from azuraforge_chart.monitoring.files import monitoring_files
from azuraforge_chart.values_schema import values_schema
from azuraforge_chart.values_text import values_table, values_yaml
from azuraforge_core.pipelines.descriptor import describe_pipeline
from azuraforge_core.pipelines.registry import load_pipeline

__all__ = ["BUNDLED_PLUGINS", "CHART", "generated_files", "outdated_files"]

CHART: Final = Path(__file__).parents[1] / "azuraforge"
BUNDLED_PLUGINS: Final = ("forecaster", "weather-forecaster")
"""The plugins in our trainer images."""

_TABLE: Final = re.compile(r"(?<=<!-- values -->\n).*(?=<!-- end of values -->)", re.DOTALL)


def generated_files() -> Mapping[Path, str]:
    """Return path → text of every generated file.

    Raises:
        AzuraForgeError: a bundled plugin is not installed or broken.
    """
    files = {
        CHART / "values.yaml": values_yaml(),
        CHART / "values.schema.json": _json(values_schema()),
        CHART / "templates" / "crds" / "trainingjobs.yaml": custom_resource_template(),
        CHART / "README.md": _readme(),
    }
    for name in BUNDLED_PLUGINS:
        descriptor = describe_pipeline(load_pipeline(name))
        files[CHART / "files" / "plugins" / f"{name}.json"] = _json(
            descriptor.model_dump(mode="json")
        )
    return {**files, **monitoring_files(CHART)}


def outdated_files() -> list[Path]:
    """Return the generated files that differ from what would be written, or should not be there."""
    files = generated_files()
    changed = [path for path, text in files.items() if _read(path) != text]
    folders = {path.parent for path in files if path.is_relative_to(CHART / "files")}
    strangers = {path for folder in folders for path in folder.glob("*")} - set(files)
    return sorted([*changed, *strangers])


def _readme() -> str:
    text = (CHART / "README.md").read_text(encoding="utf-8")
    return _TABLE.sub(lambda _: f"\n{values_table()}\n", text)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
