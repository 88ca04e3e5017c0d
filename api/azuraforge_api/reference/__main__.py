"""``python -m azuraforge_api.reference FOLDER [--check]``: writes the pages or compares them.

Called by ``make manifests`` and ``make openapi``; CI compares.
"""

import argparse
import sys
from pathlib import Path

from azuraforge_api.reference.pages import outdated_pages, pages

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 where ``--check`` finds a page that is out of date."""
    parser = argparse.ArgumentParser(prog="azuraforge_api.reference", description=__doc__)
    parser.add_argument("folder", type=Path, help="docs/reference of a checkout")
    parser.add_argument("--check", action="store_true", help="write nothing; fail on differences")
    given = parser.parse_args(arguments)
    if not given.check:
        for name, text in pages().items():
            (given.folder / name).write_text(text, encoding="utf-8")
        return 0
    outdated = outdated_pages(given.folder)
    for path in outdated:
        sys.stderr.write(f"{path} is out of date.\n")
    if outdated:
        sys.stderr.write("Run `make manifests` and commit what it writes.\n")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
