"""Which finished model a person means by ``RUN``.

Called by every command that works on one: a run's folder, its model's folder (wherever that was
moved to), or a run's name below ``runs``.
"""

from pathlib import Path

from azuraforge_contract.errors import JobFileError
from azuraforge_contract.run_folder import RUNS, RunFolder
from azuraforge_contract.validation import nearest

__all__ = ["find_model_folder"]

_MANIFEST = RunFolder(Path()).model_manifest.name


def find_model_folder(named: str) -> Path:
    """Return the folder that holds the model of a run.

    Raises:
        JobFileError: there is no such run, or it has no model yet.
    """
    for place in (Path(named), RUNS / named):
        if place.is_dir():
            return _model_in(place)
        if place.is_file() and place.name == _MANIFEST:
            return place.parent
    if Path(named).is_file():
        raise JobFileError(f"{named} is a file, not a run's folder.", remedy="Name the folder.")
    raise JobFileError(f"There is no run {named}.", remedy=_remedy(named))


def _model_in(place: Path) -> Path:
    if (place / _MANIFEST).is_file():
        return place
    folder = RunFolder(place)
    if folder.model_manifest.is_file():
        return folder.model
    if folder.job_file.is_file():
        raise JobFileError(
            f"The run {place} has no model yet.",
            remedy=f"See how it stands with `azuraforge status {place}`; go on with "
            f"`azuraforge run --resume --out {place}`.",
        )
    raise JobFileError(
        f"{place} holds no model: there is no {_MANIFEST} in it or in {folder.model}.",
        remedy="Name a run's folder, such as runs/NAME-1, or its model folder.",
    )


def _remedy(named: str) -> str:
    names = sorted(path.name for path in RUNS.glob("*") if RunFolder(path).model_manifest.is_file())
    near = nearest(Path(named).name, names)
    if near:
        return f"Did you mean {RUNS / near}?"
    if not names:
        here = "Name a run's folder; `azuraforge run -f job.yaml` makes one."
    else:
        here = f"Runs here with a model: {', '.join(str(RUNS / name) for name in names[-10:])}."
    return here if "/" in named else f"{here} A model of a service is named {named}@latest."
