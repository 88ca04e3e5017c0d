"""What a job by REST may not name: the files of the machine that trains, and a cluster's secrets.

Whoever writes a job file for the command line or for kubectl has these rights already; a token of
the service gives none of them.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from azuraforge_api.problems.problem import FieldProblem
from azuraforge_contract.dataset_folder import find_sources

__all__ = ["find_reserved"]

_REMOTE: Final = ("https", "http", "s3", "gs", "gcs", "az", "abfs", "abfss", "ftp", "hf")
"""Kinds of URLs that lead away from the machine; fsspec knows others that do not."""
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CHAIN: Final = "::"
"""By which fsspec opens one URL inside another: zip://table.csv::/etc/secrets.zip."""
_UPLOAD: Final = "upload the file and write source: {kind: dataset, name: NAME}."


def find_reserved(spec: Mapping[str, Any]) -> list[FieldProblem]:
    """Return what a job's spec names and may not."""
    problems = []
    if spec.get("dataset") is not None:
        message = "claims are for kubectl; upload the file as a data set and name that."
        problems.append(FieldProblem(path="spec.dataset", message=message))
    problems += _of_the_pod(spec.get("podOverrides"))
    for path, source in find_sources(spec.get("config")):
        if source["kind"] == "file":
            message = f"paths are for the command line; {_UPLOAD}"
            problems.append(FieldProblem(path=f"{path}.kind", message=message))
        if source["kind"] == "url" and not _leads_away(str(source.get("url", ""))):
            kinds = ", ".join(f"{kind}://" for kind in _REMOTE)
            message = f"should begin with one of {kinds} and name one place only; else {_UPLOAD}"
            problems.append(FieldProblem(path=f"{path}.url", message=message))
    return problems


def _of_the_pod(overrides: object) -> list[FieldProblem]:
    """Return by what a pod would be given secrets of its namespace, the admin's token among them.

    What is not of the right kind is told by the definition itself.
    """
    problems: list[FieldProblem] = []
    if not isinstance(overrides, dict):
        return problems
    if overrides.get("volumes"):
        message = "volumes, which may be secrets, are for kubectl."
        problems.append(FieldProblem(path="spec.podOverrides.volumes", message=message))
    variables = overrides.get("env")
    for index, variable in enumerate(variables if isinstance(variables, list) else ()):
        if isinstance(variable, dict) and variable.keys() - {"name", "value"}:
            path = f"spec.podOverrides.env[{index}]"
            message = "should have name and value only; what comes from a secret is for kubectl."
            problems.append(FieldProblem(path=path, message=message))
    return problems


def _leads_away(url: str) -> bool:
    scheme = _SCHEME.match(url)
    return scheme is not None and scheme[1].lower() in _REMOTE and _CHAIN not in url
