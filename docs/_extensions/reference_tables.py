"""Directives that write the reference from the code, so that the two cannot differ.

``fields``
    A table of all fields of a model: ``{fields} azuraforge_contract.training_job:TrainingJob``.
``gpu-problems``
    Every reason for which a GPU is refused, and what to do about it.
``command-help``
    What a command prints for ``--help``: ``{command-help} run`` or ``{command-help} cache prune``.

Sphinx loads this module; the documentation's tests call its functions.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from typer.testing import CliRunner

from azuraforge_cli.main import app
from azuraforge_cli.schema_rows import FieldRow, list_fields
from azuraforge_core.gpu.problems import GpuProblem, GpuUnavailable

__all__ = ["DocumentedField", "command_help", "model_fields", "setup"]

HELP_WIDTH = 88
FIELD_COLUMNS = {"Field": 40, "Meaning": 60}
PROBLEM_COLUMNS = {"Problem": 24, "What to do": 80}


@dataclass(frozen=True)
class DocumentedField:
    """One row of a table of fields."""

    path: str
    """Dotted; a variant of a union stands in brackets: ``source[kind: file].path``."""
    takes: str
    default: str
    description: str


def model_fields(target: str, *, prefix: str = "") -> list[DocumentedField]:
    """Return every field beneath a model named ``module:Class``, parents first."""
    module, _, name = target.partition(":")
    model = getattr(importlib.import_module(module), name)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{target} is no model")
    return list(_with_paths(list_fields(model.model_json_schema(by_alias=True)), prefix))


def command_help(words: list[str]) -> str:
    """Return what ``azuraforge <words> --help`` prints."""
    result = CliRunner(env={"COLUMNS": str(HELP_WIDTH), "TERMINAL_WIDTH": str(HELP_WIDTH)}).invoke(
        app, [*words, "--help"], prog_name="azuraforge"
    )
    if result.exit_code != 0:
        raise ValueError(f"{' '.join(words)} is no command: {result.output}")
    return result.output.strip()


def _with_paths(rows: list[FieldRow], prefix: str) -> Iterator[DocumentedField]:
    parents: list[str] = []
    for row in rows:
        del parents[row.depth :]
        parents.append(f"[{row.name}]" if ":" in row.name or " " in row.name else f".{row.name}")
        path = f"{prefix}{''.join(parents)}".removeprefix(".")
        yield DocumentedField(path, row.type, row.default, row.description)


class FieldsDirective(SphinxDirective):
    """A table of a model's fields."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"prefix": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = model_fields(self.arguments[0], prefix=self.options.get("prefix", ""))
        return [_table(FIELD_COLUMNS, [self._cells(row) for row in rows])]

    def _cells(self, row: DocumentedField) -> list[nodes.Node]:
        parsed, _ = self.parse_inline(row.description)
        meaning = nodes.inline()
        meaning += parsed
        if row.takes:
            meaning += nodes.inline("", f"{row.takes}{_default(row)}", classes=["takes"])
        return [nodes.literal(text=row.path), meaning]


class GpuProblemsDirective(SphinxDirective):
    """A table of the reasons for which a GPU is refused."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [
            [nodes.literal(text=problem.value), nodes.Text(GpuUnavailable(problem, "").fix)]
            for problem in GpuProblem
        ]
        return [_table(PROBLEM_COLUMNS, rows)]


class CommandHelpDirective(SphinxDirective):
    """The help of a command."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the help as it is printed."""
        words = self.arguments[0].split() if self.arguments else []
        text = command_help(words)
        return [nodes.literal_block(text, text, language="text")]


def _default(row: DocumentedField) -> str:
    if row.default in ("", "required"):
        return f" · {row.default}" if row.default else ""
    return f" · default {row.default}"


def _table(columns: dict[str, int], rows: list[list[nodes.Node]]) -> nodes.table:
    table = nodes.table(classes=["reference-table"])
    group = nodes.tgroup(cols=len(columns))
    group += [nodes.colspec(colwidth=width) for width in columns.values()]
    head, body = nodes.thead(), nodes.tbody()
    head += _row([nodes.Text(title) for title in columns])
    body += [_row(cells) for cells in rows]
    group += [head, body]
    table += group
    return table


def _row(cells: list[nodes.Node]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        entry, paragraph = nodes.entry(), nodes.paragraph()
        paragraph += cell
        entry += paragraph
        row += entry
    return row


def setup(sphinx: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    sphinx.add_directive("fields", FieldsDirective)
    sphinx.add_directive("gpu-problems", GpuProblemsDirective)
    sphinx.add_directive("command-help", CommandHelpDirective)
    return {"parallel_read_safe": True}
