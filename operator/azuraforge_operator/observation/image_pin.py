"""The exact image that an attempt ran, for all attempts after it to run.

So an upgrade of a plugin or of the operator never changes a running job's code.
"""

import re
from typing import Final

__all__ = ["pin_image"]

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_DEFAULT_REGISTRY: Final = "docker.io"


def pin_image(asked: str, image_id: str) -> str:
    """Return an image with its digest.

    Args:
        asked: the image in the pod's spec.
        image_id: what the container runtime says runs.

    Returns:
        The image with the digest that its registry gave; the image as it was asked for where it
        came from no registry (loaded into the node by hand), since nobody could pull that digest.
    """
    repository, _, digest = image_id.removeprefix("docker-pullable://").partition("@")
    own, _, own_digest = asked.partition("@")
    if own_digest or not _DIGEST.fullmatch(digest):
        return asked
    name = _without_tag(own)
    return f"{name}@{digest}" if _full(name) == _full(repository) else asked


def _without_tag(image: str) -> str:
    head, slash, last = image.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _full(repository: str) -> str:
    """Return a repository with its registry written out, as container runtimes do."""
    first, slash, _ = repository.partition("/")
    if not slash:
        return f"{_DEFAULT_REGISTRY}/library/{repository}"
    has_registry = "." in first or ":" in first or first == "localhost"
    return repository if has_registry else f"{_DEFAULT_REGISTRY}/{repository}"
