"""The repository's own rules, which keep Python's module `operator` and every clone intact."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_FILE_BYTES = 5 * 1024 * 1024
CODE_FOLDERS = ("operator", "trainer-image", "api", "core", "plugins", "charts", "migrations")


@pytest.mark.parametrize("folder", CODE_FOLDERS)
def test_no_python_file_lies_directly_in_a_top_level_folder(folder: str) -> None:
    """A `.py` in the top-level `operator` would shadow the standard library's module."""
    assert sorted(path.name for path in (ROOT / folder).glob("*.py")) == []


def test_no_package_marker_lies_under_tests() -> None:
    """Tests are collected in importlib mode, so a folder of theirs never becomes a package."""
    assert sorted(str(path) for path in (ROOT / "tests").rglob("__init__.py")) == []


def test_the_standard_operator_module_is_importable_from_the_root() -> None:
    """`import operator` from the repository root gives the standard library's module."""
    program = (
        "import sys; sys.modules.pop('operator', None); import operator; print(operator.__file__)"
    )
    found = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert Path(found.stdout.strip()).parent == Path(sysconfig.get_path("stdlib"))


def test_no_tracked_file_is_large() -> None:
    """No tracked file is over 5 MB, so that a clone stays quick."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(  # noqa: S603 - a fixed command
        [git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    tracked = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert tracked
    large = [
        str(path) for path in tracked if path.is_file() and path.stat().st_size > LARGEST_FILE_BYTES
    ]
    assert large == []
