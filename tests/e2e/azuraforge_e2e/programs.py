"""The programs that tests call, and how they are called."""

import os
import shutil
import subprocess
from pathlib import Path

__all__ = ["REPOSITORY", "choose_node_image", "find_program", "run_program"]

REPOSITORY = Path(__file__).parents[3]


def find_program(name: str) -> str | None:
    """Return a program of PATH."""
    return shutil.which(name)


def choose_node_image() -> str | None:
    """Return the node image that the surroundings name; None leaves the choice to kind."""
    return os.environ.get("KIND_IMAGE") or None


def run_program(*command: str, text: str | None = None, kubeconfig: Path | None = None) -> str:
    """Return what a program prints.

    Raises:
        AssertionError: it failed; with what it printed.
    """
    environment = dict(os.environ)
    if kubeconfig is not None:
        environment["KUBECONFIG"] = str(kubeconfig)
    done = subprocess.run(  # noqa: S603 - tests name their programs themselves
        command, capture_output=True, text=True, check=False, input=text, env=environment
    )
    if done.returncode != 0:
        words = " ".join(command)
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
