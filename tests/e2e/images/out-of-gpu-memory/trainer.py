"""A trainer whose GPU is too small: CuPy's own error, where a device would be opened."""

import sys
from unittest.mock import patch

from azuraforge_trainer.__main__ import main


class OutOfMemoryError(MemoryError):
    """As CuPy raises it, recognized by its module and name."""

    __module__ = "cupy.cuda.memory"


_WORDS = "Out of memory allocating 8,589,934,592 bytes (allocated so far: 0)."

with patch("azuraforge_trainer.attempt.open_job_device", side_effect=OutOfMemoryError(_WORDS)):
    sys.exit(main())
