"""``report/facts.json``: all that a report shows, so that the run folder alone draws it anew.

Written beside ``report.html`` at the end of a run; read by ``azuraforge report``, which needs
neither the plugin nor the data. Numbers that are not finite stand as the words NaN and Infinity.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from azuraforge_contract.errors import JobFileError, StorageError
from azuraforge_contract.format_version import FORMAT_VERSION, check_format_version
from azuraforge_contract.run_folder import RunFolder
from azuraforge_core.report.facts import ReportFacts
from azuraforge_core.store.atomic import write_file

__all__ = ["FILE_NAME", "parse_facts", "read_facts", "write_facts"]

FILE_NAME = "facts.json"


class _FactsDocument(BaseModel):
    """The file; what a newer release of the same format adds is ignored."""

    model_config = ConfigDict(extra="ignore", ser_json_inf_nan="strings", populate_by_name=True)

    format_version: int = Field(default=FORMAT_VERSION, alias="formatVersion")
    facts: ReportFacts


def write_facts(facts: ReportFacts, folder: Path) -> Path:
    """Write the facts into a report's folder and return the file's path.

    Raises:
        StorageError: the volume is full, read-only or failing.
    """
    path = folder / FILE_NAME
    write_file(path, _FactsDocument(facts=facts).model_dump_json(by_alias=True).encode())
    return path


def read_facts(run: Path) -> ReportFacts:
    """Read what a finished run's report shows.

    Args:
        run: the run's folder, wherever it lies now.

    Raises:
        JobFileError: there is no such folder, or it is no run's.
        StorageError: the file is damaged, unreadable or of a newer release.
    """
    folder = RunFolder(run)
    try:
        content = folder.report_facts.read_bytes()
    except FileNotFoundError:
        raise _absent(folder) from None
    except OSError as error:
        trouble = error.strerror or str(error)
        raise StorageError(
            f"{folder.report_facts} cannot be read: {trouble}.",
            remedy="Name a run's folder, such as runs/nyc-temperature-1; check its permissions.",
        ) from error
    return parse_facts(content, folder.report_facts)


def parse_facts(content: bytes, path: Path) -> ReportFacts:
    """Return what a report shows from the content of its file.

    Args:
        content: of the file.
        path: what sentences call it.

    Raises:
        StorageError: the file is damaged or of a newer release.
    """
    document = _parsed(content, path)
    check_format_version(document.get("formatVersion"), file=str(path))
    try:
        return _FactsDocument.model_validate(document).facts
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise _damaged(path, f"{place}: {first['msg']}") from error


def _parsed(content: bytes, path: Path) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise _damaged(path, str(error)) from error
    if not isinstance(document, dict):
        raise _damaged(path, "it holds no object")
    return document


def _damaged(path: Path, trouble: str) -> StorageError:
    return StorageError(
        f"{path} is damaged: {trouble}.",
        remedy="Restore it from a backup, or train again; report.html beside it is as it was.",
    )


def _absent(folder: RunFolder) -> JobFileError:
    if not folder.root.is_dir():
        return JobFileError(
            f"There is no run in {folder.root}.",
            remedy="Name the folder of a finished run, such as runs/nyc-temperature-1.",
        )
    if folder.report_page.exists():
        return JobFileError(
            f"{folder.root} was trained by an earlier release, which kept no facts.json.",
            remedy=f"Its report as it was drawn then is {folder.report_page}; train again to "
            "compare or draw it anew.",
        )
    if not folder.job_file.exists():
        return JobFileError(
            f"{folder.root} is not the folder of a run: it holds neither job.json nor a report.",
            remedy="Name the folder of a finished run, such as runs/nyc-temperature-1.",
        )
    return JobFileError(
        f"The run in {folder.root} is not finished, so it has no report yet.",
        remedy=f"See how it stands with: azuraforge status {folder.root}",
    )
