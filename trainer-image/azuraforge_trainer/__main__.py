"""``python -m azuraforge_trainer``: one attempt of one job, from environment to exit code.

Signals are taken before anything heavy is imported, so that a request to stop that comes early is
not lost.
"""

import sys

from azuraforge_trainer.stop_request import StopRequest

__all__ = ["main"]


def main() -> int:
    """Carry the attempt out that the environment describes; return the process's exit code."""
    stop = StopRequest()
    stop.install()
    from azuraforge_trainer.process import TrainerProcess  # noqa: PLC0415 - after the signals

    return TrainerProcess(stop).run()


if __name__ == "__main__":
    sys.exit(main())
