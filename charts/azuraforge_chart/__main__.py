"""``python -m azuraforge_chart [--check]``: writes the chart's generated files or compares them."""

import argparse
import sys

from azuraforge_chart.generated_files import generated_files, outdated_files

__all__ = ["main"]


def main() -> int:
    """Return 0, or 1 where ``--check`` finds a file that is out of date."""
    parser = argparse.ArgumentParser(
        prog="azuraforge_chart", description="Generate the chart's files."
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail where they differ"
    )
    if parser.parse_args().check:
        outdated = outdated_files()
        for path in outdated:
            _say(f"{path} is out of date.")
        if outdated:
            _say("Run `make manifests` and commit what it writes.")
        return 1 if outdated else 0
    for path, text in generated_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
