"""The volumes of a trainer's pod, and where its container finds them."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from azuraforge_operator.manifests.request import ChildRequest
from azuraforge_operator.names import JOB_ANNOTATION

__all__ = [
    "CACHE_FOLDER",
    "DATASETS_FOLDER",
    "JOB_FILE",
    "TOKEN_FILE",
    "Mounted",
    "run_folder",
    "volumes_of",
]

CACHE_FOLDER: Final = PurePosixPath("/var/lib/azuraforge/cache")
JOB_FILE: Final = PurePosixPath("/etc/azuraforge/job.json")
_RUNS_FOLDER: Final = PurePosixPath("/var/lib/azuraforge/runs")
_EXTRA_FOLDER: Final = PurePosixPath("/mnt")
_TOKEN_FOLDER: Final = PurePosixPath("/var/run/secrets/azuraforge")
TOKEN_FILE: Final = _TOKEN_FOLDER / "token"
DATASETS_FOLDER: Final = PurePosixPath("/var/lib/azuraforge/datasets")
_DATASETS_PART: Final = "datasets"
"""Folder of the service's claim that holds its data sets; nothing else of it is mounted."""
_TOKEN_SECONDS: Final = 3600

Document = dict[str, Any]


@dataclass(frozen=True)
class Mounted:
    """A volume with the places where it is mounted."""

    volume: Document
    mounts: tuple[Document, ...]


def run_folder(uid: str) -> PurePosixPath:
    """Return where a run's folder is; those of other runs would lie beside it."""
    return _RUNS_FOLDER / uid


def volumes_of(request: ChildRequest) -> tuple[Mounted, ...]:
    """Return all volumes of an attempt."""
    return (
        _job_file(),
        _runs(request),
        _claim("cache", request.settings.cache_claim, {"mountPath": str(CACHE_FOLDER)}),
        *_dataset(request),
        *_uploads(request),
        _token(request.job.uid),
        _memory(request),
        _empty("scratch", "/tmp", {"sizeLimit": request.settings.scratch_size}),  # noqa: S108 - the pod's own
        *_extra(request),
    )


def _job_file() -> Mounted:
    item = {
        "path": JOB_FILE.name,
        "fieldRef": {
            "apiVersion": "v1",
            "fieldPath": f"metadata.annotations['{JOB_ANNOTATION}']",
        },
    }
    return _mounted("job", {"downwardAPI": {"items": [item]}}, _at(JOB_FILE.parent, read_only=True))


def _runs(request: ChildRequest) -> Mounted:
    """Return the run's own folder, and that of the run it resumes from, read-only."""
    own = request.job.uid
    mounts = [{"mountPath": str(run_folder(own)), "subPath": own}]
    other = request.job.spec.resume_from
    if other is not None and other != own:
        mounts.append({**_at(run_folder(other), read_only=True), "subPath": other})
    return _claim("runs", request.settings.runs_claim, *mounts)


def _dataset(request: ChildRequest) -> tuple[Mounted, ...]:
    dataset = request.job.spec.dataset
    if dataset is None:
        return ()
    mount = _at(PurePosixPath("/data"), read_only=True)
    if dataset.volume.sub_path is not None:
        mount["subPath"] = dataset.volume.sub_path
    claim = request.claims["dataset"]
    if claim in {request.settings.runs_claim, request.settings.cache_claim}:
        # The same claim twice in a pod is one volume for the kubelet: read-only by its mount.
        return (_claim("dataset", claim, mount),)
    source = {"persistentVolumeClaim": {"claimName": claim, "readOnly": True}}
    return (_mounted("dataset", source, mount),)


def _uploads(request: ChildRequest) -> tuple[Mounted, ...]:
    """Return the data sets of the service, read-only, for a job that names one."""
    claim = request.claims.get("uploads")
    if claim is None:
        return ()
    mount = {**_at(DATASETS_FOLDER, read_only=True), "subPath": _DATASETS_PART}
    return (_claim("uploads", claim, mount),)


def _token(uid: str) -> Mounted:
    token = {
        "path": TOKEN_FILE.name,
        "audience": f"azuraforge:{uid}",
        "expirationSeconds": _TOKEN_SECONDS,
    }
    source = {"projected": {"sources": [{"serviceAccountToken": token}]}}
    return _mounted("token", source, _at(_TOKEN_FOLDER, read_only=True))


def _memory(request: ChildRequest) -> Mounted:
    size = request.job.spec.resources.shm or request.settings.default_shm
    return _empty("shm", "/dev/shm", {"medium": "Memory", "sizeLimit": size})  # noqa: S108 - the pod's own


def _extra(request: ChildRequest) -> tuple[Mounted, ...]:
    """Return the user's volumes, each at /mnt under its name."""
    overrides = request.job.spec.pod_overrides
    volumes = (overrides.volumes if overrides else None) or ()
    return tuple(
        Mounted(
            volume,
            ({"name": volume["name"], "mountPath": str(_EXTRA_FOLDER / volume["name"])},),
        )
        for volume in volumes
    )


def _claim(name: str, claim: str, *mounts: Document) -> Mounted:
    return _mounted(name, {"persistentVolumeClaim": {"claimName": claim}}, *mounts)


def _empty(name: str, path: str, source: Document) -> Mounted:
    return _mounted(name, {"emptyDir": source}, {"mountPath": path})


def _mounted(name: str, source: Document, *mounts: Document) -> Mounted:
    """Return a volume of ours; its prefix keeps it apart from the user's."""
    named = f"azuraforge-{name}"
    return Mounted({"name": named, **source}, tuple({"name": named, **mount} for mount in mounts))


def _at(path: PurePosixPath, *, read_only: bool) -> Document:
    return {"mountPath": str(path), "readOnly": read_only}
