"""Directives that write the reference from the code, so that the two cannot differ.

``fields``
    A table of all fields of a model: ``{fields} azuraforge_contract.training_job:TrainingJob``.
``command-help``
    What a command prints for ``--help``: ``{command-help} run`` or ``{command-help} cache prune``.

Sphinx loads this module; the documentation's tests call its functions.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import click
import typer
from azuraforge_cli.main import app
from azuraforge_cli.schema_rows import FieldRow, list_fields
from docutils import nodes
from docutils.parsers.rst import directives
from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

__all__ = ["DocumentedField", "command_help", "model_fields", "setup"]

HELP_WIDTH = 88
COLUMN_WIDTHS = (34, 22, 12, 60)


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
    command: click.Command = typer.main.get_command(app)
    context = _context(command, "azuraforge", None)
    for word in words:
        if not isinstance(command, click.Group):
            raise TypeError(f"{' '.join(words)} is no command")
        command = command.commands[word]
        context = _context(command, word, context)
    return command.get_help(context)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(command, info_name=name, parent=parent, max_content_width=HELP_WIDTH)


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
        table = nodes.table(classes=["reference-table"])
        group = nodes.tgroup(cols=len(COLUMN_WIDTHS))
        group += [nodes.colspec(colwidth=width) for width in COLUMN_WIDTHS]
        head = nodes.thead()
        head += _row([nodes.Text(title) for title in ("Field", "Takes", "Default", "Meaning")])
        body = nodes.tbody()
        body += [_row(self._cells(row)) for row in rows]
        group += [head, body]
        table += group
        return [table]

    def _cells(self, row: DocumentedField) -> list[nodes.Node]:
        meaning = nodes.inline()
        parsed, _ = self.parse_inline(row.description)
        meaning += parsed
        return [
            nodes.literal(text=row.path),
            nodes.Text(row.takes),
            nodes.literal(text=row.default) if row.default else nodes.Text(""),
            meaning,
        ]


class CommandHelpDirective(SphinxDirective):
    """The help of a command."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the help as it is printed."""
        words = self.arguments[0].split() if self.arguments else []
        text = command_help(words)
        return [nodes.literal_block(text, text, language="text")]


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
    sphinx.add_directive("command-help", CommandHelpDirective)
    return {"parallel_read_safe": True}
