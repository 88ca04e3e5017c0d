"""What the documentation shows is run: Python, shell commands with their output, files.

In a page, a fenced ``python`` block is executed, a ``{code-block}`` with a caption becomes the file
that its caption names, and a ``console`` block is typed into a shell: a line behind ``$`` is run,
what follows is its expected output (``...`` stands for anything), and a command may only fail where
``echo $?`` shows the exit code next. All blocks of a page share one empty folder and one home.
"""

import doctest
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sybil import Document, Example, Region
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst.lexers import DirectiveLexer

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts)
COMMAND_SECONDS = 240
LAST_EXIT_CODE = "echo $?"


def _blocks(document: Document) -> Iterator[Region]:
    run_python = PythonEvaluator()
    for language, evaluate in (("python", run_python), ("console", _type_into_shell)):
        for region in FencedCodeBlockLexer(language)(document):
            yield Region(region.start, region.end, region.lexemes["source"], evaluate)
    for region in DirectiveLexer("code-block", r"[\w-]+")(document):
        caption = region.lexemes["options"].get("caption")
        if caption is not None:
            file = (caption, region.lexemes["source"])
            yield Region(region.start, region.end, file, _write_file)


def _write_file(example: Example) -> None:
    name, content = example.parsed
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{content.strip()}\n", encoding="utf-8")


def _type_into_shell(example: Example) -> None:
    exit_code = 0
    commands = _commands(example.parsed)
    for index, (command, expected) in enumerate(commands):
        if command == LAST_EXIT_CODE:
            assert expected.strip() == str(exit_code), f"{command}: {exit_code}"
            continue
        done = _run(command)
        exit_code = done.returncode
        following = commands[index + 1][0] if index + 1 < len(commands) else ""
        assert exit_code == 0 or following == LAST_EXIT_CODE, f"$ {command}\n{done.stdout}"
        _compare(command, expected, done.stdout)


def _commands(block: str) -> list[tuple[str, str]]:
    """Return each command of a block with the output that follows it."""
    found: list[tuple[str, str]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:].partition("  #")[0].strip(), ""))
        elif found:
            command, output = found[-1]
            found[-1] = (command, f"{output}{line}\n")
    return found


def _run(command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - a command of our own pages
        ["/bin/bash", "-c", command],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
    )


def _compare(command: str, expected: str, output: str) -> None:
    if not expected.strip():
        return
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.OutputChecker().check_output(expected.strip(), output.strip(), flags), (
        f"$ {command}\nprinted\n{output}\nwhere the page shows\n{expected}"
    )


@pytest.fixture
def reader_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Sit down at a machine with AzuraForge installed, an empty folder and an empty home.

    What a page started in the background, its number kept in a file ``*.pid``, ends with it.
    """
    for name in [name for name in os.environ if name.startswith(("AZURAFORGE_", "XDG_"))]:
        monkeypatch.delenv(name)
    folder, home = tmp_path / "work", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("COLUMNS", "88")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(folder)
    yield
    for file in folder.glob("*.pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text("utf-8")), signal.SIGTERM)


@pytest.mark.usefixtures("reader_shell")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_page_does_what_it_shows(page: Path) -> None:
    """Every block of a page runs and prints what the page says."""
    document = Document.parse(str(page), _blocks)
    for example in document.examples():
        example.evaluate()
