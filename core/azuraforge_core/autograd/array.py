"""The name of an array's type, used by every numerical module.

A NumPy array on the CPU and a CuPy array on a GPU answer to the same methods; the type checker
sees NumPy's.
"""

from typing import Any, TypeAlias

import numpy.typing as npt

__all__ = ["Array"]

Array: TypeAlias = npt.NDArray[Any]
