"""A claim's folder on a disk of its own that can be full, so that nothing else is."""

from pathlib import PurePosixPath
from typing import Final

from azuraforge_e2e.node import Node

__all__ = ["SmallVolume"]

_MOUNT: Final = """
set -e
size=$(( $(du -sk "$1" | cut -f1) + $2 * 1024 ))
mount -t tmpfs -o "size=${size}k,mode=0777" small-volume /mnt
cp -a "$1/." /mnt/
mount --bind /mnt "$1"
umount /mnt
"""
_UNMOUNT: Final = """
set -e
parent=$(dirname "$1") name=$(basename "$1")
rm -f "$1/.filler"
mount --bind "$parent" /mnt
find "/mnt/$name" -mindepth 1 -delete
cp -a "$1/." "/mnt/$name/"
umount "$1"
umount /mnt
"""


class SmallVolume:
    """A folder of the node that has little space left; what it held and will hold stays there.

    While it is mounted and unmounted, no pod may use the folder.

    Args:
        node: where it is.
        folder: of a claim.
        free_mebibytes: space beside what is in it.
    """

    def __init__(self, node: Node, folder: PurePosixPath, free_mebibytes: int) -> None:
        self._node = node
        self._folder = str(folder)
        self._shell(_MOUNT, str(free_mebibytes))

    def fill(self) -> None:
        """Leave no byte."""
        self._shell('cat /dev/zero >>"$1/.filler" 2>/dev/null || true')

    def free(self) -> None:
        """Take away what fills it."""
        self._shell('rm -f "$1/.filler"')

    def unmount(self) -> None:
        """Put what is in it back to where all the rest is."""
        self._shell(_UNMOUNT)

    def detach(self) -> None:
        """Give the folder back empty, whoever still looks at it."""
        self._shell('umount --lazy "$1"')

    def _shell(self, script: str, *arguments: str) -> None:
        self._node.run("sh", "-c", script, "sh", self._folder, *arguments)
